"""Which plan a tenant holds decides what it may have, and a change can be looked at before."""

import base64
import json

import grpc
import pytest
from brinkbyte.catalog.v1 import catalog_service_pb2, catalog_service_pb2_grpc
from brinkbyte.entitlement.v1 import override_service_pb2 as overrides
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc
from brinkbyte.subscription.v1 import subscription_service_pb2 as pb
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc as rpc
from brinkbyte.user.v1 import user_service_pb2, user_service_pb2_grpc

from tests.billing.cloud_harness import Cloud, Tenant, refused
from tests.billing.entitlements.test_overrides import check, feature, set_override
from tests.billing.invoices.test_preview import assign, lines, preview, use


async def change(cloud: Cloud, tenant: Tenant, family: str, plan: str) -> pb.ChangePlanResponse:
    return await rpc.SubscriptionServiceStub(cloud.vendor).ChangePlan(
        pb.ChangePlanRequest(tenant_id=tenant.tenant_id, family=family, plan=plan)
    )


async def held(tenant: Tenant) -> dict[str, pb.Subscription]:
    listed = await rpc.SubscriptionServiceStub(tenant.read).ListSubscriptions(
        pb.ListSubscriptionsRequest()
    )
    return {each.family: each for each in listed.subscriptions}


async def previewed(
    tenant: Tenant, family: str, plan: str, **more: object
) -> pb.PreviewPlanChangeResponse:
    return await rpc.SubscriptionServiceStub(tenant.read).PreviewPlanChange(
        pb.PreviewPlanChangeRequest(family=family, plan=plan, **more)  # type: ignore[arg-type]
    )


async def apply(cloud: Cloud, *changes: tuple[str, str]) -> int:
    """Makes the first catalogue live with these texts replaced; returns its number."""
    stub = catalog_service_pb2_grpc.CatalogServiceStub(cloud.vendor)
    live = await stub.GetCatalogDocument(catalog_service_pb2.GetCatalogDocumentRequest(number=1))
    document = live.document
    for old, new in changes:
        assert old in document
        document = document.replace(old, new)
    done = await stub.ApplyCatalog(
        catalog_service_pb2.ApplyCatalogRequest(document=document, expected_number=1)
    )
    return done.live.number


async def claims(tenant: Tenant) -> dict[str, object]:
    answer = await license_service_pb2_grpc.LicenseServiceStub(tenant.admin).GetLicenseToken(
        license_service_pb2.GetLicenseTokenRequest()
    )
    payload = answer.license.split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return found


async def test_a_new_tenant_holds_trials_and_the_free_plan(billing: Cloud) -> None:
    tenant = await billing.tenant()
    found = await held(tenant)
    assert {family: each.plan for family, each in found.items()} == {
        "metered": "free",
        "platform": "trial",
        "vision": "trial",
    }
    days = found["platform"].trial_ends_at.ToDatetime() - found["platform"].anchor.ToDatetime()
    assert days.days == 14
    await billing.issue_license(tenant)
    vision = (await held(tenant))["vision"]
    assert (vision.plan, vision.status) == ("base", pb.SUBSCRIPTION_STATUS_ACTIVE)


async def test_a_plan_change_is_told_and_made_once(billing: Cloud) -> None:
    tenant = await billing.tenant()
    before = await change(billing, tenant, "platform", "trial")
    changed = await change(billing, tenant, "platform", "professional")
    assert changed.epoch.number == before.epoch.number + 1
    assert changed.subscription.status == pb.SUBSCRIPTION_STATUS_ACTIVE
    assert not changed.subscription.HasField("trial_ends_at")
    assert await change(billing, tenant, "platform", "professional") == changed
    token = await claims(tenant)
    assert (token["plan"], token["limits"]) == (
        "professional",
        {"maxUsers": 10, "maxAlertRules": 100, "maxDashboards": 20},
    )
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await change(billing, tenant, "platform", "trial")


@pytest.mark.parametrize(
    ("family", "plan", "field"),
    [
        ("wishes", "starter", "family"),
        ("platform", "wishes", "plan"),
        ("vision", "base", "family"),
    ],
)
async def test_what_is_wrong_is_named(billing: Cloud, family: str, plan: str, field: str) -> None:
    tenant = await billing.tenant()
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await change(billing, tenant, family, plan)
    assert errors[0].violations[0].field == field


async def test_seats_are_those_of_the_plan(billing: Cloud) -> None:
    tenant = await billing.tenant()
    stub = user_service_pb2_grpc.UserServiceStub(tenant.admin)

    async def invite(name: str) -> None:
        await stub.InviteUser(
            user_service_pb2.InviteUserRequest(
                email=f"{name}@example.test", role=user_service_pb2.USER_ROLE_TENANT_READ
            )
        )

    for name in ("a", "b"):
        await invite(name)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "SEAT_LIMIT_REACHED"):
        await invite("c")
    await change(billing, tenant, "platform", "starter")
    await invite("c")
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "SEAT_LIMIT_REACHED"):
        await invite("d")
    smaller = await previewed(tenant, "platform", "trial")
    users = next(each for each in smaller.limits if each.name == "users")
    assert (users.before, users.after, users.in_use, users.exceeded) == ("3", "2", 3, True)
    larger = await previewed(tenant, "platform", "enterprise")
    assert not any(each.exceeded for each in larger.limits)
    assert {each.name: each.after for each in larger.limits}["devices"] == "unlimited"


async def test_a_preview_shows_what_would_be_won_lost_and_paid(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, packs=("integration",))
    await assign(billing, tenant, "cam")
    await change(billing, tenant, "metered", "standard")
    await use(tenant, billing.clock.now(), ("sms", "150"))
    await set_override(billing, tenant, feature("webhook", allowed=False))
    before = await preview(tenant.read)
    found = await previewed(
        tenant,
        "metered",
        "free",
        add_growth_packs=["intelligence"],
        remove_growth_packs=["integration"],
        cameras=3,
    )
    assert len(found.features_won) == 4
    assert set(found.features_lost) == {"mqtt", "vms_export"}, "webhook was taken before"
    sms = next(each for each in found.quotas if each.metric == "sms")
    assert (sms.included_before, sms.included_after, sms.used) == ("100", "0", "150")
    assert sms.exceeded
    assert [line.name for line in found.invoice_before.lines] == list(lines(before))
    assert {line.name: line.amount.minor_units for line in found.invoice_before.lines} == {
        "sms": 250,
        "metered_standard": 9900,
        "base_camera": 6000,
        "integration": 10000,
    }, "as if all was held for the whole period"
    assert found.invoice_before.subtotal.minor_units == 26150
    after = {each.name: each.amount.minor_units for each in found.invoice_after.lines}
    assert after == {"sms": 0, "base_camera": 18000, "intelligence": 40000}
    assert await preview(tenant.read) == before, "nothing was changed"
    assert (await held(tenant))["metered"].plan == "standard"
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await previewed(tenant, "metered", "free", remove_growth_packs=["intelligence"])
    assert errors[0].violations[0].field == "remove_growth_packs[0]"


async def test_an_invoice_follows_the_plan_and_the_tenants_own_prices(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant)
    await assign(billing, tenant, "cam")
    await change(billing, tenant, "metered", "standard")
    await change(billing, tenant, "platform", "enterprise")
    await use(tenant, billing.clock.now(), ("sms", "110"))
    assert lines(await preview(tenant.read)) == {
        "sms": ("110", "0.05", 50),
        "metered_standard": ("1", "99", 9900),
        "base_camera": ("1", "60", 6000),
    }
    for kind, family, name, price in (
        (overrides.PRICED_KIND_METRIC, "", "sms", "0.01"),
        (overrides.PRICED_KIND_ITEM, "vision", "base_camera", "45"),
        (overrides.PRICED_KIND_PLAN, "platform", "enterprise", "500"),
    ):
        amount = [overrides.CurrencyPrice(currency="USD", price=price)]
        own = overrides.PriceOverride(kind=kind, family=family, name=name, prices=amount)
        await set_override(billing, tenant, overrides.SetOverrideRequest(price=own))
    quota = overrides.QuotaOverride(metric="sms", included="105")
    await set_override(billing, tenant, overrides.SetOverrideRequest(quota=quota))
    assert lines(await preview(tenant.read)) == {
        "sms": ("110", "0.01", 5),
        "metered_standard": ("1", "99", 9900),
        "platform_enterprise": ("1", "500", 50000),
        "base_camera": ("1", "45", 4500),
    }


async def test_a_subscription_holds_what_it_bought_until_it_is_moved(fresh_billing: Cloud) -> None:
    cloud = fresh_billing
    tenant, later = await cloud.tenant(), await cloud.tenant()
    for each in (tenant, later):
        await cloud.issue_license(each)
        await assign(cloud, each, "cam")
    bought = await change(cloud, tenant, "metered", "standard")
    assert bought.subscription.catalog_number == 1
    await use(tenant, cloud.clock.now(), ("sms", "110"))
    before = lines(await preview(tenant.read))
    number = await apply(
        cloud,
        ('prices: {USD: "99"}\n        soft_cap', 'prices: {USD: "120"}\n        soft_cap'),
        ('sms: {included: "100", cap: soft', 'sms: {included: "50", cap: soft'),
        ('pack: base, prices: {USD: "60"}', 'pack: base, prices: {USD: "70"}'),
        ("snapshot: output", "snapshot: output\n      heat_map: analytic"),
    )
    assert lines(await preview(tenant.read)) == before
    answer = await check(tenant, "heat_map", "cam")
    assert answer.allowed, "what was not sold then comes with what is live"
    await change(cloud, later, "metered", "standard")
    assert lines(await preview(later.read))["metered_standard"] == ("1", "120", 12000)
    looked = await previewed(tenant, "metered", "standard")
    sms = next(each for each in looked.quotas if each.metric == "sms")
    assert (sms.included_before, sms.included_after) == ("100", "50")
    stub = rpc.SubscriptionServiceStub(cloud.vendor)
    for family in ("metered", "vision", "platform"):
        moved = await stub.MoveSubscription(
            pb.MoveSubscriptionRequest(tenant_id=tenant.tenant_id, family=family)
        )
        pinned = number if family != "platform" else 0
        assert moved.subscription.catalog_number == pinned, family
        again = await stub.MoveSubscription(
            pb.MoveSubscriptionRequest(tenant_id=tenant.tenant_id, family=family)
        )
        assert again.epoch == moved.epoch
    assert lines(await preview(tenant.read)) == {
        "sms": ("110", "0.05", 300),
        "metered_standard": ("1", "120", 12000),
        "base_camera": ("1", "70", 7000),
    }
