"""Rules of validation: what a camera takes at first sight, and whether it may run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from billing.audit.actions import Action
from billing.catalog.live import Catalogs
from billing.devices.service import DevicesService
from billing.licenses import store
from billing.licenses.answers import CameraAnswer, answer
from billing.licenses.book import Asked, Book, bindings
from billing.licenses.cameras import store as cameras
from billing.licenses.cameras.store import CameraRow
from billing.licenses.changes.service import ChangeKind, RightsChanges
from billing.licenses.reader import BookReader
from billing.licenses.store import RightsRow
from billing.unit import Unit
from mesh.errors import FailedPrecondition
from rights.licenses import CameraLicense
from rights.steps import Rule, Step

_RECORD_EVERY = timedelta(minutes=5)
_OF_THE_CAMERA = {Rule.DEVICE, Rule.FINGERPRINT, Rule.SLOT}


@dataclass(frozen=True, slots=True)
class Rights:
    """What the tenant holds, and the licences of the cameras asked about that count on it."""

    row: RightsRow
    cameras: Mapping[str, CameraLicense]


class ValidationService:
    """Validates cameras."""

    def __init__(
        self, catalogs: Catalogs, books: BookReader, changes: RightsChanges, devices: DevicesService
    ) -> None:
        """`catalogs` hold the trial's terms; `devices` knows who may be named."""
        self._catalogs = catalogs
        self._books = books
        self._changes = changes
        self._devices = devices

    async def validate(
        self, unit: Unit, asked: Sequence[Asked], device_id: UUID | None
    ) -> tuple[list[CameraAnswer], Rights]:
        """Answers in the order asked. At first sight a camera takes a free slot, is bound to the
        device, and known by its fingerprint; the first slot ever taken begins a trial.

        Raises NotFound for a device that is not the tenant's, FailedPrecondition
        (STATE_CONFLICT) for a retired one.
        """
        await self.check_device(unit, device_id)
        book = await self._books.read(unit, asked)
        if bindings(book, asked, device_id, unit.now):
            book = await self.settle(unit, asked, device_id)
        walked = [(each.camera_id, book.steps(each, device_id, unit.now)) for each in asked]
        await self._record(unit, book, [camera for camera, steps in walked if steps[-1].passed])
        answers = [answer(book, camera, steps, unit.now) for camera, steps in walked]
        for each in answers:
            if each.reason is not None:
                unit.refused(Action.CAMERA_REFUSED, f"camera/{each.camera_id}", each.reason)
        return answers, Rights(book.row, _licensed(book, walked, unit.now))

    async def check_device(self, unit: Unit, device_id: UUID | None) -> None:
        """As `validate` raises; a device that speaks for itself was looked at already."""
        if device_id is None or device_id == unit.principal.device_id:
            return
        device = await self._devices.require(unit, device_id)
        if device.retired_at is not None:
            raise FailedPrecondition(
                "STATE_CONFLICT", f"device/{device_id}", "the device was retired"
            )

    async def settle(self, unit: Unit, asked: Sequence[Asked], device_id: UUID | None) -> Book:
        """Gives the cameras what they take at first sight; one transaction of a tenant at a time
        does, and sees what the former one gave. Returns the book as it stands then."""
        await store.lock(unit.conn, unit.tenant_id)
        book = await self._books.read(unit, asked)
        taken = bindings(book, asked, device_id, unit.now)
        if not taken:
            return book
        await cameras.bind(unit.conn, unit.tenant_id, taken, unit.now)
        for each in taken:
            new = each.camera_id not in book.cameras
            action = Action.CAMERA_LICENSED if new else Action.CAMERA_BOUND
            unit.audit(
                action,
                f"camera/{each.camera_id}",
                device_id=str(each.device_id or ""),
                fingerprint=each.fingerprint or "",
            )
        await self._count(unit, book, [each.camera_id for each in taken])
        return await self._books.read(unit, asked)

    async def _count(self, unit: Unit, book: Book, taken: Sequence[str]) -> None:
        """Counts the slots among what was taken; the first one ever begins a trial."""
        new = [camera_id for camera_id in taken if camera_id not in book.cameras]
        if not new:
            return
        await store.count_slots(unit.conn, unit.tenant_id, len(new))
        if book.row.license.valid_until is None:
            trial = self._catalogs.live.plan("vision", "trial")
            ends = unit.now + timedelta(days=trial.trial_days or 0)
            await store.begin_trial(unit.conn, unit.tenant_id, ends)
            unit.audit(
                Action.TRIAL_BEGUN, f"license/{unit.tenant_id}", valid_until=ends.isoformat()
            )
        await self._changes.record(unit, ChangeKind.CAMERAS_ADDED, new)

    async def _record(self, unit: Unit, book: Book, valid: Sequence[str]) -> None:
        stale = [each for each in valid if _to_record(book.cameras[each], unit.now)]
        if stale:
            await cameras.record_validation(unit.conn, unit.tenant_id, stale, unit.now)


def _to_record(camera: CameraRow, now: datetime) -> bool:
    return camera.last_validated_at is None or now - camera.last_validated_at >= _RECORD_EVERY


def _licensed(
    book: Book, walked: Sequence[tuple[str, tuple[Step, ...]]], now: datetime
) -> dict[str, CameraLicense]:
    """The licences of cameras that nothing of their own refuses; the tenant's licence may not be
    in force, which they say."""
    found = {}
    for camera_id, steps in walked:
        held = book.license(camera_id, now)
        if held is not None and (steps[-1].passed or steps[-1].rule not in _OF_THE_CAMERA):
            found[camera_id] = held
    return found
