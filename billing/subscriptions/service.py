"""Rules of subscriptions: one per family, from a tenant's first day on."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from billing.audit.actions import Action
from billing.catalog.live import Catalogs
from billing.licenses.changes.service import ChangeKind, RightsChanges
from billing.subscriptions import store
from billing.unit import Unit, VendorUnit
from mesh.errors import FailedPrecondition, InvalidArgument, NotFound
from rights.catalog.model import Catalog, Plan
from rights.claims import Epoch, SubscriptionStatus
from rights.errors import UnknownName
from rights.licenses import LicenseMode
from rights.terms import METERED, Subscription

VISION = "vision"
PLATFORM = "platform"
_FIRST = {VISION: "trial", PLATFORM: "trial", METERED: "free"}


class SubscriptionsService:
    """Begins, changes and moves subscriptions, and keeps the vision plan with the licence."""

    def __init__(self, catalogs: Catalogs, changes: RightsChanges) -> None:
        """`catalogs` holds the plans; `changes` tells of what changed."""
        self._catalogs = catalogs
        self._changes = changes

    async def held(self, unit: Unit) -> list[Subscription]:
        """What the tenant holds, by family. Raises NotFound."""
        found = await store.held(unit.conn, unit.tenant_id)
        if not found:
            raise NotFound("tenant", str(unit.tenant_id))
        return list(found.values())

    async def begin(self, unit: VendorUnit, tenant_id: UUID) -> None:
        """Gives a new tenant its first plans. They follow the live catalogue, for nothing was
        bought. The vision trial's end is the licence's."""
        catalog = await self._catalogs.held(unit.conn)
        first = [_first(catalog, family, unit.now) for family in _FIRST]
        await store.put(unit.conn, tenant_id, first, unit.now)

    async def follow_license(self, unit: Unit, mode: LicenseMode) -> None:
        """The vision plan is the licence's mode; a paid one pins the version that it was bought
        in. Billing periods begin when the mode changes. The caller tells of the change."""
        held = await store.lock(unit.conn, unit.tenant_id, VISION)
        if held is None or held.plan == mode.value:
            return
        trial = mode is LicenseMode.TRIAL
        number, _ = await self._catalogs.bought(unit.conn)
        changed = replace(
            held,
            plan=mode.value,
            catalog_number=None if trial else number,
            status=SubscriptionStatus.TRIALING if trial else SubscriptionStatus.ACTIVE,
            anchor=unit.now,
        )
        await store.put(unit.conn, unit.tenant_id, [changed], unit.now)

    async def change(self, unit: Unit, family: str, plan: str) -> tuple[Subscription, Epoch]:
        """Puts the tenant on a plan as the live catalogue has it; a paid one pins that version.

        Billing periods begin anew when the first paid plan is bought, and go on otherwise. The
        same plan again changes nothing. Raises InvalidArgument naming `family` or `plan`,
        FailedPrecondition (STATE_CONFLICT) for a trial that was left.
        """
        number, catalog = await self._catalogs.bought(unit.conn)
        wanted = plan_of(catalog, family, plan)
        if family == VISION:
            text = "the vision plan is the licence's mode: issue or upgrade the licence"
            raise InvalidArgument.field("family", text)
        held = await self._lock(unit, family)
        if held.plan == plan:
            return held, await self._changes.epoch(unit)
        if wanted.trial_days is not None:
            raise FailedPrecondition(
                "STATE_CONFLICT", f"plan/{plan}", "the trial was left for good"
            )
        changed = changed_to(held, wanted, number, unit.now)
        return await self._put(unit, held, changed, Action.PLAN_CHANGED)

    async def move(self, unit: Unit, family: str) -> tuple[Subscription, Epoch]:
        """Puts a subscription on the live version of the catalogue; one that follows it anyway
        stays as it is. Raises InvalidArgument naming `family`."""
        live, _ = await self._catalogs.bought(unit.conn)
        held = await self._lock(unit, family)
        if held.catalog_number in (None, live):
            return held, await self._changes.epoch(unit)
        changed = replace(held, catalog_number=live)
        return await self._put(unit, held, changed, Action.SUBSCRIPTION_MOVED)

    async def _lock(self, unit: Unit, family: str) -> Subscription:
        held = await store.lock(unit.conn, unit.tenant_id, family)
        if held is None:
            raise InvalidArgument.field("family", f"the tenant holds nothing of {family!r}")
        return held

    async def _put(
        self, unit: Unit, held: Subscription, changed: Subscription, action: Action
    ) -> tuple[Subscription, Epoch]:
        await store.put(unit.conn, unit.tenant_id, [changed], unit.now)
        unit.audit(
            action,
            f"subscription/{changed.family}",
            from_plan=held.plan,
            plan=changed.plan,
            catalog_number=changed.catalog_number or 0,
        )
        return changed, await self._changes.record(unit, ChangeKind.PLAN_CHANGED)


def changed_to(held: Subscription, plan: Plan, number: int | None, now: datetime) -> Subscription:
    """The subscription on another plan, which pins `number` if it is a paid one."""
    first = _paid(plan) and held.catalog_number is None
    return Subscription(
        held.family,
        plan.name,
        number if _paid(plan) else None,
        SubscriptionStatus.ACTIVE if plan.trial_days is None else SubscriptionStatus.TRIALING,
        now if first else held.anchor,
    )


def plan_of(catalog: Catalog, family: str, plan: str) -> Plan:
    """The plan. Raises InvalidArgument naming `family` or `plan`."""
    try:
        return catalog.plan(family, plan)
    except UnknownName as error:
        field = "family" if error.kind == "family" else "plan"
        raise InvalidArgument.field(field, str(error)) from None


def _paid(plan: Plan) -> bool:
    return plan.prices is None or any(plan.prices.values())


def _first(catalog: Catalog, family: str, now: datetime) -> Subscription:
    days = catalog.plan(family, _FIRST[family]).trial_days
    ends = now + timedelta(days=days) if days and family != VISION else None
    status = SubscriptionStatus.TRIALING if days else SubscriptionStatus.ACTIVE
    return Subscription(family, _FIRST[family], None, status, now, ends)
