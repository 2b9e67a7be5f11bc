"""What the running month costs so far, line by line."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import grpc
from brinkbyte.invoice.v1 import invoice_service_pb2 as pb
from brinkbyte.invoice.v1 import invoice_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc
from brinkbyte.subscription.v1 import (
    subscription_service_pb2,
    subscription_service_pb2_grpc,
)
from brinkbyte.usage.v1 import usage_service_pb2, usage_service_pb2_grpc

from tests.billing.cloud_harness import Cloud, Tenant, refused


async def preview(channel: grpc.aio.Channel, tenant_id: str = "") -> pb.PreviewInvoiceResponse:
    stub = invoice_service_pb2_grpc.InvoiceServiceStub(channel)
    return await stub.PreviewInvoice(pb.PreviewInvoiceRequest(tenant_id=tenant_id))


async def use(tenant: Tenant, at: datetime, *amounts: tuple[str, str]) -> None:
    """One event per metric and quantity."""
    events = [
        usage_service_pb2.UsageEvent(
            event_id=f"{at.isoformat()}-{number}",
            event_type=metric,
            resource_id="test",
            quantity=quantity,
        )
        for number, (metric, quantity) in enumerate(amounts)
    ]
    for event in events:
        event.event_time.FromDatetime(at)
    answer = await usage_service_pb2_grpc.UsageServiceStub(tenant.admin).ReportUsage(
        usage_service_pb2.ReportUsageRequest(events=events)
    )
    assert {each.status for each in answer.results} == {usage_service_pb2.EVENT_STATUS_ACCEPTED}


async def assign(cloud: Cloud, tenant: Tenant, camera_id: str, *packs: str) -> None:
    await license_service_pb2_grpc.LicenseServiceStub(cloud.vendor).AssignCameraLicense(
        license_service_pb2.AssignCameraLicenseRequest(
            tenant_id=tenant.tenant_id, camera_id=camera_id, growth_packs=packs
        )
    )


async def metered(cloud: Cloud, tenant: Tenant) -> None:
    """Puts the tenant on the metered standard plan, $99 a month."""
    stub = subscription_service_pb2_grpc.SubscriptionServiceStub(cloud.vendor)
    await stub.ChangePlan(
        subscription_service_pb2.ChangePlanRequest(
            tenant_id=tenant.tenant_id, family="metered", plan="standard"
        )
    )


def lines(response: pb.PreviewInvoiceResponse) -> dict[str, tuple[str, str, int]]:
    """Name to quantity, unit price and amount in cents: of a plan or an item, what as many pieces
    as days were counted so far cost in a whole period. On the first day these are the pieces."""
    return {
        line.name: (line.quantity, line.unit_price, whole(line) or line.amount.minor_units)
        for line in response.lines
    }


def whole(line: pb.InvoiceLine) -> int:
    """0 for usage. What is charged is the part of the period's days, rounded half to even."""
    if not line.period_days:
        return 0
    cents = Decimal(line.unit_price) * Decimal(line.quantity) * 100
    assert line.amount.minor_units == round(Fraction(cents) / line.period_days)
    return int(cents)


async def test_use_beyond_what_is_included_is_charged_at_once(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await metered(billing, tenant)
    await use(
        tenant,
        billing.clock.now(),
        ("sms", "103"),
        ("sms", "4.5"),
        ("llm_token", "1150000"),
        ("inference_frame", "1800"),
    )
    found = await preview(tenant.read)
    assert lines(found) == {
        "inference_frame": ("1800", "0", 0),
        "llm_token": ("1150000", "0.00001", 150),
        "sms": ("107.5", "0.05", 38),
        "metered_standard": ("1", "99", 9900),
    }
    assert found.lines[3].kind == pb.LINE_KIND_PLAN
    sms = found.lines[2]
    assert (sms.kind, sms.unit, sms.description) == (
        pb.LINE_KIND_USAGE,
        "messages",
        "Text messages",
    )
    assert (sms.events, sms.included_quantity, sms.billable_quantity) == (2, "100", "7.5")
    assert (found.subtotal.currency, found.subtotal.minor_units) == (
        "USD",
        188 + found.lines[3].amount.minor_units,
    )
    assert found.tenant_id == tenant.tenant_id


async def test_the_free_plan_costs_nothing(billing: Cloud) -> None:
    """Its amounts are a hard stop; what was used beyond them all the same has no price."""
    tenant = await billing.tenant()
    await use(tenant, billing.clock.now(), ("sms", "7"), ("llm_token", "150000"))
    found = await preview(tenant.read)
    assert lines(found) == {"llm_token": ("150000", "0", 0), "sms": ("7", "0", 0)}
    assert found.subtotal.minor_units == 0


async def test_licensed_items_follow_by_name(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, packs=("intelligence",))
    await assign(billing, tenant, "cam-1", "advanced_analytics", "industry")
    await assign(billing, tenant, "cam-2", "advanced_analytics")
    await assign(billing, tenant, "cam-3")
    await billing.device(tenant)
    await billing.device(tenant)
    await use(tenant, billing.clock.now(), ("sms", "1"))
    found = await preview(tenant.read)
    assert lines(found) == {
        "sms": ("1", "0", 0),
        "advanced_analytics": ("2", "20", 4000),
        "base_camera": ("3", "60", 18000),
        "edge_device_basic": ("2", "50", 10000),
        "industry": ("1", "30", 3000),
        "intelligence": ("1", "400", 40000),
    }
    assert [line.name for line in found.lines] == list(lines(found))
    assert {line.kind for line in found.lines[1:]} == {pb.LINE_KIND_ITEM}
    assert {line.unit for line in found.lines[1:]} == {"camera-day", "device-day", "tenant-day"}
    assert found.subtotal.minor_units == sum(line.amount.minor_units for line in found.lines)


async def test_a_trial_is_free_with_its_cameras_and_devices(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.device(tenant)
    found = await preview(tenant.read)
    assert not found.lines
    assert (found.subtotal.currency, found.subtotal.minor_units) == ("USD", 0)


async def test_a_licence_that_ended_costs_nothing_more(fresh_billing: Cloud) -> None:
    tenant = await fresh_billing.tenant()
    await fresh_billing.issue_license(tenant, valid_for=timedelta(hours=1))
    await fresh_billing.device(tenant)
    await assign(fresh_billing, tenant, "camera-1")
    assert lines(await preview(tenant.read)).keys() == {"base_camera", "edge_device_basic"}
    first_day = lines(await preview(tenant.read))
    fresh_billing.clock.advance(timedelta(days=3))
    assert lines(await preview(tenant.read)) == first_day


async def test_the_period_counts_from_the_hour_of_the_metered_anchor(
    fresh_billing: Cloud,
) -> None:
    clock = fresh_billing.clock
    clock.turn_to(datetime(2025, 1, 31, 23, 59, 59, tzinfo=UTC))
    tenant = await fresh_billing.tenant()
    await use(tenant, clock.now(), ("sms", "1"))
    await use(tenant, clock.now() - timedelta(days=40), ("sms", "10"))
    first = await preview(tenant.read)
    assert first.period_start.ToDatetime(UTC) == datetime(2025, 1, 31, 23, tzinfo=UTC)
    assert first.period_end.ToDatetime(UTC) == datetime(2025, 2, 28, 23, tzinfo=UTC)
    assert lines(first) == {"sms": ("11", "0", 0)}, "what was before the first is the first's"
    clock.turn_to(datetime(2025, 2, 28, 23, tzinfo=UTC))
    second = await preview(tenant.read)
    assert not second.lines
    assert second.period_end.ToDatetime(UTC) == datetime(2025, 3, 31, 23, tzinfo=UTC)
    assert second.invoice_id != first.invoice_id


async def test_use_that_costs_more_than_64_bits_hold_is_said(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await metered(billing, tenant)
    for at in range(2):
        moment = billing.clock.now() + timedelta(microseconds=at)
        await use(tenant, moment, *[("sms", "9" * 15)] * 1000)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION) as found:
        await preview(tenant.read)
    assert "64-bit" in found[0].message


async def test_another_tenant_is_not_found(billing: Cloud) -> None:
    tenant, other = await billing.tenant(), await billing.tenant()
    await metered(billing, other)
    await use(other, billing.clock.now(), ("sms", "101"))
    async with refused(grpc.StatusCode.NOT_FOUND):
        await preview(tenant.read, other.tenant_id)
    assert lines(await preview(billing.vendor, other.tenant_id))["sms"] == ("101", "0.05", 5)
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await preview(billing.vendor)


async def test_cameras_beyond_the_slots_do_not_run_and_cost_nothing(fresh_billing: Cloud) -> None:
    cloud = fresh_billing
    tenant = await cloud.tenant()
    await cloud.issue_license(tenant, cameras=2)
    for camera in ("old", "new"):
        await assign(cloud, tenant, camera, "industry")
        cloud.clock.advance(timedelta(seconds=1))
    assert {line[0] for line in lines(await preview(tenant.read)).values()} == {"2"}
    await cloud.issue_license(tenant, cameras=1)
    assert {line[0] for line in lines(await preview(tenant.read)).values()} == {"2"}
    cloud.clock.advance(timedelta(days=1))
    assert {line[0] for line in lines(await preview(tenant.read)).values()} == {"3"}, (
        "both for the first day, one of them for the second"
    )
