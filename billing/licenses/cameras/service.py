"""Rules of a camera's place: the device that it is bound to, its slot, by what it is known."""

from dataclasses import replace
from uuid import UUID

from billing.audit.actions import Action
from billing.devices.service import DevicesService
from billing.licenses import store as licenses
from billing.licenses.book import Asked, Book
from billing.licenses.cameras import store
from billing.licenses.cameras.store import Binding, CameraRow
from billing.licenses.changes.service import ChangeKind, RightsChanges
from billing.licenses.reader import BookReader
from billing.licenses.service import HeldCamera, held_camera
from billing.unit import Unit
from mesh.errors import FailedPrecondition, NotFound
from rights.claims import Epoch


class CameraPlaces:
    """Moves and releases cameras. Each change is made once: repeated, it changes nothing."""

    def __init__(self, books: BookReader, changes: RightsChanges, devices: DevicesService) -> None:
        """`devices` knows who is in service."""
        self._books = books
        self._changes = changes
        self._devices = devices

    async def move(self, unit: Unit, camera_id: str, device_id: UUID) -> tuple[HeldCamera, Epoch]:
        """Binds the camera to a device; the former one is refused from then on.

        Raises NotFound for a camera without a slot or a device that is not the tenant's,
        FailedPrecondition (STATE_CONFLICT) for a retired device.
        """
        device = await self._devices.require(unit, device_id)
        if device.retired_at is not None:
            unit.refused(Action.CAMERA_REFUSED, f"camera/{camera_id}", "STATE_CONFLICT")
            raise FailedPrecondition(
                "STATE_CONFLICT", f"device/{device_id}", "the device was retired"
            )
        book, camera = await self._lock(unit, camera_id)
        epoch = book.row.epoch
        if camera.holder != device_id:
            await store.bind(
                unit.conn, unit.tenant_id, [Binding(camera_id, device_id, None)], unit.now
            )
            unit.audit(
                Action.CAMERA_MOVED,
                f"camera/{camera_id}",
                from_device_id=str(camera.device_id or ""),
                device_id=str(device_id),
            )
            epoch = await self._changes.record(unit, ChangeKind.CAMERA_MOVED, [camera_id])
        moved = replace(camera, device_id=device_id)
        return held_camera(book.row.license, moved, unit.now), epoch

    async def release(self, unit: Unit, camera_id: str) -> tuple[bool, Epoch]:
        """Frees the camera's slot; False when it held none. Raises NotFound for the tenant."""
        await licenses.lock(unit.conn, unit.tenant_id)
        if not await store.remove(unit.conn, unit.tenant_id, camera_id):
            return False, await self._changes.epoch(unit)
        await licenses.count_slots(unit.conn, unit.tenant_id, -1)
        unit.audit(Action.CAMERA_RELEASED, f"camera/{camera_id}")
        return True, await self._changes.record(unit, ChangeKind.CAMERA_RELEASED, [camera_id])

    async def reset_fingerprint(self, unit: Unit, camera_id: str) -> tuple[HeldCamera, Epoch]:
        """Forgets by what the camera is known. Raises NotFound for a camera without a slot."""
        book, camera = await self._lock(unit, camera_id)
        epoch = book.row.epoch
        if camera.fingerprint is not None:
            await store.forget_fingerprint(unit.conn, unit.tenant_id, camera_id)
            unit.audit(
                Action.CAMERA_FINGERPRINT_RESET,
                f"camera/{camera_id}",
                fingerprint=camera.fingerprint,
            )
            epoch = await self._changes.record(unit, ChangeKind.FINGERPRINT_RESET, [camera_id])
        return held_camera(book.row.license, replace(camera, fingerprint=None), unit.now), epoch

    async def _lock(self, unit: Unit, camera_id: str) -> tuple[Book, CameraRow]:
        await licenses.lock(unit.conn, unit.tenant_id)
        book = await self._books.read(unit, [Asked(camera_id)])
        camera = book.cameras.get(camera_id)
        if camera is None:
            raise NotFound("camera", camera_id)
        return book, camera
