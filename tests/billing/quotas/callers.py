"""Short ways to ask for what the quota stories need."""

from datetime import timedelta
from uuid import uuid4

import grpc
from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc as rpc
from brinkbyte.entitlement.v1 import override_service_pb2, override_service_pb2_grpc
from brinkbyte.subscription.v1 import subscription_service_pb2, subscription_service_pb2_grpc
from brinkbyte.usage.v1 import usage_service_pb2, usage_service_pb2_grpc

from tests.billing.cloud_harness import Cloud, Tenant

METRIC = "agent_execution"
"""100 a period on the free plan, hard."""


def stub(channel: grpc.aio.Channel) -> rpc.EntitlementServiceStub:
    return rpc.EntitlementServiceStub(channel)


def reservation(quantity: str = "1", operation_id: str = "", ttl: int = 0) -> pb.Reservation:
    return pb.Reservation(
        operation_id=operation_id or uuid4().hex, metric=METRIC, quantity=quantity, ttl_seconds=ttl
    )


async def reserve(
    channel: grpc.aio.Channel, quantity: str = "1", operation_id: str = "", ttl: int = 0
) -> str:
    asked = reservation(quantity, operation_id, ttl)
    await stub(channel).ReserveQuota(pb.ReserveQuotaRequest(reservation=asked))
    return asked.operation_id


async def commit(
    channel: grpc.aio.Channel, operation_id: str, quantity: str = ""
) -> pb.CommitQuotaResponse:
    told = pb.Commitment(operation_id=operation_id, quantity=quantity, resource_id="worker")
    return await stub(channel).CommitQuota(pb.CommitQuotaRequest(commitment=told))


async def release(channel: grpc.aio.Channel, operation_id: str) -> None:
    await stub(channel).ReleaseQuota(pb.ReleaseQuotaRequest(operation_id=operation_id))


async def status(channel: grpc.aio.Channel, metric: str = METRIC) -> pb.QuotaStatus:
    answer = await stub(channel).GetQuotaStatus(pb.GetQuotaStatusRequest(metric=metric))
    return answer.quotas[0]


async def figures(channel: grpc.aio.Channel) -> tuple[str, str, str, str]:
    """Used, reserved, leased, remaining."""
    found = await status(channel)
    return found.used, found.reserved, found.leased, found.remaining


async def use(cloud: Cloud, tenant: Tenant, quantity: str, ago: timedelta = timedelta()) -> None:
    """Reports use that nobody asked leave for."""
    event = usage_service_pb2.UsageEvent(
        event_id=uuid4().hex, event_type=METRIC, resource_id="other", quantity=quantity
    )
    event.event_time.FromDatetime(cloud.clock.now() - ago)
    answer = await usage_service_pb2_grpc.UsageServiceStub(tenant.admin).ReportUsage(
        usage_service_pb2.ReportUsageRequest(events=[event])
    )
    assert answer.results[0].reason == ""


async def include(cloud: Cloud, tenant: Tenant, amount: str) -> None:
    """The vendor gives the tenant a quota of its own."""
    await override_service_pb2_grpc.OverrideServiceStub(cloud.vendor).SetOverride(
        override_service_pb2.SetOverrideRequest(
            tenant_id=tenant.tenant_id,
            quota=override_service_pb2.QuotaOverride(metric=METRIC, included=amount),
            reason="agreed",
        )
    )


async def buy(cloud: Cloud, tenant: Tenant, plan: str, family: str = "metered") -> None:
    await subscription_service_pb2_grpc.SubscriptionServiceStub(cloud.vendor).ChangePlan(
        subscription_service_pb2.ChangePlanRequest(
            tenant_id=tenant.tenant_id, family=family, plan=plan
        )
    )
