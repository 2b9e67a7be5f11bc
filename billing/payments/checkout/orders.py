"""Orders where Stripe collects. What Stripe has no part in is left to the local ones."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from billing.catalog.live import Catalogs
from billing.payments.checkout import store
from billing.payments.checkout.basket import Baskets, metered_keys
from billing.payments.checkout.customers import PayingTenants
from billing.payments.checkout.sync import CustomerSync
from billing.payments.checkout.truth import plans_of, truth_of
from billing.payments.items import store as items_store
from billing.payments.provider import PaymentProvider
from billing.payments.values import Subscription as Sold
from billing.payments.values import SubscriptionItem, WantedItem
from billing.subscriptions.local import LocalOrders, ends_later
from billing.subscriptions.orders import Purchase, Receipt, When, check_address
from billing.subscriptions.rules import VISION, held_of
from billing.subscriptions.service import SubscriptionsService
from billing.subscriptions.vision import VisionPlan
from billing.unit import Unit
from mesh.errors import FailedPrecondition
from mesh.faults import Faults
from mesh.principal import PrincipalKind
from rights.catalog.model import Catalog, Plan
from rights.ids import render_tenant
from rights.terms import Interval


class StripeOrders:
    """See `Orders`. Each asks Stripe how things stand, changes what differs under an idempotency
    key, and follows the answer in the caller's transaction; where that is lost, the event that
    Stripe sends leads to the same."""

    def __init__(
        self,
        local: LocalOrders,
        catalogs: Catalogs,
        subscriptions: SubscriptionsService,
        vision: VisionPlan,
        sync: CustomerSync,
        *,
        provider: PaymentProvider,
        payers: PayingTenants,
        baskets: Baskets,
        faults: Faults,
    ) -> None:
        """`local` orders check what is wanted, and do what Stripe has no part in."""
        self._local = local
        self._catalogs = catalogs
        self._subscriptions = subscriptions
        self._vision = vision
        self._sync = sync
        self._provider = provider
        self._payers = payers
        self._baskets = baskets
        self._faults = faults

    async def buy(self, unit: Unit, purchase: Purchase) -> Receipt:
        """See `Orders`: on Stripe's page, or added to the subscription that runs."""
        customer_id = await self._payers.ensure(unit.tenant_id)
        number, plan = await self._local.check_purchase(unit, purchase)
        if plan.prices is None or plan.trial_days is not None:
            return await self._local.buy(unit, purchase)
        await store.hold(unit.conn, unit.tenant_id)
        catalog = await self._catalogs.of(unit.conn, number)
        cameras = purchase.cameras or await self._vision.slots(unit)
        wanted = await self._baskets.of(unit, catalog, plan, purchase.interval, cameras)
        sold = await self._running(unit, customer_id)
        if sold is not None:
            held = held_of(await self._subscriptions.held(unit), plan.family)
            if await self._local.waits(unit, held, plan, purchase.interval):
                return await self._local.buy(unit, purchase)
            if plan.family == VISION:
                await items_store.buy_cameras(unit.conn, unit.tenant_id)
            done = await self._replace(unit, sold, catalog, plan, wanted)
            return replace(done, url=purchase.success_url)
        metadata = {"tenant": render_tenant(unit.tenant_id), "family": plan.family}
        if plan.family == VISION:
            metadata["cameras"] = str(cameras)
        session = await self._provider.checkouts.create(
            customer_id=customer_id,
            items=wanted,
            success_url=purchase.success_url,
            cancel_url=purchase.cancel_url,
            client_reference=render_tenant(unit.tenant_id),
            metadata=metadata,
            key=await self._key(unit, "checkout", repr(purchase), f"{unit.now:%Y%m%d%H}"),
        )
        self._faults.hit("subscriptions.after_checkout_before_answer")
        return replace(await self._as_it_stands(unit, plan.family), url=session.url)

    async def change(
        self, unit: Unit, family: str, plan: str, interval: Interval | None, when: When
    ) -> Receipt:
        """See `Orders`: with proration, unless it waits for the period's end."""
        number, wanted = await self._local.check_change(unit, family, plan)
        await store.hold(unit.conn, unit.tenant_id)
        known = await store.link(unit.conn, unit.tenant_id)
        if family not in known.families:
            _check_bought(unit, wanted)
            return await self._local.change(unit, family, plan, interval, when)
        held = held_of(await self._subscriptions.held(unit), family)
        every = interval or held.interval
        if when is When.PERIOD_END or await self._local.waits(unit, held, wanted, every):
            return await self._local.change(unit, family, plan, interval, When.PERIOD_END)
        catalog = await self._catalogs.of(unit.conn, number)
        sold = await self._provider.subscriptions.get(known.subscription_id)
        if wanted.prices is None or not any(wanted.prices.values()):
            return await self.cancel(unit, family, When.NOW)
        basket = await self._baskets.of(unit, catalog, wanted, every, 1)
        return await self._replace(unit, sold, catalog, wanted, basket)

    async def cancel(self, unit: Unit, family: str, when: When) -> Receipt:
        """See `Orders`: the last plan takes the subscription with it."""
        await store.hold(unit.conn, unit.tenant_id)
        known = await store.link(unit.conn, unit.tenant_id)
        if family not in known.families:
            return await self._local.cancel(unit, family, when)
        alone = len(known.families) == 1
        if ends_later(unit, family):
            when = When.PERIOD_END
        if when is When.PERIOD_END and not alone:
            return await self._local.cancel(unit, family, when)
        sold = await self._provider.subscriptions.get(known.subscription_id)
        if sold.ended_at is None:
            key = await self._key(unit, "cancel", family, when)
            if when is When.PERIOD_END:
                sold = await self._provider.subscriptions.cancel_at_period_end(
                    sold.subscription_id, True, key=key
                )
            elif alone:
                sold = await self._provider.subscriptions.cancel(
                    sold.subscription_id, invoice_now=True, key=key
                )
            else:
                catalog = await self._catalogs.current(unit.conn)
                gone = [_gone(each) for each in _items_of(sold, catalog, family)]
                sold = await self._change(unit, sold, gone)
        self._faults.hit("subscriptions.after_cancel_before_commit")
        return await self._follow(unit, sold, family)

    async def resume(self, unit: Unit, family: str) -> Receipt:
        """See `Orders`."""
        await store.hold(unit.conn, unit.tenant_id)
        known = await store.link(unit.conn, unit.tenant_id)
        if family in known.families:
            sold = await self._provider.subscriptions.get(known.subscription_id)
            if sold.ended_at is None and (sold.cancel_at_period_end or sold.cancel_at):
                sold = await self._provider.subscriptions.cancel_at_period_end(
                    sold.subscription_id, False, key=await self._key(unit, "resume", family)
                )
            self._faults.hit("subscriptions.after_resume_before_commit")
            await self._follow(unit, sold, family)
        return await self._local.resume(unit, family)

    async def portal(self, unit: Unit, return_url: str) -> str:
        """See `Orders`."""
        check_address("return_url", return_url)
        customer_id = await self._payers.ensure(unit.tenant_id)
        key = await self._key(unit, "portal", return_url, f"{unit.now:%Y%m%d%H%M}")
        return await self._provider.customers.portal(customer_id, return_url=return_url, key=key)

    async def _running(self, unit: Unit, customer_id: str) -> Sold | None:
        every = await self._provider.subscriptions.of_customer(customer_id)
        return truth_of(every, (), unit.now).sold

    async def _replace(
        self, unit: Unit, sold: Sold, catalog: Catalog, plan: Plan, wanted: Sequence[WantedItem]
    ) -> Receipt:
        """Takes the family's former items away and puts the wanted ones in, if they differ."""
        former = {each.price_id: each for each in _items_of(sold, catalog, plan.family)}
        fresh = [_counted(each, former.get(each.price_id)) for each in wanted]
        prices = {each.price_id for each in wanted}
        gone = [_gone(each) for price, each in former.items() if price not in prices]
        items = [each for each in (*fresh, *gone) if each is not None]
        sold = await self._change(unit, sold, items)
        self._faults.hit("subscriptions.after_change_before_commit")
        return await self._follow(unit, sold, plan.family)

    async def _change(self, unit: Unit, sold: Sold, items: Sequence[WantedItem]) -> Sold:
        """None are left to change where the call was made before and its answer was lost."""
        if not items:
            return sold
        key = await self._key(unit, "items", sold.subscription_id, repr(items))
        return await self._provider.subscriptions.change_items(
            sold.subscription_id, items, prorate=True, key=key
        )

    async def _follow(self, unit: Unit, sold: Sold, family: str) -> Receipt:
        invoices = await self._provider.invoices.of_customer(sold.customer_id)
        await self._sync.apply(unit, truth_of((sold,), invoices, unit.now))
        return await self._as_it_stands(unit, family)

    async def _as_it_stands(self, unit: Unit, family: str) -> Receipt:
        held = held_of(await self._subscriptions.held(unit), family)
        return Receipt(held, await self._subscriptions.epoch(unit))

    async def _key(self, unit: Unit, what: str, *about: str) -> str:
        """The same until something of the tenant has changed."""
        epoch = await self._subscriptions.epoch(unit)
        digest = hashlib.sha256("\n".join((str(epoch), *about)).encode()).hexdigest()[:32]
        return f"{what}-{unit.tenant_id}-{digest}"


def _items_of(sold: Sold, catalog: Catalog, family: str) -> list[SubscriptionItem]:
    """The items of what is held of the family, with what it meters."""
    plan = plans_of(sold, catalog).get(family)
    if plan is None:
        return []
    target = catalog.plan(family, plan.plan)
    keys = {plan.item.lookup_key, *metered_keys(target, sold.currency)}
    return [each for each in sold.items if each.lookup_key in keys]


def _gone(item: SubscriptionItem) -> WantedItem:
    return WantedItem(item_id=item.item_id, deleted=True)


def _counted(wanted: WantedItem, former: SubscriptionItem | None) -> WantedItem | None:
    if former is None:
        return wanted
    if former.metered or former.quantity == wanted.quantity:
        return None
    return WantedItem(quantity=wanted.quantity, item_id=former.item_id)


def _check_bought(unit: Unit, plan: Plan) -> None:
    """What costs something is bought where it is paid; the vendor gives what it likes."""
    paid = plan.prices is not None and any(plan.prices.values())
    if unit.principal.kind is PrincipalKind.TENANT and paid:
        text = "nothing of the family is paid for yet; buy the plan (Checkout)"
        raise FailedPrecondition("STATE_CONFLICT", f"plan/{plan.name}", text)
