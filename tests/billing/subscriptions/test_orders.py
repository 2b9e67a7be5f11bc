"""Plans are bought, changed, cancelled and resumed, and what falls due happens by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from brinkbyte.audit.v1 import audit_service_pb2, audit_service_pb2_grpc
from brinkbyte.entitlement.v1 import override_service_pb2 as overrides
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc
from brinkbyte.subscription.v1 import subscription_service_pb2 as pb
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc as rpc
from brinkbyte.user.v1 import user_service_pb2, user_service_pb2_grpc

from tests.billing.cloud_harness import Cloud, Tenant, refused
from tests.billing.entitlements.test_overrides import set_override

URL = "https://acme.example/billing"
LATER = pb.CHANGE_TIME_PERIOD_END
NOW = pb.CHANGE_TIME_NOW


def plans(tenant: Tenant) -> rpc.SubscriptionServiceStub:
    """Called with the tenant's own key."""
    return rpc.SubscriptionServiceStub(tenant.admin)


async def buy(tenant: Tenant, family: str, plan: str, **more: object) -> pb.CheckoutResponse:
    request = pb.CheckoutRequest(family=family, plan=plan, success_url=URL, **more)  # type: ignore[arg-type]
    return await plans(tenant).Checkout(request)


async def change(tenant: Tenant, family: str, plan: str, **more: object) -> pb.Subscription:
    request = pb.ChangePlanRequest(family=family, plan=plan, **more)  # type: ignore[arg-type]
    return (await plans(tenant).ChangePlan(request)).subscription


async def cancel(
    tenant: Tenant, family: str, when: pb.ChangeTime = LATER
) -> pb.CancelSubscriptionResponse:
    request = pb.CancelSubscriptionRequest(family=family, when=when)
    return await plans(tenant).CancelSubscription(request)


async def resume(tenant: Tenant, family: str) -> pb.Subscription:
    request = pb.ResumeSubscriptionRequest(family=family)
    return (await plans(tenant).ResumeSubscription(request)).subscription


async def details(tenant: Tenant, family: str = "") -> pb.GetSubscriptionResponse:
    return await plans(tenant).GetSubscription(pb.GetSubscriptionRequest(family=family))


async def license_of(tenant: Tenant) -> license_service_pb2.GetLicenseResponse:
    stub = license_service_pb2_grpc.LicenseServiceStub(tenant.admin)
    return await stub.GetLicense(license_service_pb2.GetLicenseRequest())


async def comes(
    tenant: Tenant, family: str, wanted: Callable[[pb.Subscription], bool]
) -> pb.GetSubscriptionResponse:
    """Waits until the subscription is as wanted."""
    async with asyncio.timeout(60):
        while not wanted((found := await details(tenant, family)).subscription):
            await asyncio.sleep(0.05)
    return found


async def audited(tenant: Tenant, *actions: str) -> list[tuple[str, str]]:
    """Who did what, oldest first, of the given actions."""
    listed = await audit_service_pb2_grpc.AuditServiceStub(tenant.admin).ListAuditEvents(
        audit_service_pb2.ListAuditEventsRequest(page_size=1000)
    )
    found = [(each.actor_kind, each.action) for each in listed.events if each.action in actions]
    return found[::-1]


def at(stamp: object) -> datetime:
    return stamp.ToDatetime(UTC)  # type: ignore[attr-defined,no-any-return]


async def test_a_tenant_buys_for_itself_and_a_reader_does_not(billing: Cloud) -> None:
    tenant, other = await billing.tenant(), await billing.tenant()
    before = await details(tenant)
    bought = await buy(tenant, "", "starter", interval=pb.BILLING_INTERVAL_YEAR)
    assert (bought.url, bought.subscription.plan) == (URL, "starter")
    assert bought.subscription.interval == pb.BILLING_INTERVAL_YEAR
    again = await buy(tenant, "platform", "starter", interval=pb.BILLING_INTERVAL_YEAR)
    assert again == bought, "bought once"
    found = await details(tenant)
    assert found.limits["users"] == "3" and before.limits["users"] == "2"
    assert 364 < (at(found.period_end) - at(found.period_start)).days < 367
    assert found.issuer == pb.ISSUER_LOCAL and len(found.subscriptions) == 3
    reader = rpc.SubscriptionServiceStub(tenant.read)
    async with refused(grpc.StatusCode.PERMISSION_DENIED, "SCOPE_MISSING"):
        await reader.Checkout(pb.CheckoutRequest(plan="starter", success_url=URL))
    async with refused(grpc.StatusCode.NOT_FOUND):
        await plans(other).CancelSubscription(
            pb.CancelSubscriptionRequest(tenant_id=tenant.tenant_id)
        )
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await plans(tenant).OpenPortal(pb.OpenPortalRequest(return_url=URL))


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.CheckoutRequest(plan="gold", success_url=URL), "plan"),
        (pb.CheckoutRequest(plan="starter", family="wishes", success_url=URL), "family"),
        (pb.CheckoutRequest(plan="starter", success_url="javascript:alert(1)"), "success_url"),
        (
            pb.CheckoutRequest(plan="starter", success_url=URL, cancel_url="//evil.example"),
            "cancel_url",
        ),
        (pb.CheckoutRequest(plan="starter", success_url=URL, cameras=3), "cameras"),
    ],
)
async def test_what_cannot_be_bought_is_named(
    billing: Cloud, request_: pb.CheckoutRequest, field: str
) -> None:
    tenant = await billing.tenant()
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await plans(tenant).Checkout(request_)
    assert errors[0].violations[0].field == field  # type: ignore[attr-defined]


async def test_a_negotiated_plan_is_given_by_the_vendor_or_at_an_agreed_price(
    billing: Cloud,
) -> None:
    tenant = await billing.tenant()
    for order in (buy, change):
        async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
            await order(tenant, "platform", "enterprise")  # type: ignore[operator]
    amount = [overrides.CurrencyPrice(currency="USD", price="500")]
    own = overrides.PriceOverride(
        kind=overrides.PRICED_KIND_PLAN, family="platform", name="enterprise", prices=amount
    )
    await set_override(billing, tenant, overrides.SetOverrideRequest(price=own))
    assert (await buy(tenant, "platform", "enterprise")).subscription.plan == "enterprise"
    other = await billing.tenant()
    given = await rpc.SubscriptionServiceStub(billing.vendor).ChangePlan(
        pb.ChangePlanRequest(tenant_id=other.tenant_id, plan="enterprise")
    )
    assert given.subscription.plan == "enterprise"


async def test_a_trial_is_had_once(billing: Cloud) -> None:
    tenant = await billing.tenant()
    running = await plans(tenant).StartTrial(pb.StartTrialRequest())
    assert running.subscription.status == pb.SUBSCRIPTION_STATUS_TRIALING
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await plans(tenant).StartTrial(pb.StartTrialRequest(family="metered"))
    await buy(tenant, "platform", "starter")
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await plans(tenant).StartTrial(pb.StartTrialRequest())


async def test_a_trial_that_nobody_paid_for_ends_and_nothing_is_added(
    fresh_billing: Cloud,
) -> None:
    cloud = fresh_billing
    tenant, buyer = await cloud.tenant(), await cloud.tenant()
    follows = await change(buyer, "platform", "starter", when=LATER)
    assert follows.plan == "trial" and follows.pending.plan == "starter"
    epoch = (await license_of(tenant)).epoch.number
    cloud.clock.advance(timedelta(days=14, seconds=1))
    found = await comes(tenant, "", lambda each: each.status == pb.SUBSCRIPTION_STATUS_CANCELED)
    ended = found.subscription
    assert ended.HasField("ended_at") and not ended.HasField("trial_ends_at")
    assert (found.limits["users"], found.limits["export"]) == ("0", "false")
    assert found.limits["retention_days"] == "30", "what is there is kept for as long"
    assert (await license_of(tenant)).epoch.number == epoch + 1, "the edge hears of it"
    users = user_service_pb2_grpc.UserServiceStub(tenant.admin)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "SEAT_LIMIT_REACHED"):
        await users.InviteUser(
            user_service_pb2.InviteUserRequest(
                email="a@example.test", role=user_service_pb2.USER_ROLE_TENANT_READ
            )
        )
    bought = await comes(buyer, "", lambda each: each.plan == "starter")
    assert bought.subscription.status == pb.SUBSCRIPTION_STATUS_ACTIVE
    assert await audited(tenant, "subscription.trial_ended") == [
        ("worker", "subscription.trial_ended")
    ]
    back = await buy(tenant, "platform", "starter")
    assert back.subscription.status == pb.SUBSCRIPTION_STATUS_ACTIVE
    assert not back.subscription.HasField("ended_at")


async def test_changes_at_the_end_of_the_period_wait_and_can_be_taken_back(
    fresh_billing: Cloud,
) -> None:
    cloud = fresh_billing
    tenant = await cloud.tenant()
    await buy(tenant, "metered", "standard")
    await buy(tenant, "platform", "professional")
    ends = at((await details(tenant)).period_end)
    waiting = await change(tenant, "platform", "starter", when=LATER)
    assert (waiting.plan, waiting.pending.plan) == ("professional", "starter")
    assert at(waiting.pending.at) == ends
    assert not (await change(tenant, "platform", "professional")).HasField("pending")
    await change(tenant, "platform", "starter", when=LATER)
    assert not (await resume(tenant, "platform")).HasField("pending")
    await change(tenant, "platform", "starter", when=LATER)
    going = (await cancel(tenant, "metered")).subscription
    assert (at(going.cancel_at), going.plan) == (ends, "standard")
    assert not (await resume(tenant, "metered")).HasField("cancel_at")
    await cancel(tenant, "metered")
    cloud.clock.advance(ends - cloud.clock.now() + timedelta(seconds=1))
    assert (await comes(tenant, "metered", lambda each: each.plan == "free")).subscription.status
    smaller = (await comes(tenant, "platform", lambda each: each.plan == "starter")).subscription
    assert not smaller.HasField("pending") and smaller.catalog_number == 1


async def test_nobody_uses_the_large_plan_and_pays_the_small_one(fresh_billing: Cloud) -> None:
    """Down and up again at will would be charged by the small one, with new included amounts."""
    cloud = fresh_billing
    tenant = await cloud.tenant()
    metered = (await buy(tenant, "metered", "standard")).subscription
    await buy(tenant, "platform", "professional")
    ends = at((await details(tenant)).period_end)
    for _ in range(2):
        for cheaper in (
            (await cancel(tenant, "metered", NOW)).subscription,
            await change(tenant, "metered", "free", when=NOW),
            (await buy(tenant, "metered", "free")).subscription,
        ):
            assert (cheaper.plan, cheaper.anchor) == ("standard", metered.anchor)
        for cheaper in (
            await change(tenant, "platform", "starter", when=NOW),
            (await buy(tenant, "platform", "starter")).subscription,
        ):
            assert (cheaper.plan, cheaper.pending.plan) == ("professional", "starter")
            assert at(cheaper.pending.at) == ends
        cloud.clock.advance(timedelta(hours=1))
    cloud.clock.advance(ends - cloud.clock.now() + timedelta(seconds=1))
    free = (await comes(tenant, "metered", lambda each: each.plan == "free")).subscription
    assert at(free.anchor) == ends, "what was used under the paid plan is charged by it"


async def test_a_year_is_traded_for_a_dearer_one_at_once(fresh_billing: Cloud) -> None:
    cloud, year, month = fresh_billing, pb.BILLING_INTERVAL_YEAR, pb.BILLING_INTERVAL_MONTH
    tenant = await cloud.tenant()
    await buy(tenant, "platform", "professional", interval=year)
    ends = at((await details(tenant)).period_end)
    for cheaper in (
        await change(tenant, "platform", "starter", when=NOW),
        await change(tenant, "platform", "professional", interval=month, when=NOW),
    ):
        assert (cheaper.plan, cheaper.interval) == ("professional", year)
        assert at(cheaper.pending.at) == ends, "to a cheaper one when the year is over"
    tenant = await cloud.tenant()
    await buy(tenant, "platform", "starter", interval=year)
    cloud.clock.advance(timedelta(days=40))
    dearer = await change(tenant, "platform", "professional", when=NOW)
    assert (dearer.plan, dearer.interval) == ("professional", year)
    assert at(dearer.anchor) == cloud.clock.now(), "another year begins"
    cloud.clock.advance(timedelta(days=1))
    given = await rpc.SubscriptionServiceStub(cloud.vendor).ChangePlan(
        pb.ChangePlanRequest(tenant_id=tenant.tenant_id, plan="starter")
    )
    assert given.subscription.plan == "starter", "the vendor may"
    assert at(given.subscription.anchor) == cloud.clock.now()


async def test_what_is_cancelled_now_is_over_now(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await buy(tenant, "platform", "professional")
    first = await cancel(tenant, "platform", NOW)
    assert first.subscription.status == pb.SUBSCRIPTION_STATUS_CANCELED
    assert await cancel(tenant, "platform", NOW) == first, "once"
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await resume(tenant, "platform")
    free = await cancel(tenant, "metered", NOW)
    assert free.subscription.plan == "free" and free.epoch == first.epoch


async def test_a_bought_vision_licence_goes_on_until_it_is_cancelled(
    fresh_billing: Cloud,
) -> None:
    cloud = fresh_billing
    tenant = await cloud.tenant()
    bought = (await buy(tenant, "vision", "base", cameras=7)).subscription
    license_ = (await license_of(tenant)).license
    assert license_.cameras_allowed == 7
    assert at(license_.valid_until) == at(bought.paid_through)
    first = at(bought.paid_through)
    cloud.clock.advance(first - cloud.clock.now() - timedelta(hours=1))
    await comes(tenant, "vision", lambda each: at(each.paid_through) > first)
    assert at((await license_of(tenant)).license.valid_until) > first, "no camera feels it"
    await buy(tenant, "vision", "base", cameras=9)
    assert (await license_of(tenant)).license.cameras_allowed == 9
    last = at((await cancel(tenant, "vision")).subscription.cancel_at)
    assert last == at((await license_of(tenant)).license.valid_until)
    cloud.clock.advance(last - cloud.clock.now() + timedelta(seconds=1))
    await comes(tenant, "vision", lambda each: each.status == pb.SUBSCRIPTION_STATUS_CANCELED)
    assert at((await license_of(tenant)).license.valid_until) == last
    back = (await buy(tenant, "vision", "base")).subscription
    assert back.status == pb.SUBSCRIPTION_STATUS_ACTIVE


async def test_a_stopped_licence_is_not_bought_and_a_revoked_one_ends_the_rest(
    billing: Cloud,
) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant)
    await buy(tenant, "platform", "professional")
    licenses = license_service_pb2_grpc.LicenseServiceStub(billing.vendor)
    named = tenant.tenant_id
    await licenses.SuspendLicense(license_service_pb2.SuspendLicenseRequest(tenant_id=named))
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "LICENSE_SUSPENDED"):
        await buy(tenant, "vision", "base")
    await licenses.RevokeLicense(
        license_service_pb2.RevokeLicenseRequest(tenant_id=named, cancel_subscriptions=True)
    )
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "LICENSE_REVOKED"):
        await buy(tenant, "vision", "base")
    found = {each.family: each for each in (await details(tenant)).subscriptions}
    assert found["platform"].status == found["vision"].status == pb.SUBSCRIPTION_STATUS_CANCELED
    assert found["metered"].plan == "free"


async def test_two_orders_at_once_are_made_one_after_the_other(billing: Cloud) -> None:
    tenant = await billing.tenant()
    orders: list[Awaitable[object]] = [buy(tenant, "platform", "starter") for _ in range(6)]
    orders += [buy(tenant, "platform", "professional") for _ in range(6)]
    await asyncio.gather(*orders)
    changes = await audited(tenant, "subscription.plan_changed", "subscription.resumed")
    epoch = (await license_of(tenant)).epoch.number
    assert 1 <= len(changes) == epoch - 1
