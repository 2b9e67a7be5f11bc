"""Plans that Stripe sells: bought once, changed, cancelled, and felt where cameras run."""

import asyncio
from datetime import timedelta

import grpc
import pytest
from brinkbyte.license.v1 import license_service_pb2 as licenses
from brinkbyte.license.v1 import license_service_pb2_grpc
from brinkbyte.subscription.v1 import subscription_service_pb2 as pb
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc as rpc

from billing.payments.checkout.resync import Resync
from billing.payments.items.worker import ItemWorker
from billing.payments.stripe.provider import StripeProvider
from rights.ids import parse_tenant
from tests.billing.cloud_harness import Tenant
from tests.billing.payments.shop import URL, Shop, license_of, plan_of, until

DAY = 86_400


def plans(tenant: Tenant) -> rpc.SubscriptionServiceStub:
    return rpc.SubscriptionServiceStub(tenant.admin)


async def runs(tenant: Tenant, camera: str) -> bool:
    """Whether a camera may run."""
    stub = license_service_pb2_grpc.LicenseServiceStub(tenant.admin)
    found = await stub.ValidateCamera(licenses.ValidateCameraRequest(camera_id=camera))
    return found.is_valid


async def test_a_plan_is_paid_changed_and_cancelled_at_stripe(shop: Shop) -> None:
    tenant = await shop.cloud.tenant()
    with pytest.raises(grpc.aio.AioRpcError) as free:
        await plans(tenant).ChangePlan(pb.ChangePlanRequest(plan="starter"))
    assert free.value.code() is grpc.StatusCode.FAILED_PRECONDITION, "it is paid where it is sold"
    wanted = pb.CheckoutRequest(plan="starter", success_url=URL)
    first = await plans(tenant).Checkout(wanted)
    assert (await plans(tenant).Checkout(wanted)).url == first.url, "one page"
    assert first.subscription.plan == "trial", "nothing is paid yet"
    shop.stripe.complete_checkout(first.url.rsplit("/", 1)[-1])
    await shop.deliver()
    held = await plan_of(tenant)
    assert (held.plan, held.status) == ("starter", pb.SUBSCRIPTION_STATUS_ACTIVE)
    customers = shop.stripe.world.all("customer").values()
    assert [each["metadata"]["tenant"] for each in customers].count(tenant.tenant_id) == 1
    epoch = (await license_of(tenant)).epoch

    more = await plans(tenant).Checkout(
        pb.CheckoutRequest(family="metered", plan="standard", success_url=URL)
    )
    assert (more.url, more.subscription.plan) == (URL, "standard"), "it joins what runs"
    sold = shop.sold(tenant)
    assert len(sold["items"]["data"]) == 2 + 5, "a plan each, and what is metered"
    larger = await plans(tenant).ChangePlan(pb.ChangePlanRequest(plan="professional"))
    assert larger.subscription.plan == "professional"
    assert larger.epoch.number > epoch.number
    keys = {each["price"]["lookup_key"] for each in sold["items"]["data"]}
    assert "platform_professional_month_usd" in keys and "platform_starter_month_usd" not in keys
    again = await plans(tenant).ChangePlan(pb.ChangePlanRequest(plan="professional"))
    assert again == larger, "once"
    await shop.deliver()
    assert (await license_of(tenant)).epoch == larger.epoch, "its own events change nothing"

    gone = await rpc.SubscriptionServiceStub(shop.cloud.vendor).CancelSubscription(
        pb.CancelSubscriptionRequest(
            tenant_id=tenant.tenant_id, family="metered", when=pb.CHANGE_TIME_NOW
        )
    )
    assert gone.subscription.plan == "free" and len(sold["items"]["data"]) == 1
    going = await plans(tenant).CancelSubscription(pb.CancelSubscriptionRequest())
    assert sold["cancel_at_period_end"] and going.subscription.HasField("cancel_at")
    back = await plans(tenant).ResumeSubscription(pb.ResumeSubscriptionRequest())
    assert not sold["cancel_at_period_end"] and not back.subscription.HasField("cancel_at")
    await plans(tenant).CancelSubscription(pb.CancelSubscriptionRequest())
    await shop.later(32 * DAY)
    assert (await plan_of(tenant)).status == pb.SUBSCRIPTION_STATUS_CANCELED
    portal = await plans(tenant).OpenPortal(pb.OpenPortalRequest(return_url=URL))
    assert portal.url.startswith("http") and portal.url != URL


async def test_a_camera_runs_while_it_is_paid_for(shop: Shop) -> None:
    tenant = await shop.cloud.tenant()
    await shop.buy(tenant, "vision", "base", cameras=3)
    await shop.deliver()
    license_ = (await license_of(tenant)).license
    assert (license_.license_mode, license_.cameras_allowed) == (licenses.LICENSE_MODE_BASE, 3)
    assert await runs(tenant, "cam")
    customer = shop.sold(tenant)["customer"]
    shop.stripe.refuse_card(customer)
    await shop.later(32 * DAY)
    held = await plan_of(tenant, "vision")
    assert held.status == pb.SUBSCRIPTION_STATUS_PAST_DUE
    assert await runs(tenant, "cam"), "late, not stopped"
    found = await plans(tenant).GetSubscription(pb.GetSubscriptionRequest(family="vision"))
    assert found.issuer == pb.ISSUER_STRIPE
    assert found.late_payment.stage == pb.DUNNING_STAGE_PAST_DUE
    assert found.late_payment.attempts > 0
    epoch = (await license_of(tenant)).epoch.number
    shop.cloud.clock.advance(timedelta(days=8))

    async def stage() -> int:
        answer = await plans(tenant).GetSubscription(pb.GetSubscriptionRequest(family="vision"))
        return answer.late_payment.stage

    await until(lambda: _is(stage, pb.DUNNING_STAGE_GRACE))
    assert await runs(tenant, "cam")
    shop.cloud.clock.advance(timedelta(days=13))
    await until(lambda: _is(stage, pb.DUNNING_STAGE_SUSPENDED))
    assert not await runs(tenant, "cam"), "stopped"
    assert (await license_of(tenant)).epoch.number > epoch

    shop.stripe.accept_card(customer)
    open_ = shop.stripe.world.find("invoice", customer=customer, status="open")
    assert open_
    for invoice in open_:
        await _pay(shop, invoice["id"])
    await shop.deliver()
    await until(lambda: runs(tenant, "cam"))
    assert await told(shop, tenant, "payment_failed") == 1, "once for an invoice"
    after = await plans(tenant).GetSubscription(pb.GetSubscriptionRequest(family="vision"))
    assert not after.HasField("late_payment")
    assert after.subscription.status == pb.SUBSCRIPTION_STATUS_ACTIVE


async def test_what_is_held_is_charged_at_stripe(shop: Shop) -> None:
    tenant = await shop.cloud.tenant()
    await shop.buy(tenant, "vision", "base", cameras=3)
    await shop.deliver()
    await upgrade(shop, tenant, cameras_allowed=5, add_growth_packs=["intelligence"])
    for camera in range(5):
        assert await runs(tenant, f"cam-{camera}")
    await sent(shop)
    held = quantities(shop, tenant)
    assert held["base_camera"] == 5 and len(held) == 2, held
    (pack,) = held.keys() - {"base_camera"}
    changes = shop.stripe.calls("POST", f"/subscriptions/{shop.sold(tenant)['id']}")
    assert "create_prorations" in str(changes[-1])
    await sent(shop)
    assert len(calls(shop, tenant)) == len(changes), "nothing is asked where nothing changed"

    shop.trips.armed.add("stripe.after_items_before_record")
    await upgrade(shop, tenant, cameras_allowed=4)
    await until(lambda: lost(shop, tenant, 4))
    asked = len(calls(shop, tenant))
    shop.cloud.clock.advance(timedelta(seconds=3))
    await sent(shop)
    assert len(calls(shop, tenant)) == asked, "a lost answer repeats nothing"
    for cameras in (5, 4, 5):
        await upgrade(shop, tenant, cameras_allowed=cameras)
        await sent(shop)
        assert quantities(shop, tenant)["base_camera"] == cameras, "to and fro"

    await upgrade(shop, tenant, remove_growth_packs=["intelligence"])
    await sent(shop)
    assert pack not in quantities(shop, tenant)
    stub = license_service_pb2_grpc.LicenseServiceStub(shop.cloud.vendor)
    await stub.SuspendLicense(
        licenses.SuspendLicenseRequest(tenant_id=tenant.tenant_id, reason="late")
    )
    await sent(shop)
    await shop.deliver()
    assert "base_camera" in quantities(shop, tenant), "the plan stays sold"
    assert (await plan_of(tenant, "vision")).plan == "base"


async def test_a_licence_of_the_vendor_stays_its_own_where_stripe_charges(shop: Shop) -> None:
    tenant = await shop.cloud.tenant()
    await shop.buy(tenant, "platform", "starter")
    await shop.deliver()
    stub = license_service_pb2_grpc.LicenseServiceStub(shop.cloud.vendor)
    ends = shop.cloud.clock.now() + timedelta(days=10)
    request = licenses.UpgradeLicenseRequest(
        tenant_id=tenant.tenant_id, license_mode=licenses.LICENSE_MODE_BASE, cameras_allowed=2
    )
    request.valid_until.FromDatetime(ends)
    await stub.UpgradeLicense(request)
    for camera in range(2):
        assert await runs(tenant, f"cam-{camera}")
    await sent(shop)
    assert quantities(shop, tenant)["base_camera"] == 2
    await shop.deliver()
    valid = (await license_of(tenant)).license.valid_until.ToDatetime(ends.tzinfo)
    assert valid == ends, "nothing prolongs it"
    await shop.later(11 * DAY)
    await sent(shop)
    assert quantities(shop, tenant) == {}


async def test_a_trial_that_ends_is_told_of_once(shop: Shop) -> None:
    tenant = await shop.cloud.tenant()
    ends = (await plan_of(tenant)).trial_ends_at.ToDatetime(shop.cloud.clock.now().tzinfo)
    assert await told(shop, tenant, "trial_ending") == 0
    shop.cloud.clock.advance(ends - shop.cloud.clock.now() - timedelta(days=2))
    await until(lambda: _is(lambda: told(shop, tenant, "trial_ending"), 1))
    shop.cloud.clock.advance(timedelta(days=1))
    due = next(each for each in shop.cloud.server._background if hasattr(each, "_trials"))
    await due._trials.look_once()
    assert await told(shop, tenant, "trial_ending") == 1


async def test_a_death_between_stripe_and_the_commit_changes_once(shop: Shop) -> None:
    tenant = await shop.cloud.tenant()
    await shop.buy(tenant, "platform", "starter")
    await shop.deliver()
    upgrade = pb.ChangePlanRequest(plan="professional")
    shop.trips.armed.add("subscriptions.after_change_before_commit")
    with pytest.raises(grpc.aio.AioRpcError):
        await plans(tenant).ChangePlan(upgrade)
    assert not shop.trips.armed
    assert (await plan_of(tenant)).plan == "starter", "nothing was committed"
    await shop.deliver()
    assert (await plan_of(tenant)).plan == "professional", "Stripe's word leads there"
    path = f"/subscriptions/{shop.sold(tenant)['id']}"
    changes = len(shop.stripe.calls("POST", path))
    assert (await plans(tenant).ChangePlan(upgrade)).subscription.plan == "professional"
    assert len(shop.stripe.calls("POST", path)) == changes, "once"
    assert len(shop.sold(tenant)["items"]["data"]) == 1

    more = pb.CheckoutRequest(family="metered", plan="standard", success_url=URL)
    await plans(tenant).Checkout(more)
    over = pb.CancelSubscriptionRequest(
        tenant_id=tenant.tenant_id, family="metered", when=pb.CHANGE_TIME_NOW
    )
    vendor = rpc.SubscriptionServiceStub(shop.cloud.vendor)
    shop.trips.armed.add("subscriptions.after_cancel_before_commit")
    with pytest.raises(grpc.aio.AioRpcError):
        await vendor.CancelSubscription(over)
    assert (await vendor.CancelSubscription(over)).subscription.plan == "free", "asked again"
    assert len(shop.sold(tenant)["items"]["data"]) == 1


async def test_what_no_event_told_is_asked_for(shop: Shop) -> None:
    tenant = await shop.cloud.tenant()
    await shop.buy(tenant, "platform", "starter")
    await shop.deliver()
    async with shop.cloud.superuser() as connection:
        await connection.execute("update stripe_subscriptions set synced_at = '2000-01-01'")
        await connection.execute(
            "update subscriptions set plan = 'professional' "
            "where family = 'platform' and plan = 'starter'"
        )
    (resync,) = [each for each in shop.cloud.server._background if isinstance(each, Resync)]
    assert await resync.look_once() >= 1
    assert (await plan_of(tenant)).plan == "starter"


def quantities(shop: Shop, tenant: Tenant) -> dict[str, int]:
    """Charged items at Stripe."""
    every = {
        each["price"]["lookup_key"]: each["quantity"] for each in shop.sold(tenant)["items"]["data"]
    }
    return {
        key.removeprefix("vision_").removesuffix("_month_usd"): count
        for key, count in every.items()
        if key.startswith("vision_")
    }


def calls(shop: Shop, tenant: Tenant) -> list[object]:
    return list(shop.stripe.calls("POST", f"/subscriptions/{shop.sold(tenant)['id']}"))


async def upgrade(shop: Shop, tenant: Tenant, **fields: object) -> None:
    stub = license_service_pb2_grpc.LicenseServiceStub(shop.cloud.vendor)
    await stub.UpgradeLicense(
        licenses.UpgradeLicenseRequest(tenant_id=tenant.tenant_id, **fields)  # type: ignore[arg-type]
    )


async def sent(shop: Shop) -> None:
    """Nothing is held that Stripe was not told of."""
    (worker,) = [each for each in shop.cloud.server._background if isinstance(each, ItemWorker)]
    async with asyncio.timeout(60):
        while await worker.look_once():
            pass


async def lost(shop: Shop, tenant: Tenant, cameras: int) -> bool:
    """Whether Stripe took so many cameras and nobody noted it. A round of the server's own that
    began before may meet the fault first; then it is armed again."""
    await sent(shop)
    if not shop.trips.armed and quantities(shop, tenant)["base_camera"] != cameras:
        shop.trips.armed.add("stripe.after_items_before_record")
        shop.cloud.clock.advance(timedelta(seconds=3))
    return not shop.trips.armed


async def told(shop: Shop, tenant: Tenant, kind: str) -> int:
    async with shop.cloud.superuser() as connection:
        found: int = await connection.fetchval(
            "select count(*) from notifications n join tenants t using (tenant_id) "
            "where n.kind = $1 and t.tenant_id::text = $2",
            kind,
            str(parse_tenant(tenant.tenant_id)),
        )
    return found


async def _is(read: object, wanted: int) -> bool:
    return bool(await read() == wanted)  # type: ignore[operator]


async def _pay(shop: Shop, invoice_id: str) -> None:
    provider = StripeProvider(shop.stripe.settings)
    await provider.invoices.pay(invoice_id, key=f"pay-{invoice_id}")
    await provider.aclose()
