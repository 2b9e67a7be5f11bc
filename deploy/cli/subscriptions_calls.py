"""SubscriptionService for the command line: each call, and its answer as lines for a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from brinkbyte.subscription.v1 import subscription_service_pb2 as pb
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc as rpc

from deploy.cli.cloud import Cloud
from deploy.cli.wording import counted, money, word

T = TypeVar("T")


class SubscriptionCalls:
    """One call each. Raises MeshError; StartError when the cloud does not answer."""

    def __init__(self, cloud: Cloud, tenant: str) -> None:
        """`tenant` may be empty for a tenant's own key."""
        self._cloud = cloud
        self._tenant = tenant

    def listed(self) -> list[str]:
        """One line a family."""
        request = pb.ListSubscriptionsRequest(tenant_id=self._tenant)
        answer = self._call(lambda stub: stub.ListSubscriptions(request))
        return [_line(each) for each in answer.subscriptions]

    def show(self, family: str) -> list[str]:
        """One in detail: its period, who issues its invoices, and a payment that is late."""
        request = pb.GetSubscriptionRequest(tenant_id=self._tenant, family=family)
        answer = self._call(lambda stub: stub.GetSubscription(request))
        issuer = word(pb.Issuer.Name(answer.issuer), "ISSUER_")
        span = f"{answer.period_start.ToJsonString()} to {answer.period_end.ToJsonString()}"
        limits = [f"  limit {name}: {value}" for name, value in sorted(answer.limits.items())]
        found = [_line(answer.subscription), f"period {span}, invoices: {issuer}", *limits]
        if answer.HasField("late_payment"):
            found.append(_late(answer.late_payment))
        return found

    def buy(self, order: pb.CheckoutRequest) -> list[str]:
        """Where it is paid, unless it is in force already, and the subscription as it stands."""
        order.tenant_id = self._tenant
        answer = self._call(lambda stub: stub.Checkout(order))
        paid_there = [] if answer.url == order.success_url else [answer.url]
        return [*paid_there, _line(answer.subscription)]

    def portal(self, return_url: str) -> list[str]:
        """The address of Stripe's portal."""
        request = pb.OpenPortalRequest(tenant_id=self._tenant, return_url=return_url)
        return [self._call(lambda stub: stub.OpenPortal(request)).url]

    def change(self, family: str, plan: str) -> list[str]:
        """The subscription as it stands."""
        request = pb.ChangePlanRequest(tenant_id=self._tenant, family=family, plan=plan)
        answer = self._call(lambda stub: stub.ChangePlan(request))
        return [_line(answer.subscription), f"epoch {answer.epoch.number}"]

    def cancel(self, family: str, *, now: bool) -> list[str]:
        """The subscription as it stands."""
        when = pb.CHANGE_TIME_NOW if now else pb.CHANGE_TIME_PERIOD_END
        request = pb.CancelSubscriptionRequest(tenant_id=self._tenant, family=family, when=when)
        answer = self._call(lambda stub: stub.CancelSubscription(request))
        return [_line(answer.subscription), f"epoch {answer.epoch.number}"]

    def resume(self, family: str) -> list[str]:
        """The subscription as it stands."""
        request = pb.ResumeSubscriptionRequest(tenant_id=self._tenant, family=family)
        answer = self._call(lambda stub: stub.ResumeSubscription(request))
        return [_line(answer.subscription), f"epoch {answer.epoch.number}"]

    def move(self, family: str) -> list[str]:
        """The subscription as it stands."""
        request = pb.MoveSubscriptionRequest(tenant_id=self._tenant, family=family)
        answer = self._call(lambda stub: stub.MoveSubscription(request))
        return [_line(answer.subscription), f"epoch {answer.epoch.number}"]

    def preview(
        self,
        family: str,
        plan: str,
        add: Sequence[str],
        remove: Sequence[str],
        cameras: int | None,
    ) -> list[str]:
        """What would differ."""
        request = pb.PreviewPlanChangeRequest(
            tenant_id=self._tenant,
            family=family,
            plan=plan,
            add_growth_packs=add,
            remove_growth_packs=remove,
            cameras=cameras,
        )
        return list(_preview(self._call(lambda stub: stub.PreviewPlanChange(request))))

    def _call(self, ask: Callable[[rpc.SubscriptionServiceStub], Awaitable[T]]) -> T:
        return self._cloud.ask(lambda api: ask(rpc.SubscriptionServiceStub(api)))


def _line(held: pb.Subscription) -> str:
    status = pb.SubscriptionStatus.Name(held.status).removeprefix("SUBSCRIPTION_STATUS_").lower()
    pinned = held.HasField("catalog_number")
    version = f"catalogue {held.catalog_number}" if pinned else "the live catalogue"
    ends = f", until {held.trial_ends_at.ToJsonString()}" if held.HasField("trial_ends_at") else ""
    if held.HasField("cancel_at"):
        ends += f", cancelled for {held.cancel_at.ToJsonString()}"
    if held.HasField("pending"):
        ends += f", {held.pending.plan} from {held.pending.at.ToJsonString()}"
    return f"{held.family:<10} {held.plan:<14} {status}, {version}{ends}"


def _late(late: pb.LatePayment) -> str:
    stage = word(pb.DunningStage.Name(late.stage), "DUNNING_STAGE_").replace("_", " ")
    follows = f", next stage {late.next_stage_at.ToJsonString()}" * late.HasField("next_stage_at")
    tried = f", {counted(late.attempts, 'attempt')} to collect it" if late.attempts else ""
    return (
        f"late: invoice {late.invoice}, due since {late.due_since.ToJsonString()}: "
        f"{stage}{follows}{tried}"
    )


def _preview(found: pb.PreviewPlanChangeResponse) -> Iterator[str]:
    for sign, names in (("+", found.features_won), ("-", found.features_lost)):
        yield from (f"{sign} feature {name}" for name in names)
    for limit in found.limits:
        use = f", {limit.in_use} in use" if limit.HasField("in_use") else ""
        over = ": too many" if limit.exceeded else ""
        yield f"  limit {limit.name}: {limit.before} to {limit.after}{use}{over}"
    for quota in found.quotas:
        was, becomes = quota.included_before or "counted", quota.included_after or "counted"
        over = ": more than would be left" if quota.exceeded else ""
        yield f"  quota {quota.metric}: {was} to {becomes}, {quota.used} used{over}"
    before, after = found.invoice_before, found.invoice_after
    costs = {line.name: [money(line.amount), "nothing"] for line in before.lines}
    for line in after.lines:
        costs.setdefault(line.name, ["nothing", ""])[1] = money(line.amount)
    for name, (was, becomes) in costs.items():
        if was != becomes:
            yield f"  invoice {name}: {was} to {becomes}"
    yield f"= {money(before.subtotal)} to {money(after.subtotal)} for the running billing period"
