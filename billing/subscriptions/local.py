"""Orders where this server makes the invoices: in force at once, on the next invoice."""

from dataclasses import replace

from billing.audit.actions import Action
from billing.catalog.live import Catalogs
from billing.subscriptions.orders import Purchase, Receipt, When, check_address
from billing.subscriptions.rules import (
    VISION,
    changed_to,
    check_negotiated,
    check_no_trial,
    ended,
    ends_by_cancelling,
    held_of,
    period_of,
    plan_of,
    waits,
)
from billing.subscriptions.service import SubscriptionsService
from billing.subscriptions.terms import TermsReader
from billing.subscriptions.vision import VisionPlan
from billing.unit import Unit
from mesh.errors import FailedPrecondition, InvalidArgument
from mesh.principal import PrincipalKind
from rights.catalog.model import Plan
from rights.claims import SubscriptionStatus
from rights.overrides import PriceOf, PriceTarget
from rights.terms import METERED, Interval, PendingPlan, Subscription


class LocalOrders:
    """See `Orders`."""

    def __init__(
        self,
        catalogs: Catalogs,
        terms: TermsReader,
        subscriptions: SubscriptionsService,
        vision: VisionPlan,
    ) -> None:
        """`terms` know the prices that the vendor agreed upon; `vision` changes the licence."""
        self._catalogs = catalogs
        self._terms = terms
        self._subscriptions = subscriptions
        self._vision = vision

    async def trial(self, unit: Unit, family: str) -> Subscription:
        """The trial that runs. Raises InvalidArgument naming `family`, FailedPrecondition
        (STATE_CONFLICT) once it was left or is over."""
        held = held_of(await self._subscriptions.held(unit), family)
        catalog = await self._catalogs.current(unit.conn)
        if all(plan.trial_days is None for plan in catalog.family(family).plans.values()):
            raise InvalidArgument.field("family", f"{family} has no trial")
        if held.status is SubscriptionStatus.TRIALING:
            return held
        text = "the trial was left for good; buy a plan"
        raise FailedPrecondition("STATE_CONFLICT", f"subscription/{family}", text)

    async def buy(self, unit: Unit, purchase: Purchase) -> Receipt:
        """See `Orders`."""
        number, plan = await self.check_purchase(unit, purchase)
        if purchase.family == VISION:
            held, epoch = await self._vision.buy(unit, purchase.interval, purchase.cameras)
            return Receipt(held, epoch, purchase.success_url)
        done = await self._change_now(unit, number, plan, purchase.interval)
        return replace(done, url=purchase.success_url)

    async def check_purchase(self, unit: Unit, purchase: Purchase) -> tuple[int, Plan]:
        """The plan that is bought and the version of the catalogue that it is bought in."""
        check_address("success_url", purchase.success_url)
        check_address("cancel_url", purchase.cancel_url)
        if purchase.cameras is not None and purchase.family != VISION:
            raise InvalidArgument.field("cameras", "only a vision licence has cameras")
        return await self._wanted(unit, purchase.family, purchase.plan)

    async def change(
        self, unit: Unit, family: str, plan: str, interval: Interval | None, when: When
    ) -> Receipt:
        """See `Orders`."""
        number, wanted = await self.check_change(unit, family, plan)
        held = await self._subscriptions.lock(unit)
        present = held_of(held, family)
        every = interval or present.interval
        if when is When.PERIOD_END and not present.over:
            return await self._change_later(unit, held, wanted, every)
        return await self._change_now(unit, number, wanted, every)

    async def check_change(self, unit: Unit, family: str, plan: str) -> tuple[int, Plan]:
        """The plan and its version. Raises InvalidArgument naming `family` for vision too."""
        if family == VISION:
            text = "the vision plan is the licence's mode: issue, buy or upgrade the licence"
            raise InvalidArgument.field("family", text)
        return await self._wanted(unit, family, plan)

    async def cancel(self, unit: Unit, family: str, when: When) -> Receipt:
        """See `Orders`."""
        if family == VISION:
            await self._vision.hold(unit)
        held = await self._subscriptions.lock(unit)
        present = held_of(held, family)
        if not ends_by_cancelling(present):
            return await self._unchanged(unit, present)
        if when is When.NOW and not ends_later(unit, family):
            return await self.end(unit, present)
        at = period_of(held, family, unit.now).end
        if family == VISION:
            at = await self._vision.ends(unit, present)
        if at <= unit.now:
            return await self.end(unit, present)
        if present.cancel_at == at:
            return await self._unchanged(unit, present)
        changed = replace(present, cancel_at=at, pending=None)
        action = Action.SUBSCRIPTION_CANCEL_PLANNED
        return Receipt(changed, await self._subscriptions.put(unit, present, changed, action))

    async def resume(self, unit: Unit, family: str) -> Receipt:
        """See `Orders`."""
        present = held_of(await self._subscriptions.lock(unit), family)
        if present.ended_at is not None:
            text = "it has ended; buy the plan again"
            raise FailedPrecondition("STATE_CONFLICT", f"subscription/{family}", text)
        if present.cancel_at is None and present.pending is None:
            return await self._unchanged(unit, present)
        changed = replace(present, cancel_at=None, pending=None)
        action = Action.SUBSCRIPTION_RESUMED
        return Receipt(changed, await self._subscriptions.put(unit, present, changed, action))

    async def portal(self, unit: Unit, return_url: str) -> str:
        """Raises FailedPrecondition (STATE_CONFLICT): there is none."""
        await self._subscriptions.held(unit)
        check_address("return_url", return_url)
        text = "Stripe is not configured, so there is no portal; invoices are made by this server"
        raise FailedPrecondition("STATE_CONFLICT", "stripe", text)

    async def end(self, unit: Unit, present: Subscription) -> Receipt:
        """Ends what is held (and locked) now; vision takes the licence with it."""
        if present.family == VISION:
            await self._vision.end(unit)
        changed = ended(present, min(present.cancel_at or unit.now, unit.now))
        action = Action.SUBSCRIPTION_CANCELED
        return Receipt(changed, await self._subscriptions.put(unit, present, changed, action))

    async def _change_now(self, unit: Unit, number: int, plan: Plan, interval: Interval) -> Receipt:
        held = await self._subscriptions.lock(unit)
        present = held_of(held, plan.family)
        same = present.plan == plan.name and present.interval is interval and not present.over
        if same and present.cancel_at is None and present.pending is None:
            return await self._unchanged(unit, present)
        if same:
            kept = replace(present, cancel_at=None, pending=None)
            action = Action.SUBSCRIPTION_RESUMED
            return Receipt(kept, await self._subscriptions.put(unit, present, kept, action))
        check_no_trial(plan)
        if await self.waits(unit, present, plan, interval):
            return await self._change_later(unit, held, plan, interval)
        changed = changed_to(present, plan, number, interval, unit.now)
        action = Action.PLAN_CHANGED
        return Receipt(changed, await self._subscriptions.put(unit, present, changed, action))

    async def _change_later(
        self, unit: Unit, held: dict[str, Subscription], plan: Plan, interval: Interval
    ) -> Receipt:
        present = held[plan.family]
        follows = PendingPlan(plan.name, interval, period_of(held, plan.family, unit.now).end)
        if present.plan == plan.name and present.interval is interval:
            return await self.resume(unit, plan.family)
        check_no_trial(plan)
        if present.pending == follows:
            return await self._unchanged(unit, present)
        changed = replace(present, pending=follows, cancel_at=None)
        action = Action.PLAN_CHANGE_PLANNED
        return Receipt(changed, await self._subscriptions.note(unit, present, changed, action))

    async def waits(
        self, unit: Unit, present: Subscription, wanted: Plan, interval: Interval
    ) -> bool:
        """Whether a change that is asked for now has to wait for the period's end."""
        if not _by_tenant(unit):
            return False
        terms = await self._terms.read(unit)
        plan, currency = terms.plan(present.family), terms.catalog.currencies[0]
        return waits(present, plan, wanted, interval, currency)

    async def _wanted(self, unit: Unit, family: str, plan: str) -> tuple[int, Plan]:
        number, catalog = await self._catalogs.bought(unit.conn)
        wanted = plan_of(catalog, family, plan)
        if _by_tenant(unit) and wanted.prices is None:
            target = PriceTarget(PriceOf.PLAN, family, plan)
            overrides = (await self._terms.read(unit)).overrides
            own = overrides.price(target, catalog.currencies[0], unit.now)
            check_negotiated(wanted, agreed=own is not None)
        return number, wanted

    async def _unchanged(self, unit: Unit, present: Subscription) -> Receipt:
        return Receipt(present, await self._subscriptions.epoch(unit))


def ends_later(unit: Unit, family: str) -> bool:
    """Whether the family's plan ends with its period, whatever was asked for."""
    return family == METERED and _by_tenant(unit)


def _by_tenant(unit: Unit) -> bool:
    """Not by the vendor, nor by the server itself."""
    return unit.principal.kind is PrincipalKind.TENANT
