"""What the vendor gives or takes beside a plan, and what many are told of it at once."""

from datetime import timedelta

import grpc
import pytest
from brinkbyte.common.v1 import error_reason_pb2 as reasons
from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc as rpc
from brinkbyte.entitlement.v1 import override_service_pb2 as overrides
from brinkbyte.entitlement.v1 import override_service_pb2_grpc as override_rpc
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc

from tests.billing.cloud_harness import Cloud, Tenant, refused

Override = overrides.SetOverrideRequest


async def set_override(cloud: Cloud, tenant: Tenant, request: Override) -> overrides.Override:
    request.tenant_id = tenant.tenant_id
    request.reason = request.reason or "pilot"
    made = await override_rpc.OverrideServiceStub(cloud.vendor).SetOverride(request)
    return made.override


def feature(name: str, camera: str = "", *, allowed: bool = True) -> Override:
    about = overrides.FeatureOverride(feature=name, camera_id=camera, allowed=allowed)
    return Override(feature=about)


def priced(kind: int, family: str, name: str, currency: str, price: str) -> Override:
    prices = [overrides.CurrencyPrice(currency=currency, price=price)]
    return Override(
        price=overrides.PriceOverride(kind=kind, family=family, name=name, prices=prices)
    )


async def check(tenant: Tenant, name: str, camera: str = "") -> pb.CheckEntitlementResponse:
    return await rpc.EntitlementServiceStub(tenant.read).CheckEntitlement(
        pb.CheckEntitlementRequest(camera_id=camera, feature=name)
    )


async def check_many(
    tenant: Tenant, *cameras: str, features: tuple[str, ...] = ()
) -> pb.CheckEntitlementsResponse:
    return await rpc.EntitlementServiceStub(tenant.read).CheckEntitlements(
        pb.CheckEntitlementsRequest(camera_ids=cameras, features=features)
    )


async def licensed(cloud: Cloud, *cameras: str) -> Tenant:
    tenant = await cloud.tenant()
    await cloud.issue_license(tenant, packs=("integration",))
    for camera in cameras:
        await license_service_pb2_grpc.LicenseServiceStub(tenant.admin).ValidateCamera(
            license_service_pb2.ValidateCameraRequest(camera_id=camera)
        )
    return tenant


async def test_a_feature_is_given_and_taken_at_once(billing: Cloud) -> None:
    tenant = await licensed(billing, "cam", "other")
    assert not (await check(tenant, "bicycle", "cam")).allowed
    await set_override(billing, tenant, feature("bicycle"))
    given = await check(tenant, "bicycle", "cam")
    assert (given.allowed, given.origin) == (True, "override")
    taken = await set_override(billing, tenant, feature("bicycle", "cam", allowed=False))
    refusal = await check(tenant, "bicycle", "cam")
    assert (refusal.allowed, refusal.reason) == (False, reasons.ERROR_REASON_FEATURE_WITHDRAWN)
    assert "pilot" in refusal.message
    assert (await check(tenant, "bicycle", "other")).allowed
    stub = override_rpc.OverrideServiceStub(billing.vendor)
    gone = overrides.RemoveOverrideRequest(
        tenant_id=tenant.tenant_id, override_id=taken.override_id
    )
    assert (await stub.RemoveOverride(gone)).removed
    assert (await check(tenant, "bicycle", "cam")).allowed
    assert not (await stub.RemoveOverride(gone)).removed


async def test_the_explanation_walks_the_same_rules(billing: Cloud) -> None:
    tenant = await licensed(billing, "cam")
    await set_override(billing, tenant, feature("person", allowed=False))
    told = await license_service_pb2_grpc.LicenseServiceStub(tenant.read).ExplainDecision(
        license_service_pb2.ExplainDecisionRequest(camera_id="cam", feature="person")
    )
    refusal = await check(tenant, "person", "cam")
    assert told.steps[-1].reason == refusal.reason == reasons.ERROR_REASON_FEATURE_WITHDRAWN
    assert told.message == refusal.message


async def test_an_override_ends_by_itself(fresh_billing: Cloud) -> None:
    tenant = await licensed(fresh_billing, "cam")
    request = feature("bicycle")
    request.expires_at.FromDatetime(fresh_billing.clock.now() + timedelta(minutes=1))
    await set_override(fresh_billing, tenant, request)
    answer = await check(tenant, "bicycle", "cam")
    assert answer.allowed
    assert answer.cached_until == request.expires_at
    fresh_billing.clock.advance(timedelta(minutes=1))
    assert not (await check(tenant, "bicycle", "cam")).allowed
    listed = await override_rpc.OverrideServiceStub(tenant.read).ListOverrides(
        overrides.ListOverridesRequest()
    )
    assert [each.expired for each in listed.overrides] == [True]
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await set_override(fresh_billing, tenant, request)
    assert errors[0].violations[0].field == "expires_at"


async def test_one_about_the_same_thing_takes_the_place_of_the_former(billing: Cloud) -> None:
    tenant = await licensed(billing)
    for amount in ("500", "700"):
        await set_override(
            billing,
            tenant,
            Override(quota=overrides.QuotaOverride(metric="sms", included=amount)),
        )
    price = overrides.PriceOverride(
        kind=overrides.PRICED_KIND_ITEM,
        family="vision",
        name="base_camera",
        prices=[overrides.CurrencyPrice(currency="USD", price="45.5")],
    )
    await set_override(billing, tenant, Override(price=price))
    listed = await override_rpc.OverrideServiceStub(tenant.read).ListOverrides(
        overrides.ListOverridesRequest()
    )
    told = {each.WhichOneof("about"): each for each in listed.overrides}
    assert len(listed.overrides) == 2
    assert told["quota"].quota.included == "700"
    assert told["price"].price == price


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (Override(), "feature"),
        (feature("teleport"), "feature.feature"),
        (Override(quota={"metric": "wishes", "included": "1"}), "quota.metric"),
        (Override(quota={"metric": "sms", "included": "-1"}), "quota.included"),
        (Override(quota={"metric": "sms"}), "quota.included"),
        (Override(quota={"metric": "sms", "ceiling": "5"}), "quota.ceiling"),
        (priced(1, "", "wishes", "USD", "1"), "price.name"),
        (priced(1, "", "sms", "USD", "-1"), "price.prices[0].price"),
        (priced(1, "", "sms", "XXX", "1"), "price.prices"),
        (priced(1, "vision", "sms", "USD", "1"), "price.family"),
        (priced(2, "wishes", "sms", "USD", "1"), "price.family"),
        (priced(3, "", "starter", "USD", "1"), "price.family"),
    ],
)
async def test_what_is_wrong_is_named(billing: Cloud, request_: Override, field: str) -> None:
    tenant = await licensed(billing)
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await set_override(billing, tenant, request_)
    assert errors[0].violations[0].field == field


async def test_a_camera_that_another_device_took_is_refused_at_once(billing: Cloud) -> None:
    """Binding raises no epoch, so an answer that it would change is not kept."""
    tenant = await licensed(billing, "cam")
    first, second = await billing.device(tenant), await billing.device(tenant)
    asked = pb.CheckEntitlementRequest(camera_id="cam", feature="person")
    stub = rpc.EntitlementServiceStub(first.channel)
    assert (await stub.CheckEntitlement(asked)).allowed
    await license_service_pb2_grpc.LicenseServiceStub(second.channel).ValidateCamera(
        license_service_pb2.ValidateCameraRequest(camera_id="cam")
    )
    refusal = await stub.CheckEntitlement(asked)
    assert refusal.reason == reasons.ERROR_REASON_CAMERA_HELD_ELSEWHERE


async def test_the_tenant_itself_has_what_was_sold_to_it_as_a_whole(billing: Cloud) -> None:
    tenant = await licensed(billing, "cam")
    origins = {name: (await check(tenant, name)).origin for name in ("person", "webhook")}
    assert origins == {"person": "base", "webhook": "tenant"}
    assert not (await check(tenant, "near_miss")).allowed
    trial = await billing.tenant()
    assert (await check(trial, "person")).origin == "trial"


async def test_cameras_with_the_same_answers_come_as_one_group(billing: Cloud) -> None:
    tenant = await licensed(billing, "a", "b", "c")
    await license_service_pb2_grpc.LicenseServiceStub(billing.vendor).AssignCameraLicense(
        license_service_pb2.AssignCameraLicenseRequest(
            tenant_id=tenant.tenant_id, camera_id="b", growth_packs=["industry"]
        )
    )
    found = await check_many(tenant, "a", "b", "c", "unseen")
    assert [list(group.camera_ids) for group in found.groups] == [["a", "c"], ["b"], ["unseen"]]
    assert {len(group.entitlements) for group in found.groups} == {33}
    for group in found.groups:
        for told in group.entitlements:
            single = await check(tenant, told.feature, group.camera_ids[0])
            assert (told.allowed, told.reason, told.message, told.origin) == (
                single.allowed,
                single.reason,
                single.message,
                single.origin,
            )
    await set_override(billing, tenant, feature("snapshot", "c", allowed=False))
    apart = await check_many(tenant, "a", "c", features=("snapshot", "person"))
    assert [list(group.camera_ids) for group in apart.groups] == [["a"], ["c"]]
    assert [each.feature for each in apart.groups[0].entitlements] == ["snapshot", "person"]
    itself = await check_many(tenant)
    assert [list(group.camera_ids) for group in itself.groups] == [[]]


async def test_a_batch_names_what_is_wrong(billing: Cloud) -> None:
    tenant = await licensed(billing)
    for cameras, features, field in (
        (("a", "b", "a"), (), "camera_ids[2]"),
        (("a",), ("person", "teleport"), "features[1]"),
    ):
        async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
            await check_many(tenant, *cameras, features=features)
        assert errors[0].violations[0].field == field
