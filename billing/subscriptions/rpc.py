"""SubscriptionService on the wire."""

from typing import Any

from brinkbyte.subscription.v1 import subscription_service_pb2 as pb
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc as rpc

from billing.decimals import plain
from billing.dunning.late import LatePayment
from billing.invoices import packing
from billing.invoices.composer import Cost
from billing.subscriptions.details import SubscriptionDetails
from billing.subscriptions.local import LocalOrders
from billing.subscriptions.orders import Orders, Purchase, When
from billing.subscriptions.preview import LimitChange, PlanPreviews, QuotaChange, Wish
from billing.subscriptions.rules import PLATFORM
from billing.subscriptions.service import SubscriptionsService
from billing.unit import Units
from billing.wire import epoch, stamp
from rights.catalog.model import Limit
from rights.terms import Interval, PendingPlan, Subscription


class SubscriptionServicer(rpc.SubscriptionServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(
        self,
        units: Units,
        subscriptions: SubscriptionsService,
        previews: PlanPreviews,
        details: SubscriptionDetails,
        *,
        local: LocalOrders,
        orders: Orders,
    ) -> None:
        """Transactions and rules; `orders` goes by who collects."""
        self._units = units
        self._subscriptions = subscriptions
        self._previews = previews
        self._details = details
        self._local = local
        self._orders = orders

    async def ListSubscriptions(
        self, request: pb.ListSubscriptionsRequest, _: Any
    ) -> pb.ListSubscriptionsResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            held = await self._subscriptions.held(unit)
        return pb.ListSubscriptionsResponse(subscriptions=[pack(each) for each in held.values()])

    async def GetSubscription(
        self, request: pb.GetSubscriptionRequest, _: Any
    ) -> pb.GetSubscriptionResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._details.get(unit, request.family)
        return pb.GetSubscriptionResponse(
            subscription=pack(found.subscription),
            period_start=stamp(found.period.start),
            period_end=stamp(found.period.end),
            limits={name: _limit(each) for name, each in sorted(found.limits.items())},
            issuer=pb.ISSUER_STRIPE if found.by_stripe else pb.ISSUER_LOCAL,
            late_payment=_late(found.late) if found.late is not None else None,
            subscriptions=[pack(each) for each in found.every],
        )

    async def StartTrial(self, request: pb.StartTrialRequest, _: Any) -> pb.StartTrialResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            held = await self._local.trial(unit, request.family or PLATFORM)
        return pb.StartTrialResponse(subscription=pack(held))

    async def Checkout(self, request: pb.CheckoutRequest, _: Any) -> pb.CheckoutResponse:
        """See the contract."""
        purchase = Purchase(
            request.family or PLATFORM,
            request.plan,
            _INTERVALS[request.interval] or Interval.MONTH,
            request.success_url,
            request.cancel_url or request.success_url,
            request.cameras if request.HasField("cameras") else None,
        )
        async with self._units.tenant(request.tenant_id) as unit:
            done = await self._orders.buy(unit, purchase)
        return pb.CheckoutResponse(
            url=done.url, subscription=pack(done.subscription), epoch=epoch(done.epoch)
        )

    async def ChangePlan(self, request: pb.ChangePlanRequest, _: Any) -> pb.ChangePlanResponse:
        """See the contract."""
        family, interval = request.family or PLATFORM, _INTERVALS[request.interval]
        when = _WHEN[request.when] or When.NOW
        async with self._units.tenant(request.tenant_id) as unit:
            done = await self._orders.change(unit, family, request.plan, interval, when)
        return pb.ChangePlanResponse(subscription=pack(done.subscription), epoch=epoch(done.epoch))

    async def CancelSubscription(
        self, request: pb.CancelSubscriptionRequest, _: Any
    ) -> pb.CancelSubscriptionResponse:
        """See the contract."""
        when = _WHEN[request.when] or When.PERIOD_END
        async with self._units.tenant(request.tenant_id) as unit:
            done = await self._orders.cancel(unit, request.family or PLATFORM, when)
        return pb.CancelSubscriptionResponse(
            subscription=pack(done.subscription), epoch=epoch(done.epoch)
        )

    async def ResumeSubscription(
        self, request: pb.ResumeSubscriptionRequest, _: Any
    ) -> pb.ResumeSubscriptionResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            done = await self._orders.resume(unit, request.family or PLATFORM)
        return pb.ResumeSubscriptionResponse(
            subscription=pack(done.subscription), epoch=epoch(done.epoch)
        )

    async def OpenPortal(self, request: pb.OpenPortalRequest, _: Any) -> pb.OpenPortalResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            url = await self._orders.portal(unit, request.return_url)
        return pb.OpenPortalResponse(url=url)

    async def MoveSubscription(
        self, request: pb.MoveSubscriptionRequest, _: Any
    ) -> pb.MoveSubscriptionResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            held, known = await self._subscriptions.move(unit, request.family)
        return pb.MoveSubscriptionResponse(subscription=pack(held), epoch=epoch(known))

    async def PreviewPlanChange(
        self, request: pb.PreviewPlanChangeRequest, _: Any
    ) -> pb.PreviewPlanChangeResponse:
        """See the contract."""
        wish = Wish(
            request.family,
            request.plan,
            tuple(request.add_growth_packs),
            tuple(request.remove_growth_packs),
            request.cameras if request.HasField("cameras") else None,
        )
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._previews.preview(unit, wish)
        return pb.PreviewPlanChangeResponse(
            features_won=found.features_won,
            features_lost=found.features_lost,
            limits=[_limit_change(each) for each in found.limits],
            quotas=[_quota_change(each) for each in found.quotas],
            invoice_before=_side(found.before),
            invoice_after=_side(found.after),
        )


_INTERVALS = {
    pb.BILLING_INTERVAL_UNSPECIFIED: None,
    pb.BILLING_INTERVAL_MONTH: Interval.MONTH,
    pb.BILLING_INTERVAL_YEAR: Interval.YEAR,
}
_WHEN = {
    pb.CHANGE_TIME_UNSPECIFIED: None,
    pb.CHANGE_TIME_NOW: When.NOW,
    pb.CHANGE_TIME_PERIOD_END: When.PERIOD_END,
}


def pack(held: Subscription) -> pb.Subscription:
    """A subscription on the wire."""
    status: pb.SubscriptionStatus = getattr(pb, f"SUBSCRIPTION_STATUS_{held.status.name}")
    return pb.Subscription(
        family=held.family,
        plan=held.plan,
        status=status,
        catalog_number=held.catalog_number,
        anchor=stamp(held.anchor),
        trial_ends_at=stamp(held.trial_ends_at),
        interval=_interval(held.interval),
        cancel_at=stamp(held.cancel_at),
        ended_at=stamp(held.ended_at),
        pending=_pending(held.pending) if held.pending is not None else None,
        paid_through=stamp(held.paid_through),
    )


def _pending(pending: PendingPlan) -> pb.PendingPlan:
    return pb.PendingPlan(
        plan=pending.plan, interval=_interval(pending.interval), at=stamp(pending.at)
    )


def _interval(interval: Interval) -> pb.BillingInterval:
    return pb.BILLING_INTERVAL_YEAR if interval is Interval.YEAR else pb.BILLING_INTERVAL_MONTH


def _late(late: LatePayment) -> pb.LatePayment:
    stage: pb.DunningStage = getattr(pb, f"DUNNING_STAGE_{late.stage.name}")
    return pb.LatePayment(
        invoice=late.open.invoice,
        due_since=stamp(late.open.due_since),
        stage=stage,
        next_stage_at=stamp(late.next_stage_at),
        attempts=late.open.attempts,
        next_attempt_at=stamp(late.open.next_attempt_at),
    )


def _limit_change(change: LimitChange) -> pb.LimitChange:
    return pb.LimitChange(
        name=change.name,
        before=_limit(change.before),
        after=_limit(change.after),
        in_use=change.in_use,
        exceeded=change.exceeded,
    )


def _limit(limit: Limit) -> str:
    return "unlimited" if limit is None else str(limit).lower()


def _quota_change(change: QuotaChange) -> pb.QuotaChange:
    return pb.QuotaChange(
        metric=change.metric,
        included_before=plain(change.before) if change.before is not None else None,
        included_after=plain(change.after) if change.after is not None else None,
        hard_after=change.hard_after,
        used=plain(change.used),
        exceeded=change.exceeded,
    )


def _side(cost: Cost) -> pb.InvoiceSide:
    return pb.InvoiceSide(
        lines=[packing.line(each) for each in cost.lines],
        subtotal=packing.money(cost.subtotal),
    )
