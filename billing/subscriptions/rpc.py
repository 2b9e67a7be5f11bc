"""SubscriptionService on the wire."""

from typing import Any

from brinkbyte.subscription.v1 import subscription_service_pb2 as pb
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc as rpc

from billing.decimals import plain
from billing.invoices import packing
from billing.invoices.service import Preview
from billing.subscriptions.preview import LimitChange, PlanPreviews, QuotaChange, Wish
from billing.subscriptions.service import SubscriptionsService
from billing.unit import Units
from billing.wire import epoch, stamp
from rights.catalog.model import Limit
from rights.terms import Subscription


class SubscriptionServicer(rpc.SubscriptionServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(
        self, units: Units, subscriptions: SubscriptionsService, previews: PlanPreviews
    ) -> None:
        """Transactions and rules."""
        self._units = units
        self._subscriptions = subscriptions
        self._previews = previews

    async def ListSubscriptions(
        self, request: pb.ListSubscriptionsRequest, _: Any
    ) -> pb.ListSubscriptionsResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            held = await self._subscriptions.held(unit)
        return pb.ListSubscriptionsResponse(subscriptions=[_pack(each) for each in held])

    async def ChangePlan(self, request: pb.ChangePlanRequest, _: Any) -> pb.ChangePlanResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            held, known = await self._subscriptions.change(unit, request.family, request.plan)
        return pb.ChangePlanResponse(subscription=_pack(held), epoch=epoch(known))

    async def MoveSubscription(
        self, request: pb.MoveSubscriptionRequest, _: Any
    ) -> pb.MoveSubscriptionResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            held, known = await self._subscriptions.move(unit, request.family)
        return pb.MoveSubscriptionResponse(subscription=_pack(held), epoch=epoch(known))

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


def _pack(held: Subscription) -> pb.Subscription:
    status: pb.SubscriptionStatus = getattr(pb, f"SUBSCRIPTION_STATUS_{held.status.name}")
    return pb.Subscription(
        family=held.family,
        plan=held.plan,
        status=status,
        catalog_number=held.catalog_number,
        anchor=stamp(held.anchor),
        trial_ends_at=stamp(held.trial_ends_at),
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


def _side(preview: Preview) -> pb.InvoiceSide:
    return pb.InvoiceSide(
        lines=[packing.line(each) for each in preview.lines],
        subtotal=packing.money(preview.subtotal),
    )
