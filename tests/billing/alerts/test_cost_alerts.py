"""A tenant is told when its costs reach amounts of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import grpc
from brinkbyte.common.v1 import money_pb2
from brinkbyte.entitlement.v1 import override_service_pb2, override_service_pb2_grpc
from brinkbyte.invoice.v1 import invoice_service_pb2, invoice_service_pb2_grpc
from brinkbyte.notification.v1 import cost_alert_service_pb2 as pb
from brinkbyte.notification.v1 import cost_alert_service_pb2_grpc as rpc
from brinkbyte.notification.v1 import notification_service_pb2, notification_service_pb2_grpc

from tests.billing.cloud_harness import Cloud, Tenant, refused, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.quotas.callers import buy, use

MINUTE = timedelta(minutes=1, seconds=1)
SPENT, PROJECTED = pb.COST_BASIS_SPENT, pb.COST_BASIS_PROJECTED


def stub(channel: grpc.aio.Channel) -> rpc.CostAlertServiceStub:
    return rpc.CostAlertServiceStub(channel)


async def set_alert(
    tenant: Tenant,
    minor_units: int,
    *percents: int,
    basis: pb.CostBasis = SPENT,
    name: str = "",
    currency: str = "USD",
) -> pb.CostAlert:
    answer = await stub(tenant.admin).SetCostAlert(
        pb.SetCostAlertRequest(
            basis=basis,
            amount=money_pb2.Money(currency=currency, minor_units=minor_units),
            percents=percents,
            display_name=name,
        )
    )
    return answer.cost_alert


async def told(tenant: Tenant) -> list[tuple[str, str]]:
    """The basis and percent of each cost alert that was told, oldest first."""
    api = notification_service_pb2_grpc.NotificationServiceStub(tenant.read)
    answer = await api.ListNotifications(notification_service_pb2.ListNotificationsRequest())
    kind = notification_service_pb2.NOTIFICATION_KIND_COST_THRESHOLD
    return [
        (each.facts["basis"], each.facts["percent"])
        for each in reversed(answer.notifications)
        if each.kind == kind
    ]


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.05)


async def paying(cloud: Cloud) -> tuple[Tenant, int]:
    """A tenant that pays a dollar an agent run from the first on, and what it costs already."""
    tenant = await cloud.tenant()
    await buy(cloud, tenant, "standard")
    overrides = override_service_pb2_grpc.OverrideServiceStub(cloud.vendor)
    for about in (
        {"quota": {"metric": "agent_execution", "included": "0"}},
        {
            "price": {
                "kind": override_service_pb2.PRICED_KIND_METRIC,
                "name": "agent_execution",
                "prices": [{"currency": "USD", "price": "1"}],
            }
        },
    ):
        await overrides.SetOverride(
            override_service_pb2.SetOverrideRequest(
                tenant_id=tenant.tenant_id, reason="agreed", **about
            )
        )
    preview = await invoice_service_pb2_grpc.InvoiceServiceStub(tenant.read).PreviewInvoice(
        invoice_service_pb2.PreviewInvoiceRequest()
    )
    return tenant, preview.subtotal.minor_units


async def test_shares_of_a_budget_are_told_once_each(fresh_billing: Cloud) -> None:
    cloud = fresh_billing
    tenant, before = await paying(cloud)
    await set_alert(tenant, before + 10_000, 100, 150, name="budget")
    await use(cloud, tenant, "99")
    cloud.clock.advance(MINUTE)
    other = await set_alert(tenant, before + 9_900, name="the last cent")
    await eventually(lambda: _has(tenant, [("spent", "100")]))
    await use(cloud, tenant, "1")
    cloud.clock.advance(MINUTE)
    await eventually(lambda: _has(tenant, [("spent", "100")] * 2))
    await use(cloud, tenant, "1")
    cloud.clock.advance(MINUTE)
    await set_alert(tenant, before + 9_900, name="the last cent")
    assert await set_alert(tenant, before + 9_900, 100, name="the last cent") == other
    await use(cloud, tenant, str(before // 100 + 200))
    cloud.clock.advance(MINUTE)
    await eventually(lambda: _has(tenant, [("spent", "100")] * 2 + [("spent", "150")]))
    listed = await stub(tenant.read).ListCostAlerts(pb.ListCostAlertsRequest())
    assert [each.display_name for each in listed.cost_alerts] == ["budget", "the last cent"]


async def test_a_projection_warns_before_the_money_is_spent(fresh_billing: Cloud) -> None:
    cloud = fresh_billing
    tenant, before = await paying(cloud)
    await use(cloud, tenant, "50")
    await set_alert(tenant, before + 5_001, basis=SPENT)
    await set_alert(tenant, before + 5_001, basis=PROJECTED)
    await eventually(lambda: _has(tenant, [("projected", "100")]))


async def test_two_replicas_tell_once(new_database: NewDatabase, billing: Cloud) -> None:
    dsns, superuser = await new_database()
    async with (
        running_cloud(billing.authorities, dsns, superuser) as first,
        running_cloud(
            billing.authorities, dsns, superuser, clock=first.clock, vendor_key=first.vendor_key
        ),
    ):
        tenant, before = await paying(first)
        for number in range(5):
            await set_alert(tenant, before + 100, name=f"alert {number}")
        await use(first, tenant, "1")
        first.clock.advance(MINUTE)
        await eventually(lambda: _has(tenant, [("spent", "100")] * 5))


async def test_an_alert_of_another_is_not_removed(billing: Cloud) -> None:
    tenant, other = await billing.tenant(), await billing.tenant()
    made = await set_alert(tenant, 100)
    asked = pb.RemoveCostAlertRequest(cost_alert_id=made.cost_alert_id)
    assert not (await stub(other.admin).RemoveCostAlert(asked)).removed
    assert (await stub(tenant.admin).RemoveCostAlert(asked)).removed
    assert not (await stub(tenant.admin).RemoveCostAlert(asked)).removed
    listed = await stub(tenant.read).ListCostAlerts(pb.ListCostAlertsRequest())
    assert not listed.cost_alerts


async def test_amounts_that_are_none_are_refused(billing: Cloud) -> None:
    tenant = await billing.tenant()
    for minor_units, currency, field in (
        (0, "USD", "amount.minor_units"),
        (-1, "USD", "amount.minor_units"),
        (1, "XXX", "amount.currency"),
        (1, "JPY", "amount.currency"),
    ):
        async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
            await set_alert(tenant, minor_units, currency=currency)
        assert errors[0].violations[0].field == field
    for number in range(20):
        await set_alert(tenant, 100, name=str(number))
    async with refused(grpc.StatusCode.FAILED_PRECONDITION):
        await set_alert(tenant, 100, name="one more")
    await set_alert(tenant, 200, name="0")


async def _has(tenant: Tenant, expected: list[tuple[str, str]]) -> bool:
    found = await told(tenant)
    assert len(found) <= len(expected), found
    return found == expected
