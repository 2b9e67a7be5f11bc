"""Asks the provider about a customer and brings the tenant to what it says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from billing.audit.actions import Action
from billing.catalog.live import Catalogs
from billing.dunning.service import DunningService
from billing.notifications.kinds import Kind
from billing.notifications.service import NotificationsService
from billing.payments.checkout import store
from billing.payments.checkout.truth import SoldPlan, Truth, followed, plans_of, truth_of
from billing.payments.items import store as items
from billing.payments.provider import PaymentProvider
from billing.payments.shadows import standing
from billing.payments.values import Subscription as Sold
from billing.subscriptions.rules import VISION, ended
from billing.subscriptions.service import SubscriptionsService
from billing.subscriptions.vision import VisionPlan
from billing.unit import Unit, Units
from mesh.faults import Faults
from rights.catalog.model import Catalog
from rights.claims import SubscriptionStatus
from rights.dunning import DunningStage
from rights.money import Money
from rights.terms import METERED, Subscription

SLACK = timedelta(days=2)
"""So long a licence outlasts what was paid, that a renewal is never felt at the edge."""

_CAMERAS = "cameras"


class CustomerSync:
    """Whoever asks holds the tenant from the question to the commit, so that of two answers the
    newer one is followed last. Followed twice, an answer changes nothing."""

    def __init__(
        self,
        units: Units,
        catalogs: Catalogs,
        subscriptions: SubscriptionsService,
        vision: VisionPlan,
        dunning: DunningService,
        *,
        notifications: NotificationsService,
        provider: PaymentProvider,
        faults: Faults,
    ) -> None:
        """`provider` is asked; the others are what follows."""
        self._units = units
        self._catalogs = catalogs
        self._subscriptions = subscriptions
        self._vision = vision
        self._dunning = dunning
        self._notifications = notifications
        self._provider = provider
        self._faults = faults

    async def follow(self, customer_id: str) -> bool:
        """False when the customer is nobody's. Raises MeshError as the provider does."""
        async with self._units.server() as server:
            tenant_id = await store.tenant_of(server.conn, customer_id)
        if tenant_id is None:
            return False
        async with self._units.working(tenant_id) as unit:
            await store.hold(unit.conn, tenant_id)
            truth = await self._ask(unit, customer_id)
            self._faults.hit("webhooks.after_fetch_before_commit")
            await self.apply(unit, truth)
        return True

    async def _ask(self, unit: Unit, customer_id: str) -> Truth:
        customer = await self._provider.customers.get(customer_id)
        if customer.deleted:
            return Truth(None, None, deleted=True)
        sold = await self._provider.subscriptions.of_customer(customer_id)
        invoices = await self._provider.invoices.of_customer(customer_id)
        return truth_of(sold, invoices, unit.now)

    async def apply(self, unit: Unit, truth: Truth) -> None:
        """Follows an answer; the tenant is held."""
        number, catalog = await self._catalogs.bought(unit.conn)
        await self._vision.hold(unit)
        await self._tell(unit, truth)
        await standing.follow(unit.conn, unit.tenant_id, truth.invoices)
        stage = await self._dunning.assess_stripe(unit, truth.late)
        sold = truth.sold
        if sold is not None and stage is DunningStage.CANCELED:
            await self._provider.subscriptions.cancel(
                sold.subscription_id, invoice_now=False, key=f"dunning-{sold.subscription_id}"
            )
            self._faults.hit("dunning.after_cancel_before_commit")
            sold = None
        plans = await self._plans(unit, sold, catalog)
        known = await store.link(unit.conn, unit.tenant_id)
        if truth.deleted:
            await store.set_customer(unit.conn, unit.tenant_id, None)
        if bool(known.subscription_id) is not bool(sold):
            await self._begin_anew(unit, sold)
        await self._end(unit, [name for name in known.families if name not in plans])
        if sold is not None:
            await self._licence(unit, plans.get(VISION), sold)
            held = await self._subscriptions.lock(unit)
            for family, plan in plans.items():
                alone = len(plans) == 1
                changed = followed(
                    held[family],
                    plan,
                    sold,
                    stage=stage,
                    catalog=catalog,
                    number=number,
                    alone=alone,
                )
                await self._put(unit, held[family], changed)
        running = sold.subscription_id if sold is not None else ""
        await store.put_link(unit.conn, unit.tenant_id, running, list(plans), unit.now)

    async def _tell(self, unit: Unit, truth: Truth) -> None:
        for each in truth.failed:
            again = each.next_attempt_at
            facts = {
                "invoice_id": "",
                "number": each.number or each.invoice_id,
                "total": str(Money(each.currency, each.amount_due)),
                "next_attempt_at": again.isoformat() if again is not None else "",
            }
            await self._notifications.tell(unit, Kind.PAYMENT_FAILED, each.invoice_id, facts)

    async def _plans(self, unit: Unit, sold: Sold | None, catalog: Catalog) -> dict[str, SoldPlan]:
        if sold is None:
            return {}
        plans = plans_of(sold, catalog)
        if await items.cameras_only(unit.conn, unit.tenant_id, sold.subscription_id):
            plans.pop(VISION, None)
        return plans

    async def _begin_anew(self, unit: Unit, sold: Sold | None) -> None:
        """Who issues is fixed for a billing period: another begins where the provider's does, or
        where it ended."""
        held = (await self._subscriptions.lock(unit))[METERED]
        anchor = unit.now if sold is None else min(sold.anchor, unit.now)
        await self._put(unit, held, replace(held, anchor=anchor))
        running = sold.subscription_id if sold is not None else ""
        await store.put_link(unit.conn, unit.tenant_id, running, (), unit.now)
        await self._subscriptions.begin_period(unit)

    async def _end(self, unit: Unit, families: Sequence[str]) -> None:
        for family in families:
            held = (await self._subscriptions.lock(unit))[family]
            if family == VISION:
                await self._vision.end(unit)
            await self._put(unit, held, ended(held, unit.now))

    async def _licence(self, unit: Unit, plan: SoldPlan | None, sold: Sold) -> None:
        paid = sold.status not in {"unpaid", "paused"}
        if plan is not None and paid:
            asked = sold.metadata.get(_CAMERAS, "")
            cameras = int(asked) if asked.isdecimal() else None
            await self._vision.paid(unit, plan.item.period_end + SLACK, cameras)

    async def _put(self, unit: Unit, held: Subscription, changed: Subscription) -> None:
        over = held.status is SubscriptionStatus.CANCELED and changed.status is held.status
        if changed != held and not over:
            await self._subscriptions.put(unit, held, changed, Action.SUBSCRIPTION_FOLLOWED)
