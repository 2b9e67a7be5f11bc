"""What was used under a plan is charged by that plan, however it was left."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from brinkbyte.invoice.v1 import invoice_service_pb2 as invoice_pb
from brinkbyte.subscription.v1 import subscription_service_pb2 as pb
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc as rpc

from billing.catalog.live import shipped_document
from mesh.faults import ArmedFaults, Fault, NoFaults
from tests.billing.cloud_harness import Authorities, Cloud, Tenant, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.invoices.stories import DRAFT, NEW_YEAR, apply, close, closer, listed, whole
from tests.billing.invoices.stories import vendor as invoices
from tests.billing.invoices.test_preview import assign, preview, use
from tests.billing.invoices.test_settling import pay

URL = "https://acme.example/billing"
DAY = timedelta(days=1)


@pytest.fixture
async def cloud(new_database: NewDatabase, authorities: Authorities) -> AsyncIterator[Cloud]:
    dsns, superuser = await new_database()
    async with running_cloud(authorities, dsns, superuser) as found:
        found.clock.turn_to(NEW_YEAR)
        yield found


def plans(tenant: Tenant) -> rpc.SubscriptionServiceStub:
    return rpc.SubscriptionServiceStub(tenant.admin)


async def buy(tenant: Tenant, family: str, plan: str, **more: object) -> None:
    await plans(tenant).Checkout(
        pb.CheckoutRequest(family=family, plan=plan, success_url=URL, **more)
    )


async def amounts(cloud: Cloud, tenant: Tenant) -> dict[str, int]:
    """What each line of all finalised invoices comes to, but for lines over nothing."""
    found: dict[str, int] = {}
    for each in await listed(cloud, tenant):
        for line in (await whole(cloud, tenant, each.invoice_id)).lines:
            if line.amount.minor_units and each.number:
                found[line.line_id] = found.get(line.line_id, 0) + line.amount.minor_units
    return found


@pytest.mark.parametrize("how", ["cancel", "free", "vendor"])
async def test_overage_of_a_plan_that_was_left_is_charged(cloud: Cloud, how: str) -> None:
    tenant = await cloud.tenant()
    await buy(tenant, "metered", "standard")
    await use(tenant, NEW_YEAR, ("sms", "110"))
    ends = (await preview(tenant.read)).period_end.ToDatetime(NEW_YEAR.tzinfo)
    cloud.clock.turn_to(ends - DAY)
    if how == "cancel":
        await plans(tenant).CancelSubscription(
            pb.CancelSubscriptionRequest(family="metered", when=pb.CHANGE_TIME_NOW)
        )
    else:
        by = plans(tenant) if how == "free" else rpc.SubscriptionServiceStub(cloud.vendor)
        named = "" if how == "free" else tenant.tenant_id
        await by.ChangePlan(pb.ChangePlanRequest(tenant_id=named, family="metered", plan="free"))
    cloud.clock.turn_to(ends + timedelta(seconds=1))
    await cloud_settles(tenant)
    await close(cloud, ends + DRAFT + timedelta(hours=1))
    found = await amounts(cloud, tenant)
    assert found["usage.sms"] == 50
    assert found["plan.metered_standard"] == (9900 if how != "vendor" else 9900 * 30 // 31 + 1)


async def test_use_that_comes_when_a_tenant_is_gone_is_on_one_last_invoice(cloud: Cloud) -> None:
    tenant, vendor = await cloud.tenant(), rpc.SubscriptionServiceStub(cloud.vendor)
    await buy(tenant, "metered", "standard")
    await buy(tenant, "platform", "starter")
    await use(tenant, NEW_YEAR, ("sms", "90"))
    cloud.clock.turn_to(NEW_YEAR + 5 * DAY)
    for family in ("metered", "platform"):
        await vendor.CancelSubscription(
            pb.CancelSubscriptionRequest(
                tenant_id=tenant.tenant_id, family=family, when=pb.CHANGE_TIME_NOW
            )
        )
    await close(cloud, NEW_YEAR + 43 * DAY)
    settled = await amounts(cloud, tenant)
    await use(tenant, NEW_YEAR + DAY, ("sms", "30"))
    due = (await preview(cloud.vendor, tenant.tenant_id)).period_end.ToDatetime(NEW_YEAR.tzinfo)
    cloud.clock.turn_to(due + DRAFT)
    for point in ("before_number", "after_number_before_commit", "after_commit"):
        fault = Fault(f"invoices.{point}", "error", 1)
        armed = closer(cloud, ArmedFaults({fault.point: fault}, None))
        assert (await armed.run_once()).invoices == ()
    calm = closer(cloud, NoFaults())
    await asyncio.gather(*(calm.run_once() for _ in range(3)))
    await close(cloud, due + 70 * DAY)
    assert await amounts(cloud, tenant) == {**settled, "adjustment.1.sms": 100}
    numbers = sorted(each.number for each in await listed(cloud, tenant) if each.number)
    assert numbers == [f"INV-2026-{at:06d}" for at in range(1, len(numbers) + 1)]


async def cloud_settles(tenant: Tenant) -> None:
    """Waits until the plan is left."""
    async with asyncio.timeout(60):
        while True:
            asked = pb.GetSubscriptionRequest(family="metered")
            if (await plans(tenant).GetSubscription(asked)).subscription.plan == "free":
                return
            await asyncio.sleep(0.05)


async def test_a_year_is_charged_once_and_for_the_plan_that_it_was_paid_for(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    await buy(tenant, "platform", "starter")
    first = (await preview(tenant.read)).period_end.ToDatetime(NEW_YEAR.tzinfo)
    cloud.clock.turn_to(NEW_YEAR + 10 * DAY)
    await buy(tenant, "platform", "professional", interval=pb.BILLING_INTERVAL_YEAR)
    await close(cloud, first + DRAFT + timedelta(hours=1))
    found = await amounts(cloud, tenant)
    assert found["plan.platform_professional.2026-01-11"] == round(9900 * 12 * 0.85)
    assert found["plan.platform_starter"] == 935, "by the day, before the year began"


async def test_the_rest_of_a_paid_year_is_given_back_by_the_day(cloud: Cloud) -> None:
    year, vendor = pb.BILLING_INTERVAL_YEAR, rpc.SubscriptionServiceStub(cloud.vendor)
    paying, owing = await cloud.tenant(), await cloud.tenant()
    for tenant in (paying, owing):
        await buy(tenant, "platform", "starter")
    cloud.clock.turn_to(NEW_YEAR + 10 * DAY)
    for tenant in (paying, owing):
        await buy(tenant, "platform", "starter", interval=year)
    await close(cloud, datetime(2026, 2, 4, 11, tzinfo=UTC))
    (first,) = await listed(cloud, paying)
    (hopeless,) = await listed(cloud, owing)
    await pay(cloud, first, "transfer-1", first.total.minor_units)
    await invoices(cloud).MarkInvoiceUncollectible(
        invoice_pb.MarkInvoiceUncollectibleRequest(
            tenant_id=owing.tenant_id, invoice_id=hopeless.invoice_id, reason="bankrupt"
        )
    )
    begun = {"plan.platform_starter": 935, "plan.platform_starter.2026-01-11": 29580}
    assert await amounts(cloud, paying) == await amounts(cloud, owing) == begun
    await close(cloud, datetime(2026, 3, 11, 12, tzinfo=UTC))
    for tenant in (paying, owing):
        await vendor.ChangePlan(
            pb.ChangePlanRequest(tenant_id=tenant.tenant_id, family="platform", plan="professional")
        )
    cloud.clock.turn_to(datetime(2026, 3, 21, 12, tzinfo=UTC))
    for tenant in (paying, owing):
        await plans(tenant).CancelSubscription(
            pb.CancelSubscriptionRequest(family="platform", when=pb.CHANGE_TIME_NOW)
        )
    dearer = {
        "plan.platform_professional.2026-03-11": 100980,
        "credit.platform_professional.2026-03-22": -round(100980 * 354 / 365),
    }
    given_back = {"credit.platform_starter.2026-03-11": -round(29580 * 306 / 365)}
    shown = {each.line_id: each for each in (await preview(cloud.vendor, paying.tenant_id)).lines}
    assert {name: each.amount.minor_units for name, each in shown.items()} == {
        **dearer,
        **given_back,
    }
    credit = shown["credit.platform_starter.2026-03-11"]
    assert (credit.kind, credit.quantity, credit.unit_price, credit.period_days) == (
        invoice_pb.LINE_KIND_CREDIT,
        "-306",
        "295.8",
        365,
    )
    assert credit.service_end.ToDatetime(UTC) == datetime(2027, 1, 11, 10, 20, tzinfo=UTC)
    await close(cloud, datetime(2026, 6, 10, tzinfo=UTC))
    assert await amounts(cloud, paying) == {**begun, **dearer, **given_back}
    assert await amounts(cloud, owing) == {**begun, **dearer}, "it was never paid"
    invoice = next(each for each in await listed(cloud, paying) if each.period_number == 3)
    told = await invoices(cloud).ExplainInvoiceLine(
        invoice_pb.ExplainInvoiceLineRequest(
            tenant_id=paying.tenant_id, invoice_id=invoice.invoice_id, line_id=credit.line_id
        )
    )
    assert (told.rate.plan, told.charges[0].quantity) == ("starter", "-306")
    document = await invoices(cloud).GetInvoicePdf(
        invoice_pb.GetInvoicePdfRequest(tenant_id=paying.tenant_id, invoice_id=invoice.invoice_id)
    )
    assert document.pdf.startswith(b"%PDF")


async def test_a_metered_year_begins_when_it_is_bought(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    await buy(tenant, "metered", "standard")
    cloud.clock.turn_to(NEW_YEAR + 10 * DAY)
    await buy(tenant, "metered", "standard", interval=pb.BILLING_INTERVAL_YEAR)
    await close(cloud, NEW_YEAR + 60 * DAY)
    assert await amounts(cloud, tenant) == {
        "plan.metered_standard": round(9900 * 10 / 31),
        "plan.metered_standard.2026-01-11": 100980,
    }


async def test_what_is_no_longer_sold_is_charged_for_its_days(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    await cloud.issue_license(tenant)
    await move(cloud, tenant, "vision")
    shipped = shipped_document()
    await apply(
        cloud,
        shipped.replace(
            "      edge_device_basic:",
            '      transit: {title: Transit, per: camera, pack: transit, prices: {USD: "31"}}\n'
            "      edge_device_basic:",
            1,
        )
        .replace("      bus: model\n", "")
        .replace(
            "\n# `prices` is what",
            "  transit:\n    title: Transit\n    features:\n      bus: model\n\n# `prices` is what",
        ),
    )
    await move(cloud, tenant, "vision")
    await assign(cloud, tenant, "cam-1", "transit")
    cloud.clock.advance(2 * DAY)
    await assign(cloud, tenant, "cam-1")
    await apply(cloud, shipped)
    await move(cloud, tenant, "vision")
    lines = {each.name: each for each in (await preview(cloud.vendor, tenant.tenant_id)).lines}
    assert lines["transit"].amount.minor_units == 300, "three days of 31"


async def move(cloud: Cloud, tenant: Tenant, family: str) -> None:
    """Puts a subscription on the live catalogue."""
    await rpc.SubscriptionServiceStub(cloud.vendor).MoveSubscription(
        pb.MoveSubscriptionRequest(tenant_id=tenant.tenant_id, family=family)
    )
