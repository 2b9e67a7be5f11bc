"""Who issues is fixed for a billing period: what begins it, and what no longer changes it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest
from brinkbyte.entitlement.v1 import override_service_pb2 as overrides
from brinkbyte.invoice.v1 import invoice_service_pb2 as invoice_pb
from brinkbyte.payment.v1 import stripe_service_pb2 as stripe_pb
from brinkbyte.payment.v1 import stripe_service_pb2_grpc
from brinkbyte.subscription.v1 import subscription_service_pb2 as pb
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc as rpc
from brinkbyte.usage.v1 import reconcile_service_pb2 as reconcile_pb
from brinkbyte.usage.v1 import reconcile_service_pb2_grpc

from billing.invoices.periods import rules
from billing.invoices.periods.period import BillingPeriod, Issuer
from billing.payments.checkout import store as links
from billing.payments.issuer import Issuers
from billing.payments.meters.worker import SubmissionWorker
from billing.payments.shadows.finisher import InvoiceFinisher
from billing.payments.shadows.standing import follow
from billing.unit import Unit
from deploy.cli.invoices_calls import sums
from tests.billing.cloud_harness import Tenant, refused
from tests.billing.entitlements.test_overrides import priced, set_override
from tests.billing.invoices.stories import closer, listed, vendor, whole
from tests.billing.invoices.test_preview import use
from tests.billing.payments.shop import Shop, until
from tests.billing.payments.test_checkout import quantities, runs, sent, upgrade
from tests.stripe_simulator.faults import Outcome

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def running(
    issuer: Issuer, now: datetime, held: Issuer, anchor: datetime = START
) -> list[tuple[int, Issuer]]:
    period: BillingPeriod = rules.first(uuid4(), START, held)
    return [(each.number, each.issuer) for each in rules.follow(period, anchor, now, issuer)]


def test_an_issuer_keeps_the_period_that_it_began() -> None:
    day = START + timedelta(days=1)
    local, stripe = Issuer.LOCAL, Issuer.STRIPE
    assert running(local, day, stripe) == [(1, stripe)], "left within it"
    assert running(local, START + 0.5 * HOUR, stripe) == [(1, local)], "left as it began"
    assert running(stripe, day, local) == [(1, stripe)], "sold since its first hour, told later"
    assert running(stripe, day, local, day) == [(1, local), (2, stripe)]
    assert running(local, day, stripe, day) == [(1, stripe), (2, local)]
    assert running(local, START + timedelta(days=32), stripe) == [(1, stripe), (2, local)]
    late = START + timedelta(days=32)
    assert running(stripe, late, local, START - HOUR) == [(1, local), (2, stripe)]


async def test_periods_are_stripes_while_it_sells(shop: Shop) -> None:
    tenant = await shop.cloud.tenant()
    assert await issuers(shop, tenant) == ["local"]
    await shop.buy(tenant, "metered", "standard")
    await shop.deliver()
    assert await issuers(shop, tenant) == ["stripe"], "bought in the tenant's first hour"
    async with closer(shop.cloud)._units.working(tenant.uuid) as unit:
        assert await Issuers(selling=False).of(unit) is Issuer.LOCAL, "no provider"
        assert await sells(unit)
    await shop.later(5 * 86_400)
    await rpc.SubscriptionServiceStub(shop.cloud.vendor).CancelSubscription(
        pb.CancelSubscriptionRequest(
            tenant_id=tenant.tenant_id, family="metered", when=pb.CHANGE_TIME_NOW
        )
    )
    await shop.deliver()
    assert await issuers(shop, tenant) == ["stripe", "local"]
    await shop.later(2 * 86_400)
    assert await issuers(shop, tenant) == ["stripe", "local"], "each for its life"


async def test_stripes_invoice_waits_for_ours_and_says_the_same(shop: Shop) -> None:
    cloud, tenant = shop.cloud, await shop.cloud.tenant()
    await shop.buy(tenant, "metered", "standard")
    await shop.deliver()
    half_a_cent, part_of_a_unit = ("storage_gb_day", "3017"), ("llm_token", "0.4")
    used = (("sms", "130"), ("inference_frame", "40"), half_a_cent, part_of_a_unit)
    await use(tenant, cloud.clock.now(), *used)
    sold = shop.sold(tenant)
    await shop.later(7200)

    async def told() -> bool:
        """What is used, and the call that told of it, which is counted a little later."""
        await cloud.server.background_of(SubmissionWorker).run_once()
        events = shop.stripe.world.meter_events
        mine = [e for e in events if e["payload"]["stripe_customer_id"] == sold["customer"]]
        names = {e["event_name"] for e in mine}
        return names == {"brinkbyte_sms", "brinkbyte_storage_gb_day", "brinkbyte_api_call"}

    await until(told)
    ends = sold["items"]["data"][0]["current_period_end"]
    cloud.clock.turn_to(datetime.fromtimestamp(ends, UTC) + timedelta(minutes=30))
    shop.stripe.settle()
    await closer(cloud).run_once()
    finisher = cloud.server.background_of(InvoiceFinisher)
    await finisher.run_once()
    await shop.later(2 * 3600)
    (waiting,) = shop.stripe.world.find("invoice", customer=sold["customer"], status="draft")
    (drafted,) = await listed(cloud, tenant, issuer=invoice_pb.INVOICE_ISSUER_STRIPE)
    assert standing(drafted) == (waiting["id"], "", invoice_pb.INVOICE_STATUS_DRAFT)
    await shop.later(3 * 86_400)
    assert waiting["status"] == "draft", "late use may come until ours is closed"
    await closer(cloud).run_once()
    shop.stripe.refuse_card(sold["customer"])
    await finisher.run_once()
    assert waiting["status"] == "open"
    stub = stripe_service_pb2_grpc.StripeServiceStub(cloud.vendor)
    request = stripe_pb.ListShadowInvoicesRequest(tenant_id=tenant.tenant_id)
    (shadow,) = (await stub.ListShadowInvoices(request)).invoices
    assert not shadow.differences, shadow
    assert shadow.state == stripe_pb.SHADOW_STATE_MATCHES
    assert shadow.our_amount == shadow.their_amount > 150, "text messages, and the plan"
    await our_copy_follows(shop, tenant, waiting)


async def our_copy_follows(shop: Shop, tenant: Tenant, theirs: dict[str, Any]) -> None:
    """What becomes of Stripe's invoice once it was compared; a late answer undoes nothing."""
    cloud, no_such = shop.cloud, invoice_pb.INVOICE_ISSUER_LOCAL
    provider = cloud.server.background_of(InvoiceFinisher)._provider
    (ours,) = await listed(cloud, tenant, issuer=invoice_pb.INVOICE_ISSUER_STRIPE)
    number, is_open = theirs["number"], invoice_pb.INVOICE_STATUS_OPEN
    assert standing(ours) == (theirs["id"], number, is_open), "told with the comparison"
    assert await asked_of_who_left(shop, tenant, theirs["customer"])
    late = await provider.invoices.get(theirs["id"])
    shop.stripe.accept_card(theirs["customer"])
    await provider.invoices.pay(theirs["id"], key="by-hand")
    await shop.deliver()
    async with closer(cloud)._units.working(tenant.uuid) as unit:
        await follow(unit.conn, tenant.uuid, [late])
    assert not await asked_of_who_left(shop, tenant, theirs["customer"]), "all is settled"
    paid = await whole(cloud, tenant, ours.invoice_id)
    assert standing(paid) == (theirs["id"], number, invoice_pb.INVOICE_STATUS_PAID)
    assert (paid.status, paid.issuer) == (ours.status, invoice_pb.INVOICE_ISSUER_STRIPE)
    assert paid.provider_invoice.paid_at.seconds == theirs["status_transitions"]["paid_at"]
    day = f"{paid.provider_invoice.paid_at.ToDatetime():%Y-%m-%d}"
    assert sums(paid)[0].endswith(f", paid {day} there")
    url = theirs["hosted_invoice_url"]
    assert sums(paid)[-1] == f"at Stripe: {theirs['id']}  {number}  paid {day}  {url}"
    assert not await listed(cloud, tenant, issuer=no_such)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION) as found:
        await vendor(cloud).GetInvoicePdf(
            invoice_pb.GetInvoicePdfRequest(tenant_id=tenant.tenant_id, invoice_id=ours.invoice_id)
        )
    assert found[0].message.endswith(f"its document is there, at {url}")


async def asked_of_who_left(shop: Shop, tenant: Tenant, customer: str) -> bool:
    """Whether Stripe would be asked about the customer without an event, had it no subscription."""
    async with shop.cloud.superuser() as connection:
        left = connection.transaction()
        await left.start()
        await connection.execute(
            "update stripe_subscriptions set subscription_id = '' where tenant_id = $1", tenant.uuid
        )
        found = await links.stale(connection, shop.cloud.clock.now() + timedelta(days=1), 1_000)
        await left.rollback()
    return customer in found


def standing(one: invoice_pb.Invoice) -> tuple[str, str, int]:
    found = one.provider_invoice
    return found.invoice_id, found.number, found.status


async def test_late_use_of_who_left_stripe_is_on_a_local_invoice(shop: Shop) -> None:
    cloud, tenant = shop.cloud, await shop.cloud.tenant()
    await shop.buy(tenant, "metered", "standard")
    await shop.deliver()
    began = cloud.clock.now()
    await shop.later(32 * 86_400)
    await shop.deliver()
    await shop.later(4 * 86_400)
    await closer(cloud).run_once()
    await use(tenant, began + HOUR, ("sms", "120"))
    await rpc.SubscriptionServiceStub(cloud.vendor).CancelSubscription(
        pb.CancelSubscriptionRequest(
            tenant_id=tenant.tenant_id, family="metered", when=pb.CHANGE_TIME_NOW
        )
    )
    await shop.deliver()
    await shop.later(4 * 86_400)
    await closer(cloud).run_once()
    assert await issuers(shop, tenant) == ["stripe", "stripe", "local"]
    await use(tenant, began + 2 * HOUR, ("sms", "20"))
    await shop.later(40 * 86_400)
    await closer(cloud).run_once()
    every = [await whole(cloud, tenant, each.invoice_id) for each in await listed(cloud, tenant)]
    late = [
        (bool(each.number), line.line_id, line.quantity, line.amount.minor_units)
        for each in every
        for line in each.lines
        if line.kind == invoice_pb.LINE_KIND_ADJUSTMENT and line.name == "sms"
    ]
    assert late == [(True, "adjustment.1.sms", "140", 200)], "on one with a number of ours"


async def test_what_stripe_has_beyond_its_submissions_is_found(shop: Shop) -> None:
    """A table written by hand: the sum of the whole period tells, and `--heal` looks for it."""
    cloud, tenant = shop.cloud, await shop.cloud.tenant()
    await shop.buy(tenant, "metered", "standard")
    await shop.deliver()
    await shop.later(7200)
    worker = cloud.server.background_of(SubmissionWorker)

    async def told(*values: int) -> bool:
        await worker.run_once()
        return sorted(await submitted(shop, tenant)) == sorted(values)

    for number, quantity in enumerate(("130", "20")):
        await use(tenant, cloud.clock.now() - number * HOUR / 60, ("sms", quantity))
        await until(lambda count=number: told(*(130, 20)[: count + 1]))
    assert not [each for each in await reconciled(shop, tenant) if each.event_type == "sms"]
    async with cloud.superuser() as connection:
        for change in (
            "delete from stripe_submissions where value = 20",
            "update stripe_meter_sums set value = 130 where value = 150",
        ):
            await connection.execute(f"{change} and tenant_id = $1 and metric = 'sms'", tenant.uuid)
    (drift,) = [each for each in await reconciled(shop, tenant) if each.event_type == "sms"]
    assert (drift.expected, drift.found, drift.healed) == ("130", "150", False)
    (mended,) = [
        each for each in await reconciled(shop, tenant, heal=True) if each.event_type == "sms"
    ]
    assert mended.healed
    await until(lambda: told(130, 20))
    assert not [each for each in await reconciled(shop, tenant) if each.event_type == "sms"]


async def test_use_that_stripe_was_never_told_of_is_an_invoice_item(shop: Shop) -> None:
    """It refused some; the period is closed, and no meter takes it any more."""
    cloud, tenant = shop.cloud, await shop.cloud.tenant()
    await shop.buy(tenant, "metered", "standard")
    await shop.deliver()
    await shop.later(7200)
    worker = cloud.server.background_of(SubmissionWorker)
    sold = shop.sold(tenant)

    async def told() -> bool:
        await worker.run_once()
        return await submitted(shop, tenant) == [130]

    await use(tenant, cloud.clock.now(), ("sms", "130"))
    await until(told)
    away = shop.stripe.faults.add("POST", "/billing/meter_events", Outcome.CUT, times=1_000_000)
    await use(tenant, cloud.clock.now() - HOUR, ("sms", "20"))

    async def refused() -> bool:
        await worker.run_once()
        async with cloud.superuser() as connection:
            await connection.execute(
                "update stripe_submissions set state = 'failed' "
                "where tenant_id = $1 and state = 'pending'",
                tenant.uuid,
            )
        return sorted(await submitted(shop, tenant)) == [20, 130]

    await until(refused)
    ends = sold["items"]["data"][0]["current_period_end"]
    cloud.clock.turn_to(datetime.fromtimestamp(ends, UTC) + timedelta(minutes=30))
    shop.stripe.settle()
    await closer(cloud).run_once()
    finisher = cloud.server.background_of(InvoiceFinisher)
    await finisher.run_once()
    await shop.later(3 * 86_400)
    await closer(cloud).run_once()
    (draft,) = shop.stripe.world.find("invoice", customer=sold["customer"], status="draft")
    assert await refused()

    async def finished() -> bool:
        await finisher.run_once()
        return bool(draft["status"] != "draft")

    await until(finished)
    away.left = 0
    extra = {
        each["metadata"]["late"]: each["amount"]
        for each in shop.stripe.world.find("invoiceitem", customer=sold["customer"])
    }
    assert extra == {"1/untold.sms": 100}, "20 text messages at five cents"
    stub = stripe_service_pb2_grpc.StripeServiceStub(cloud.vendor)
    request = stripe_pb.ListShadowInvoicesRequest(tenant_id=tenant.tenant_id)
    (shadow,) = (await stub.ListShadowInvoices(request)).invoices
    assert not shadow.differences and shadow.our_amount == shadow.their_amount


async def test_terms_of_a_tenants_own_are_items_of_stripes_invoice(shop: Shop) -> None:
    """Stripe charges the catalogue's prices; the customer pays what our invoice says."""
    cloud, tenant = shop.cloud, await shop.cloud.tenant()
    await shop.buy(tenant, "metered", "standard")
    await shop.deliver()
    agreed = (
        priced(overrides.PRICED_KIND_METRIC, "", "sms", "USD", "0.03"),
        overrides.SetOverrideRequest(quota={"metric": "agent_execution", "included": "9000"}),
        priced(overrides.PRICED_KIND_METRIC, "", "inference_frame", "USD", "0.001"),
        priced(overrides.PRICED_KIND_PLAN, "metered", "standard", "USD", "80"),
        priced(overrides.PRICED_KIND_PLAN, "platform", "enterprise", "USD", "500"),
    )
    for each in agreed:
        await set_override(cloud, tenant, each)
    await rpc.SubscriptionServiceStub(cloud.vendor).ChangePlan(
        pb.ChangePlanRequest(tenant_id=tenant.tenant_id, plan="enterprise")
    )
    used = (("sms", "130"), ("agent_execution", "8000"), ("inference_frame", "2000"))
    await use(tenant, cloud.clock.now(), *used)
    await shop.later(7200)

    async def told() -> bool:
        await cloud.server.background_of(SubmissionWorker).run_once()
        runs = await submitted(shop, tenant, "agent_execution")
        return (await submitted(shop, tenant), runs) == ([130], [8000])

    await until(told)
    shadow, invoice = await finished(shop, tenant)
    extra = {
        each["metadata"]["late"].removeprefix("1/own.").removesuffix("_usd"): each["amount"]
        for each in shop.stripe.world.find("invoiceitem", customer=shop.sold(tenant)["customer"])
        if "late" in each["metadata"]
    }
    assert extra == {
        "metered_standard_sms": -60,
        "metered_standard_agent_execution": -3000,
        "1/untold.inference_frame": 200,
        "metered_standard_month": -1900,
        "platform_enterprise_month": 50_000,
    }
    assert shadow.state == stripe_pb.SHADOW_STATE_MATCHES and not shadow.differences, shadow
    ours = invoice.subtotal.minor_units
    assert shadow.our_amount == shadow.their_amount == ours == 8000 + 90 + 200 + 50_000


async def test_cameras_that_came_and_went_are_nobodys_error(shop: Shop) -> None:
    """Stripe reckons by the second, we by the day; what is further apart is to be looked at."""
    tenant = await shop.cloud.tenant()
    await shop.buy(tenant, "vision", "base", cameras=3)
    await shop.deliver()
    for days, cameras, more in (
        (0, 3, {}),
        (5, 5, {"add_growth_packs": ["intelligence"]}),
        (4, 4, {"remove_growth_packs": ["intelligence"]}),
    ):
        await shop.later(days * 86_400)
        await upgrade(shop, tenant, cameras_allowed=cameras, **more)
        for number in range(cameras):
            assert await runs(tenant, f"cam-{number}")
        await until(lambda count=cameras: held(shop, tenant, count))
    shadow, invoice = await finished(shop, tenant)
    found = {each.name.removeprefix("vision_"): each for each in shadow.differences}
    prorated = stripe_pb.SHADOW_DIFFERENCE_KIND_PRORATION
    assert {name: each.kind for name, each in found.items()} == {
        "base_camera_month_usd": prorated,
        "intelligence_month_usd": prorated,
    }, shadow
    assert shadow.state == stripe_pb.SHADOW_STATE_MATCHES
    camera, pack = found["base_camera_month_usd"], found["intelligence_month_usd"]
    days = (invoice.period_end.ToDatetime() - invoice.period_start.ToDatetime()).days
    assert 0 < camera.our_amount - camera.their_amount <= 3 * 6000 // days + 3
    assert 0 < pack.our_amount - pack.their_amount <= 2 * 40_000 // days + 2
    assert float(pack.their_quantity) == pytest.approx(4 / days, abs=1e-3)


async def held(shop: Shop, tenant: Tenant, cameras: int) -> bool:
    """Whether Stripe was told of so many cameras, and of nothing else that waits."""
    await sent(shop)
    return quantities(shop, tenant).get("base_camera") == cameras


async def finished(shop: Shop, tenant: Tenant) -> tuple[stripe_pb.ShadowInvoice, Any]:
    """The period ends, all use is told, ours is closed, Stripe's finalised; the two."""
    cloud, sold = shop.cloud, shop.sold(tenant)
    ends = sold["items"]["data"][0]["current_period_end"]
    submissions = cloud.server.background_of(SubmissionWorker)
    finisher = cloud.server.background_of(InvoiceFinisher)
    await submissions.run_once()
    cloud.clock.turn_to(datetime.fromtimestamp(ends, UTC) + timedelta(minutes=30))
    shop.stripe.settle()
    await closer(cloud).run_once()
    await finisher.run_once()
    await shop.later(3 * 86_400 + 3600)
    await closer(cloud).run_once()
    stub = stripe_service_pb2_grpc.StripeServiceStub(cloud.vendor)
    request = stripe_pb.ListShadowInvoicesRequest(tenant_id=tenant.tenant_id)

    async def compared() -> bool:
        await submissions.run_once()
        await finisher.run_once()
        (shadow,) = (await stub.ListShadowInvoices(request)).invoices
        return bool(shadow.HasField("our_amount"))

    await until(compared)
    (shadow,) = (await stub.ListShadowInvoices(request)).invoices
    first = min(await listed(cloud, tenant), key=lambda each: each.period_start.seconds)
    return shadow, await whole(cloud, tenant, first.invoice_id)


async def submitted(shop: Shop, tenant: Tenant, metric: str = "sms") -> list[int]:
    """What was told of text messages, or else, as far as it landed."""
    stub = stripe_service_pb2_grpc.StripeServiceStub(shop.cloud.vendor)
    request = stripe_pb.ListSubmissionsRequest(tenant_id=tenant.tenant_id)
    waiting = stripe_pb.SUBMISSION_STATE_PENDING
    found = (await stub.ListSubmissions(request)).submissions
    return [each.value for each in found if each.metric == metric and each.state != waiting]


async def reconciled(shop: Shop, tenant: Tenant, *, heal: bool = False) -> list[Any]:
    """What differs at Stripe."""
    stub = reconcile_service_pb2_grpc.ReconcileServiceStub(shop.cloud.vendor)
    request = reconcile_pb.ReconcileUsageRequest(tenant_id=tenant.tenant_id, heal=heal)
    (found,) = (await stub.ReconcileUsage(request)).tenants
    return [each for each in found.drifts if each.to_step == reconcile_pb.USAGE_STEP_STRIPE]


async def sells(unit: Unit) -> bool:
    return await Issuers(selling=True).of(unit) is Issuer.STRIPE


async def issuers(shop: Shop, tenant: Tenant) -> list[str]:
    """Of the tenant's periods, by number."""
    keeping = closer(shop.cloud)
    await keeping.run_once()
    await keeping._keep(tenant.uuid)
    async with shop.cloud.superuser() as connection:
        rows = await connection.fetch(
            "select issuer from billing_periods where tenant_id = $1 order by number", tenant.uuid
        )
    return [row["issuer"] for row in rows]
