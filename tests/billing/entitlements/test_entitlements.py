"""Features: what the camera's licence and the tenant's packs open."""

from datetime import timedelta

import grpc
import pytest
from brinkbyte.common.v1 import error_reason_pb2 as reasons
from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc as rpc
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc

from tests.billing.cloud_harness import Cloud, Tenant, refused


async def check(tenant: Tenant, camera: str, feature: str) -> pb.CheckEntitlementResponse:
    return await rpc.EntitlementServiceStub(tenant.read).CheckEntitlement(
        pb.CheckEntitlementRequest(camera_id=camera, feature=feature)
    )


async def activate(tenant: Tenant, camera: str) -> None:
    await license_service_pb2_grpc.LicenseServiceStub(tenant.admin).ValidateCamera(
        license_service_pb2.ValidateCameraRequest(camera_id=camera)
    )


async def assign(billing: Cloud, tenant: Tenant, camera: str, *packs: str) -> None:
    await license_service_pb2_grpc.LicenseServiceStub(billing.vendor).AssignCameraLicense(
        license_service_pb2.AssignCameraLicenseRequest(
            tenant_id=tenant.tenant_id, camera_id=camera, growth_packs=packs
        )
    )


@pytest.mark.parametrize(
    ("feature", "pack", "origin"),
    [
        ("person", "base", "base"),
        ("near_miss", "advanced_analytics", "camera"),
        ("webhook", "integration", "tenant"),
    ],
)
async def test_the_origin_says_what_granted_it(
    billing: Cloud, feature: str, pack: str, origin: str
) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, packs=("integration",))
    await assign(billing, tenant, "cam", "advanced_analytics")
    answer = await check(tenant, "cam", feature)
    assert answer.allowed
    assert (answer.growth_pack, answer.origin) == (pack, origin)
    assert answer.reason == reasons.ERROR_REASON_UNSPECIFIED


async def test_a_trial_grants_base_alone(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await activate(tenant, "cam")
    assert (await check(tenant, "cam", "person")).origin == "trial"
    refusal = await check(tenant, "cam", "number_plate")
    assert not refusal.allowed
    assert refusal.reason == reasons.ERROR_REASON_FEATURE_NOT_LICENSED
    assert "industry" in refusal.message


async def test_asking_takes_no_slot(billing: Cloud) -> None:
    tenant = await billing.tenant()
    refusal = await check(tenant, "never-seen", "person")
    assert refusal.reason == reasons.ERROR_REASON_CAMERA_UNLICENSED
    listed = await license_service_pb2_grpc.LicenseServiceStub(tenant.read).ListCameraLicenses(
        license_service_pb2.ListCameraLicensesRequest()
    )
    assert not listed.camera_licenses


async def test_an_unknown_feature_names_its_field(billing: Cloud) -> None:
    tenant = await billing.tenant()
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await check(tenant, "cam", "teleportation")
    assert errors[0].violations[0].field == "feature"


async def test_an_ended_licence_refuses_every_feature(fresh_billing: Cloud) -> None:
    tenant = await fresh_billing.tenant()
    await activate(tenant, "cam")
    fresh_billing.clock.advance(timedelta(days=90))
    refusal = await check(tenant, "cam", "person")
    assert refusal.reason == reasons.ERROR_REASON_LICENSE_EXPIRED


async def test_a_cached_answer_does_not_outlive_the_licence(fresh_billing: Cloud) -> None:
    tenant = await fresh_billing.tenant()
    await activate(tenant, "cam")
    fresh_billing.clock.advance(timedelta(days=90) - timedelta(minutes=1))
    answer = await check(tenant, "cam", "person")
    left = answer.cached_until.ToDatetime() - fresh_billing.clock.now().replace(tzinfo=None)
    assert left == timedelta(minutes=1)


async def test_all_33_features_are_listed_by_name(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, packs=("intelligence",))
    await assign(billing, tenant, "cam", "active_transport")
    listed = await rpc.EntitlementServiceStub(tenant.read).ListEntitlements(
        pb.ListEntitlementsRequest(camera_id="cam")
    )
    names = [each.feature for each in listed.entitlements]
    assert len(names) == 33
    assert names == sorted(names)
    allowed = {each.growth_pack for each in listed.entitlements if each.allowed}
    assert allowed == {"base", "active_transport", "intelligence"}


async def test_a_camera_that_was_never_validated_is_told_so(billing: Cloud) -> None:
    """Slots are free: nothing may claim that they are taken."""
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=5)
    answer = await check(tenant, "unseen", "person")
    assert not answer.allowed
    assert answer.reason == reasons.ERROR_REASON_CAMERA_UNLICENSED
    assert "Validate it" in answer.message
