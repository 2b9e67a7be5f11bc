"""Rules of licences: what a tenant was sold, and which camera has which packs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from billing.audit.actions import Action
from billing.catalog.live import Catalogs
from billing.licenses import store
from billing.licenses.answers import message_of
from billing.licenses.book import Asked, camera_license
from billing.licenses.cameras import store as cameras
from billing.licenses.cameras.store import CameraRow
from billing.licenses.changes.service import ChangeKind, RightsChanges
from billing.licenses.packs import PackRules
from billing.licenses.reader import BookReader
from billing.licenses.store import LicenseRow, RightsRow
from billing.licenses.validation import ValidationService
from billing.paging import Page, PageRequest, Position, page_of
from billing.subscriptions.service import SubscriptionsService
from billing.unit import Unit, VendorUnit
from mesh.errors import FailedPrecondition, InvalidArgument
from rights.catalog.model import Per
from rights.claims import Epoch
from rights.licenses import CameraLicense, LicenseMode


@dataclass(frozen=True, slots=True)
class HeldCamera:
    """A camera's licence, the device that it is bound to, and by what it is known."""

    license: CameraLicense
    device_id: UUID | None
    fingerprint: str | None
    assigned_at: datetime


class LicensesService:
    """Issues and assigns licences, and says what is held."""

    def __init__(
        self,
        catalogs: Catalogs,
        books: BookReader,
        changes: RightsChanges,
        validation: ValidationService,
        subscriptions: SubscriptionsService,
    ) -> None:
        """`catalogs` hold the trial's terms and the packs; `validation` gives slots; the vision
        plan of `subscriptions` follows the licence."""
        self._catalogs = catalogs
        self._books = books
        self._changes = changes
        self._validation = validation
        self._subscriptions = subscriptions

    async def row(self, unit: Unit) -> RightsRow:
        """What the tenant holds. Raises NotFound."""
        return await self._books.row(unit)

    async def epoch(self, unit: Unit) -> Epoch:
        """The tenant's epoch. Raises NotFound."""
        return await self._changes.epoch(unit)

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
        PackRules(await self._catalogs.held(unit.conn)).check(growth_packs, Per.TENANT)
        if valid_until <= unit.now:
            raise InvalidArgument.field("valid_until", "must be in the future")
        packs = tuple(sorted(growth_packs))
        row = LicenseRow(mode.value, "active", cameras_allowed, packs, unit.now, valid_until)
        await store.put_license(unit.conn, unit.tenant_id, row)
        await self._subscriptions.follow_license(unit, mode, renewed=True)
        unit.audit(
            Action.LICENSE_ISSUED,
            f"license/{unit.tenant_id}",
            license_mode=mode.value,
            cameras_allowed=cameras_allowed,
            growth_packs=",".join(packs),
            valid_until=valid_until.isoformat(),
        )
        return await self._changes.record(unit, ChangeKind.ISSUED)

    async def assign(
        self, unit: Unit, camera_id: str, growth_packs: Sequence[str]
    ) -> tuple[HeldCamera, Epoch]:
        """Gives the camera a slot and exactly these packs; repeated, it changes nothing.

        Raises InvalidArgument naming `growth_packs`, FailedPrecondition (CAMERA_LIMIT_REACHED,
        LICENSE_EXPIRED, LICENSE_SUSPENDED, LICENSE_REVOKED).
        """
        PackRules(await self._catalogs.held(unit.conn)).check(growth_packs, Per.CAMERA)
        asked = Asked(camera_id)
        book = await self._validation.settle(unit, [asked], None)
        last = book.steps(asked, None, unit.now)[-1]
        if camera_id not in book.cameras or camera_id in book.beyond:
            reason = last.refusal or "CAMERA_LIMIT_REACHED"
            unit.refused(Action.CAMERA_REFUSED, f"camera/{camera_id}", reason)
            raise FailedPrecondition(reason, "license", message_of(book, last))
        held, packs, epoch = book.cameras[camera_id], sorted(growth_packs), book.row.epoch
        if set(packs) != set(held.growth_packs):
            await cameras.set_packs(unit.conn, unit.tenant_id, camera_id, packs)
            unit.audit(Action.CAMERA_ASSIGNED, f"camera/{camera_id}", growth_packs=",".join(packs))
            epoch = await self._changes.record(unit, ChangeKind.CAMERA_ASSIGNED, [camera_id])
        camera = replace(held, growth_packs=tuple(packs))
        return held_camera(book.row.license, camera, unit.now), epoch

    async def page(self, unit: Unit, request: PageRequest) -> Page[HeldCamera]:
        """Camera licences, oldest first; those beyond the licence's slots are unlicensed."""
        row = await self.row(unit)
        rows = await cameras.page(unit.conn, unit.tenant_id, request)
        beyond = await self._books.beyond(unit, row)
        held = [held_camera(row.license, camera, unit.now) for camera in rows]
        shown = [_unlicensed(each) if each.license.camera_id in beyond else each for each in held]
        return page_of(
            request,
            shown,
            lambda each: Position(each.assigned_at, cameras.page_key(each.license.camera_id)),
        )

    async def slots_taken(self, unit: Unit) -> int:
        """Cameras that hold a slot. Raises NotFound."""
        return (await self.row(unit)).cameras_used

    async def offer_trial(self, unit: VendorUnit, tenant_id: UUID) -> LicenseRow:
        """Gives a new tenant the vision trial; it begins with the first camera."""
        slots = self._catalogs.live.plan("vision", "trial").count("cameras") or 0
        row = LicenseRow(LicenseMode.TRIAL.value, "active", slots, (), unit.now, None)
        await store.put_license(unit.conn, tenant_id, row)
        return row


def held_camera(license_: LicenseRow, camera: CameraRow, now: datetime) -> HeldCamera:
    """A camera that holds a slot."""
    return HeldCamera(
        camera_license(license_, camera, now),
        camera.device_id,
        camera.fingerprint,
        camera.assigned_at,
    )


def _unlicensed(held: HeldCamera) -> HeldCamera:
    bare = replace(held.license, mode=LicenseMode.UNLICENSED, growth_packs=frozenset())
    return replace(held, license=bare)
