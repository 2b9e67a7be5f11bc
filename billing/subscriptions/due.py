"""Background work on subscriptions: what falls due happens, each tenant in one transaction."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from billing.audit.actions import Action
from billing.background import for_each, repeat
from billing.catalog.live import Catalogs
from billing.subscriptions import store
from billing.subscriptions.collecting import Collecting
from billing.subscriptions.local import LocalOrders
from billing.subscriptions.orders import Orders, When
from billing.subscriptions.rules import changed_to, ended
from billing.subscriptions.service import SubscriptionsService
from billing.subscriptions.trials import TrialNotices
from billing.subscriptions.vision import AHEAD, VisionPlan
from billing.unit import Unit, Units
from mesh.clock import Clock
from mesh.database import Database, retry_serialization
from rights.catalog.model import Plan
from rights.errors import UnknownName
from rights.terms import Subscription

_EVERY_S = 1.0
_AT_ONCE = 200


class DueSubscriptions:
    """Looks each second. Any number of replicas may: the rows' locks order them, and whoever comes
    second finds nothing due."""

    def __init__(
        self,
        db: Database,
        units: Units,
        catalogs: Catalogs,
        subscriptions: SubscriptionsService,
        *,
        orders: Orders,
        local: LocalOrders,
        vision: VisionPlan,
        collecting: Collecting,
        trials: TrialNotices,
        clock: Clock,
    ) -> None:
        """Finds tenants as the worker role, and changes each as the application; `orders` go by
        who collects."""
        self._db = db
        self._units = units
        self._catalogs = catalogs
        self._subscriptions = subscriptions
        self._orders = orders
        self._local = local
        self._vision = vision
        self._collecting = collecting
        self._trials = trials
        self._clock = clock

    async def run(self) -> None:
        """Looks until cancelled. Failures are tried again."""
        await repeat(self._look, "subscriptions_not_looked_at", _EVERY_S)

    async def _look(self) -> None:
        await self.look_once()
        await self._trials.look_once()

    async def look_once(self) -> int:
        """Does what is due; returns for how many tenants. What fails for one of them is logged, and
        tried again with the next look. Raises MeshError."""
        async with self._db.worker() as conn:
            tenants = await store.due(conn, self._clock.now(), AHEAD, _AT_ONCE)
        await for_each(tenants, self._settle_one, "subscriptions_not_settled")
        return len(tenants)

    async def _settle_one(self, tenant_id: UUID) -> None:
        await retry_serialization(partial(self._settle, tenant_id))

    async def _settle(self, tenant_id: UUID) -> None:
        async with self._units.working(tenant_id) as unit:
            await self._collecting.hold(unit)
            number, _ = await self._catalogs.bought(unit.conn)
            await self._vision.hold(unit)
            elsewhere = await self._collecting.families(unit)
            for family in await self._subscriptions.lock(unit):
                if family in elsewhere:
                    await self._step_elsewhere(unit, family, alone=len(elsewhere) == 1)
                else:
                    await self._step(unit, family, number)

    async def _step_elsewhere(self, unit: Unit, family: str, *, alone: bool) -> None:
        """What the provider does not do by itself: it ends trials, and the whole subscription."""
        each = (await self._subscriptions.lock(unit))[family]
        follows = each.pending
        if follows is not None and follows.at <= unit.now:
            await self._orders.change(unit, family, follows.plan, follows.interval, When.NOW)
        elif each.cancel_at is not None and each.cancel_at <= unit.now and not alone:
            await self._orders.cancel(unit, family, When.NOW)

    async def _step(self, unit: Unit, family: str, number: int) -> None:
        held = await self._subscriptions.lock(unit)
        each = held[family]
        if each.pending is not None and each.pending.at <= unit.now:
            await self._follow(unit, each, number)
        elif each.cancel_at is not None and each.cancel_at <= unit.now:
            await self._local.end(unit, each)
        elif each.trial_ends_at is not None and each.trial_ends_at <= unit.now:
            over = ended(each, each.trial_ends_at)
            await self._subscriptions.put(unit, each, over, Action.SUBSCRIPTION_TRIAL_ENDED)
        elif _runs_out(each, unit.now):
            await self._vision.prolong(unit, held)

    async def _follow(self, unit: Unit, each: Subscription, number: int) -> None:
        """A plan that is sold no more does not follow."""
        plan = await self._pending_plan(unit, each, number)
        if plan is None or each.pending is None:
            kept = replace(each, pending=None)
            await self._subscriptions.note(unit, each, kept, Action.SUBSCRIPTION_RESUMED)
            return
        changed = changed_to(each, plan, number, each.pending.interval, each.pending.at)
        await self._subscriptions.put(unit, each, changed, Action.PLAN_CHANGED)

    async def _pending_plan(self, unit: Unit, each: Subscription, number: int) -> Plan | None:
        if each.pending is None:
            return None
        catalog = await self._catalogs.of(unit.conn, number)
        try:
            return catalog.plan(each.family, each.pending.plan)
        except UnknownName:
            return None


def _runs_out(each: Subscription, now: datetime) -> bool:
    going = each.cancel_at is None and not each.over
    return going and each.paid_through is not None and each.paid_through - AHEAD <= now
