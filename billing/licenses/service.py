"""Rules of licences: who holds a slot, with which packs, until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from billing.audit.actions import Action
from billing.devices.service import DevicesService
from billing.licenses import store
from billing.licenses.answers import (
    CAMERA_LIMIT_REACHED,
    CameraAnswer,
    answer,
    camera_license,
    message_of,
    status_of,
)
from billing.licenses.packs import PackRules
from billing.licenses.store import CameraRow, LicenseRow, RightsRow
from billing.paging import Page, PageRequest, Position, page_of
from billing.topics import rights_topic
from billing.unit import Unit
from mesh.database import Connection
from mesh.errors import FailedPrecondition, InvalidArgument, NotFound
from rights.catalog.model import Catalog, Per
from rights.claims import Epoch
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus

_RECORD_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class BillableItems:
    """What a paid licence is charged for: cameras with a slot, cameras per pack sold per camera,
    and the packs of the whole tenant."""

    cameras: int
    camera_packs: Mapping[str, int]
    tenant_packs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeldCamera:
    """A camera's licence, and the device that validated it last."""

    license: CameraLicense
    device_id: UUID | None
    assigned_at: datetime


@dataclass(frozen=True, slots=True)
class Rights:
    """What the tenant holds, and the licences of the cameras asked about that may count on it."""

    row: RightsRow
    cameras: Mapping[str, CameraLicense]


class LicensesService:
    """Validates, issues and assigns licences."""

    def __init__(self, catalog: Catalog, devices: DevicesService) -> None:
        """`catalog` holds the trial's terms and the packs; `devices` knows who may be named."""
        self._devices = devices
        self._trial = catalog.plan("vision", "trial")
        self._packs = PackRules(catalog)

    async def validate(
        self, unit: Unit, camera_ids: Sequence[str], device_id: UUID | None
    ) -> tuple[list[CameraAnswer], Rights]:
        """Answers in the order asked; a camera seen for the first time takes a free slot.

        The first slot ever taken begins a trial. The device is remembered as the cameras' own.
        Raises NotFound for a device that is not the tenant's.
        """
        if device_id is not None and device_id != unit.principal.device_id:
            await self._devices.require(unit, device_id)
        row = await self._row(unit)
        held = await store.cameras(unit.conn, unit.tenant_id, camera_ids)
        if len(held) < len(camera_ids) and self._has_room(row, unit.now):
            row, held = await self._activate(unit, camera_ids)
        stale = [
            camera.camera_id for camera in held.values() if _to_record(camera, device_id, unit.now)
        ]
        if stale:
            await store.record_validation(unit.conn, unit.tenant_id, stale, device_id, unit.now)
        rights = await self._effective(unit, row, held)
        answers = [answer(row, each, rights.cameras.get(each), unit.now) for each in camera_ids]
        for each in answers:
            if each.reason is not None:
                unit.refused(Action.CAMERA_REFUSED, f"camera/{each.camera_id}", each.reason)
        return answers, rights

    async def rights(self, unit: Unit, camera_ids: Sequence[str] = ()) -> Rights:
        """What the tenant and those cameras hold; takes no slot."""
        row = await self._row(unit)
        held = await store.cameras(unit.conn, unit.tenant_id, camera_ids) if camera_ids else {}
        return await self._effective(unit, row, held)

    async def issue(
        self,
        unit: Unit,
        mode: LicenseMode,
        cameras_allowed: int,
        growth_packs: Sequence[str],
        valid_until: datetime,
    ) -> Epoch:
        """Replaces the tenant's licence and returns the new epoch.

        Raises InvalidArgument naming `growth_packs` or `valid_until`.
        """
        self._packs.check(growth_packs, Per.TENANT)
        if valid_until <= unit.now:
            raise InvalidArgument.field("valid_until", "must be in the future")
        packs = tuple(sorted(growth_packs))
        row = LicenseRow(mode.value, "active", cameras_allowed, packs, unit.now, valid_until)
        await store.put_license(unit.conn, unit.tenant_id, row)
        unit.audit(
            Action.LICENSE_ISSUED,
            f"license/{unit.tenant_id}",
            license_mode=mode.value,
            cameras_allowed=cameras_allowed,
            growth_packs=",".join(packs),
            valid_until=valid_until.isoformat(),
        )
        return await self._changed(unit)

    async def assign(
        self, unit: Unit, camera_id: str, growth_packs: Sequence[str]
    ) -> tuple[HeldCamera, Epoch]:
        """Gives the camera a slot and exactly these packs.

        Raises InvalidArgument naming `growth_packs`, FailedPrecondition (CAMERA_LIMIT_REACHED,
        LICENSE_EXPIRED, LICENSE_SUSPENDED).
        """
        self._packs.check(growth_packs, Per.CAMERA)
        row, held = await self._activate(unit, [camera_id])
        if camera_id not in held or camera_id in await self._beyond(unit, row):
            reason = _refusal_of(row, unit.now)
            unit.refused(Action.CAMERA_REFUSED, f"camera/{camera_id}", reason)
            raise FailedPrecondition(reason, "license", message_of(reason, row))
        packs = sorted(growth_packs)
        await store.set_packs(unit.conn, unit.tenant_id, camera_id, packs)
        unit.audit(Action.CAMERA_ASSIGNED, f"camera/{camera_id}", growth_packs=",".join(packs))
        epoch = await self._changed(unit)
        camera = replace(held[camera_id], growth_packs=tuple(growth_packs))
        return _held(row.license, camera, unit.now), epoch

    async def page(self, unit: Unit, request: PageRequest) -> Page[HeldCamera]:
        """Camera licences, oldest first; those beyond the licence's slots are unlicensed."""
        row = await self._row(unit)
        rows = await store.page(unit.conn, unit.tenant_id, request)
        beyond = await self._beyond(unit, row)
        held = [_held(row.license, camera, unit.now) for camera in rows]
        shown = [_unlicensed(each) if each.license.camera_id in beyond else each for each in held]
        return page_of(
            request,
            shown,
            lambda each: Position(each.assigned_at, store.page_key(each.license.camera_id)),
        )

    async def epoch(self, unit: Unit) -> Epoch:
        """The tenant's epoch. Raises NotFound."""
        found = await store.epoch(unit.conn, unit.tenant_id)
        if found is None:
            raise NotFound("tenant", str(unit.tenant_id))
        return found

    async def billable(self, unit: Unit) -> BillableItems | None:
        """What the licence in force is charged for: the cameras that may run. None in a trial or
        after its end. Raises NotFound without a licence."""
        row = await self._row(unit)
        paid = row.license.license_mode == LicenseMode.BASE
        if not paid or status_of(row.license, unit.now) is LicenseStatus.EXPIRED:
            return None
        allowed = row.license.cameras_allowed
        packs = await store.count_packs(unit.conn, unit.tenant_id, allowed)
        return BillableItems(min(row.cameras_used, allowed), packs, row.license.growth_packs)

    async def offer_trial(self, conn: Connection, tenant_id: UUID, now: datetime) -> None:
        """Gives a new tenant the vision trial; it begins with the first camera."""
        slots = self._trial.count("cameras") or 0
        row = LicenseRow(LicenseMode.TRIAL.value, "active", slots, (), now, None)
        await store.put_license(conn, tenant_id, row)

    async def _row(self, unit: Unit) -> RightsRow:
        row = await store.rights(unit.conn, unit.tenant_id)
        if row is None:
            raise NotFound("license", str(unit.tenant_id))
        return row

    async def _activate(
        self, unit: Unit, camera_ids: Sequence[str]
    ) -> tuple[RightsRow, dict[str, CameraRow]]:
        """Takes what slots are free for the cameras without one, in the order asked."""
        await store.lock(unit.conn, unit.tenant_id)
        row = await self._row(unit)
        held = await store.cameras(unit.conn, unit.tenant_id, camera_ids)
        if not self._has_room(row, unit.now):
            return row, held
        free = row.license.cameras_allowed - row.cameras_used
        taken = [each for each in camera_ids if each not in held][:free]
        if not taken:
            return row, held
        await store.add_cameras(unit.conn, unit.tenant_id, taken, unit.now)
        for each in taken:
            unit.audit(Action.CAMERA_LICENSED, f"camera/{each}")
        if row.license.valid_until is None:
            ends = unit.now + timedelta(days=self._trial.trial_days or 0)
            await store.begin_trial(unit.conn, unit.tenant_id, ends)
            unit.audit(
                Action.TRIAL_BEGUN, f"license/{unit.tenant_id}", valid_until=ends.isoformat()
            )
        await self._changed(unit)
        cameras = await store.cameras(unit.conn, unit.tenant_id, camera_ids)
        return await self._row(unit), cameras

    async def _changed(self, unit: Unit) -> Epoch:
        await store.raise_epoch(unit.conn, unit.tenant_id, unit.now)
        unit.wake(rights_topic(unit.tenant_id))
        return await self.epoch(unit)

    async def _effective(self, unit: Unit, row: RightsRow, held: Mapping[str, CameraRow]) -> Rights:
        beyond = await self._beyond(unit, row) if held else frozenset()
        licensed = {
            camera_id: camera_license(row.license, camera, unit.now)
            for camera_id, camera in held.items()
            if camera_id not in beyond
        }
        return Rights(row, licensed)

    async def _beyond(self, unit: Unit, row: RightsRow) -> frozenset[str]:
        """Cameras whose slot went when the licence became smaller: the newest ones."""
        allowed = row.license.cameras_allowed
        if row.cameras_used <= allowed:
            return frozenset()
        return await store.beyond(unit.conn, unit.tenant_id, allowed)

    def _has_room(self, row: RightsRow, now: datetime) -> bool:
        in_force = status_of(row.license, now) is LicenseStatus.ACTIVE
        return in_force and row.cameras_used < row.license.cameras_allowed


def _to_record(camera: CameraRow, device_id: UUID | None, now: datetime) -> bool:
    if device_id is not None and camera.device_id != device_id:
        return True
    return camera.last_validated_at is None or now - camera.last_validated_at >= _RECORD_EVERY


def _refusal_of(row: RightsRow, now: datetime) -> str:
    status = status_of(row.license, now)
    if status is LicenseStatus.ACTIVE:
        return CAMERA_LIMIT_REACHED
    return f"LICENSE_{status.name}"


def _held(license_: LicenseRow, camera: CameraRow, now: datetime) -> HeldCamera:
    return HeldCamera(camera_license(license_, camera, now), camera.device_id, camera.assigned_at)


def _unlicensed(held: HeldCamera) -> HeldCamera:
    bare = replace(held.license, mode=LicenseMode.UNLICENSED, growth_packs=frozenset())
    return replace(held, license=bare)
