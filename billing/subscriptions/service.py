"""Rules of subscriptions: one per family, from a tenant's first day on."""

from dataclasses import replace
from uuid import UUID

from billing.audit.actions import Action
from billing.catalog.live import Catalogs
from billing.invoices.periods.service import PeriodsService
from billing.licenses.changes.service import ChangeKind, RightsChanges
from billing.subscriptions import store
from billing.subscriptions.rules import FIRST_PLANS, VISION, first, held_of
from billing.unit import Unit, VendorUnit
from mesh.errors import NotFound
from rights.claims import Epoch, SubscriptionStatus
from rights.licenses import LicenseMode
from rights.terms import METERED, Subscription


class SubscriptionsService:
    """Begins, keeps and moves subscriptions, and keeps the vision plan with the licence."""

    def __init__(self, catalogs: Catalogs, changes: RightsChanges, periods: PeriodsService) -> None:
        """`catalogs` holds the plans; `changes` tells of what changed. `periods` are rated by what
        they ended with."""
        self._catalogs = catalogs
        self._changes = changes
        self._periods = periods

    async def held(self, unit: Unit) -> dict[str, Subscription]:
        """What the tenant holds, by family. Raises NotFound."""
        return _some(unit, await store.held(unit.conn, unit.tenant_id))

    async def lock(self, unit: Unit) -> dict[str, Subscription]:
        """As `held`; nobody else changes it until the transaction ends. Whoever changes the licence
        in the same transaction locks that first."""
        return _some(unit, await store.lock_all(unit.conn, unit.tenant_id))

    async def begin(self, unit: VendorUnit, tenant_id: UUID) -> None:
        """Gives a new tenant its first plans. They follow the live catalogue, for nothing was
        bought."""
        catalog = await self._catalogs.held(unit.conn)
        plans = [first(catalog, family, unit.now) for family in FIRST_PLANS]
        await store.put(unit.conn, tenant_id, plans, unit.now)

    async def follow_license(self, unit: Unit, mode: LicenseMode, *, renewed: bool) -> None:
        """The vision plan is the licence's mode; a paid one pins the version that it was bought
        in. Billing periods begin when the mode changes, or when a licence is `renewed` whose
        subscription had ended. The caller tells of the change."""
        held = await store.lock(unit.conn, unit.tenant_id, VISION)
        if held is None or (held.plan == mode.value and not (renewed and held.over)):
            return
        trial = mode is LicenseMode.TRIAL
        number, _ = await self._catalogs.bought(unit.conn)
        changed = Subscription(
            VISION,
            mode.value,
            None if trial else number,
            SubscriptionStatus.TRIALING if trial else SubscriptionStatus.ACTIVE,
            unit.now,
        )
        await store.put(unit.conn, unit.tenant_id, [changed], unit.now)

    async def move(self, unit: Unit, family: str) -> tuple[Subscription, Epoch]:
        """Puts a subscription on the live version of the catalogue; one that follows it anyway
        stays as it is. Raises InvalidArgument naming `family`."""
        live, _ = await self._catalogs.bought(unit.conn)
        held = held_of(await self.lock(unit), family)
        if held.catalog_number in (None, live):
            return held, await self._changes.epoch(unit)
        changed = replace(held, catalog_number=live)
        return changed, await self.put(unit, held, changed, Action.SUBSCRIPTION_MOVED)

    async def put(
        self, unit: Unit, held: Subscription, changed: Subscription, action: Action
    ) -> Epoch:
        """Keeps what is different and tells of it: rights may have changed."""
        await self.note(unit, held, changed, action)
        return await self._changes.record(unit, ChangeKind.PLAN_CHANGED)

    async def begin_period(self, unit: Unit) -> None:
        """Writes down at once that another billing period runs, where the anchor moved."""
        await self._periods.before_change(unit)

    async def note(
        self, unit: Unit, held: Subscription, changed: Subscription, action: Action
    ) -> Epoch:
        """As `put` for what changes no right yet: the epoch stays."""
        quotas = changed.family == METERED
        if quotas:
            await self._periods.settle_carried(unit)
        await self._periods.before_change(unit)
        await store.put(unit.conn, unit.tenant_id, [changed], unit.now)
        if quotas:
            await self._periods.take_nothing_over(unit)
        if changed.anchor != held.anchor:
            await self.begin_period(unit)
        due = changed.pending.at if changed.pending is not None else changed.cancel_at
        unit.audit(
            action,
            f"subscription/{changed.family}",
            from_plan=held.plan,
            plan=changed.plan,
            status=changed.status.value,
            follows=changed.pending.plan if changed.pending is not None else "",
            due=due.isoformat() if due is not None else "",
            catalog_number=changed.catalog_number or 0,
        )
        return await self._changes.epoch(unit)

    async def epoch(self, unit: Unit) -> Epoch:
        """The tenant's epoch. Raises NotFound."""
        return await self._changes.epoch(unit)


def _some(unit: Unit, held: dict[str, Subscription]) -> dict[str, Subscription]:
    if not held:
        raise NotFound("tenant", str(unit.tenant_id))
    return held
