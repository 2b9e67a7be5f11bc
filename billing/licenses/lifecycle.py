"""The life of a licence after its issue. Each change is made once: repeated, it changes nothing."""

from dataclasses import dataclass, replace
from datetime import datetime

from billing.audit.actions import Action
from billing.catalog.live import Catalogs
from billing.licenses import store
from billing.licenses.book import status_of
from billing.licenses.changes.service import ChangeKind, RightsChanges
from billing.licenses.packs import PackRules
from billing.licenses.reader import BookReader
from billing.licenses.store import LicenseRow, RightsRow
from billing.revocations.voiding import void_tokens
from billing.subscriptions.service import SubscriptionsService
from billing.unit import Unit
from mesh.clock import Clock
from mesh.errors import FailedPrecondition, InvalidArgument
from rights.catalog.model import Per
from rights.licenses import LicenseMode, LicenseStatus


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What changes; None and empty leave what is. `valid_until` is aware, UTC."""

    mode: LicenseMode | None = None
    cameras_allowed: int | None = None
    add_packs: tuple[str, ...] = ()
    remove_packs: tuple[str, ...] = ()
    valid_until: datetime | None = None

    @property
    def empty(self) -> bool:
        """Whether it names nothing."""
        return self == Upgrade()


class LifecycleService:
    """Suspends, resumes, revokes, renews and upgrades a tenant's licence.

    A revoked licence is final; only a new one follows it.
    """

    def __init__(
        self,
        catalogs: Catalogs,
        books: BookReader,
        changes: RightsChanges,
        subscriptions: SubscriptionsService,
        clock: Clock,
    ) -> None:
        """`catalogs` say how packs are sold; `clock` dates what voids tokens; the vision plan of
        `subscriptions` follows the licence."""
        self._catalogs = catalogs
        self._books = books
        self._changes = changes
        self._subscriptions = subscriptions
        self._clock = clock

    async def suspend(self, unit: Unit, why: str) -> RightsRow:
        """Pauses the licence. Raises FailedPrecondition (LICENSE_REVOKED, LICENSE_EXPIRED)."""
        row = await self._lock(unit)
        license_ = row.license
        if license_.status == "suspended":
            return row
        _check_not_revoked(unit, license_)
        if status_of(license_, unit.now) is LicenseStatus.EXPIRED:
            raise _expired(unit)
        changed = replace(license_, status="suspended", status_reason=why, status_since=unit.now)
        return await self._put(unit, row, changed, ChangeKind.SUSPENDED)

    async def resume(self, unit: Unit) -> RightsRow:
        """Ends a suspension. Raises FailedPrecondition (LICENSE_REVOKED)."""
        row = await self._lock(unit)
        _check_not_revoked(unit, row.license)
        changed = replace(row.license, status="active", status_reason="", status_since=None)
        return await self._put(unit, row, changed, ChangeKind.RESUMED)

    async def revoke(self, unit: Unit, why: str) -> RightsRow:
        """Ends the licence for good."""
        row = await self._lock(unit)
        if row.license.status == "revoked":
            return row
        changed = replace(row.license, status="revoked", status_reason=why, status_since=unit.now)
        return await self._put(unit, row, changed, ChangeKind.REVOKED)

    async def hold(self, unit: Unit) -> None:
        """Nobody else changes the licence until the transaction ends."""
        await store.lock(unit.conn, unit.tenant_id)

    async def end(self, unit: Unit) -> RightsRow:
        """Ends the licence now; unlike a revoked one it can be bought or renewed again."""
        row = await self._lock(unit)
        over = status_of(row.license, unit.now) is LicenseStatus.EXPIRED
        if row.license.status == "revoked" or over:
            return row
        changed = replace(row.license, valid_until=unit.now)
        await void_tokens(unit, self._clock.now())
        return await self._put(unit, row, changed, ChangeKind.RENEWED)

    async def renew(self, unit: Unit, valid_until: datetime, *, shorten: bool) -> RightsRow:
        """Gives the licence a new end (aware, UTC), an earlier one only with `shorten`.

        Raises InvalidArgument naming `valid_until`, FailedPrecondition (LICENSE_REVOKED,
        STATE_CONFLICT).
        """
        row = await self._lock(unit)
        _check_not_revoked(unit, row.license)
        if row.license.valid_until is None:
            raise _refusal(
                unit, "the trial has not begun, so it has no end to move; issue a licence"
            )
        changed = replace(
            row.license, valid_until=_later(unit, row.license, valid_until, shorten=shorten)
        )
        return await self._put(unit, row, changed, ChangeKind.RENEWED)

    async def upgrade(self, unit: Unit, upgrade: Upgrade) -> RightsRow:
        """Changes what the upgrade names.

        Raises InvalidArgument naming the field, FailedPrecondition (LICENSE_REVOKED,
        LICENSE_EXPIRED, STATE_CONFLICT).
        """
        _check(upgrade, PackRules(await self._catalogs.held(unit.conn)))
        row = await self._lock(unit)
        license_ = row.license
        _check_not_revoked(unit, license_)
        ends = license_.valid_until
        if upgrade.valid_until is not None:
            ends = _later(unit, license_, upgrade.valid_until, shorten=False)
        if ends is not None and ends <= unit.now:
            raise _expired(unit)
        slots = upgrade.cameras_allowed
        packs = (set(license_.growth_packs) | set(upgrade.add_packs)) - set(upgrade.remove_packs)
        changed = replace(
            license_,
            license_mode=_mode(unit, license_, upgrade, ends).value,
            cameras_allowed=license_.cameras_allowed if slots is None else slots,
            growth_packs=tuple(sorted(packs)),
            valid_until=ends,
        )
        return await self._put(unit, row, changed, ChangeKind.UPGRADED)

    async def _lock(self, unit: Unit) -> RightsRow:
        await store.lock(unit.conn, unit.tenant_id)
        return await self._books.row(unit)

    async def _put(
        self, unit: Unit, row: RightsRow, changed: LicenseRow, kind: ChangeKind
    ) -> RightsRow:
        """The same licence again is no change, and raises no epoch."""
        if changed == row.license:
            return row
        await store.put_license(unit.conn, unit.tenant_id, changed)
        renewed = kind in {ChangeKind.RENEWED, ChangeKind.UPGRADED}
        in_force = status_of(changed, unit.now) is LicenseStatus.ACTIVE
        await self._subscriptions.follow_license(
            unit, LicenseMode(changed.license_mode), renewed=renewed and in_force
        )
        unit.audit(
            Action[f"LICENSE_{kind.name}"],
            f"license/{unit.tenant_id}",
            reason=changed.status_reason,
            license_mode=changed.license_mode,
            cameras_allowed=changed.cameras_allowed,
            growth_packs=",".join(changed.growth_packs),
            valid_until=changed.valid_until.isoformat() if changed.valid_until else "",
        )
        if kind in {ChangeKind.SUSPENDED, ChangeKind.REVOKED}:
            await void_tokens(unit, self._clock.now())
        epoch = await self._changes.record(unit, kind)
        return replace(row, license=changed, epoch=epoch)


def _check(upgrade: Upgrade, rules: PackRules) -> None:
    if upgrade.empty:
        raise InvalidArgument.field("cameras_allowed", "name something to change")
    rules.check(upgrade.add_packs, Per.TENANT, field="add_growth_packs")
    rules.check(upgrade.remove_packs, Per.TENANT, field="remove_growth_packs")
    both = sorted(set(upgrade.add_packs) & set(upgrade.remove_packs))
    if both:
        raise InvalidArgument.field("remove_growth_packs", f"{both[0]} is added as well")


def _check_not_revoked(unit: Unit, license_: LicenseRow) -> None:
    if license_.status == "revoked":
        text = "the licence was revoked, which is final; issue a new one"
        raise _refusal(unit, text, "LICENSE_REVOKED")


def _mode(unit: Unit, license_: LicenseRow, upgrade: Upgrade, ends: datetime | None) -> LicenseMode:
    present = LicenseMode(license_.license_mode)
    wanted = upgrade.mode or present
    if present is LicenseMode.BASE and wanted is LicenseMode.TRIAL:
        raise _refusal(unit, "a paid licence does not become a trial again")
    if wanted is LicenseMode.BASE and ends is None:
        raise _refusal(unit, "a paid licence needs an end, and the trial has none yet; name one")
    if wanted is LicenseMode.TRIAL and license_.valid_until is None and ends is not None:
        raise _refusal(unit, "the trial has not begun, so it has no end to move")
    return wanted


def _later(unit: Unit, license_: LicenseRow, valid_until: datetime, *, shorten: bool) -> datetime:
    if valid_until <= unit.now:
        raise InvalidArgument.field("valid_until", "must be in the future")
    present = license_.valid_until
    if present is not None and valid_until < present and not shorten:
        raise _refusal(unit, f"the licence already lasts until {present.isoformat()}")
    return valid_until


def _expired(unit: Unit) -> FailedPrecondition:
    return _refusal(unit, "the licence has ended; renew it", "LICENSE_EXPIRED")


def _refusal(unit: Unit, text: str, reason: str = "STATE_CONFLICT") -> FailedPrecondition:
    """What to raise; the audit log is told."""
    unit.refused(Action.LICENSE_REFUSED, f"license/{unit.tenant_id}", reason)
    return FailedPrecondition(reason, "license", text)
