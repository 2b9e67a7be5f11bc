"""Signed licences: bound to the device, ending in time, verifiable by anyone with the keys."""

import json
from datetime import UTC, timedelta

import grpc
import pytest
from brinkbyte.common.v1 import error_reason_pb2 as reasons
from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.license.v1 import license_service_pb2_grpc as rpc

from rights.claims import LicenseClaims
from rights.errors import TokenInvalid
from rights.keys import KeySet
from rights.licenses import LicenseMode, LicenseStatus
from rights.tokens import verify
from tests.billing.cloud_harness import ISSUER, Cloud, Device, Tenant, refused


async def published(billing: Cloud) -> KeySet:
    stub = rpc.LicenseServiceStub(billing.anonymous)
    keys = await stub.GetPublicKeys(pb.GetPublicKeysRequest())
    return KeySet.from_jwks(json.loads(keys.jwks))


async def batch(device: Device, *cameras: str) -> pb.BatchValidateCamerasResponse:
    return await rpc.LicenseServiceStub(device.channel).BatchValidateCameras(
        pb.BatchValidateCamerasRequest(camera_ids=cameras)
    )


async def read_bundle(billing: Cloud, token: str, thumbprint: str) -> LicenseClaims:
    return verify(
        token,
        await published(billing),
        now=billing.clock.now(),
        audience="brinkbyte-edge",
        issuer=ISSUER,
        device_thumbprint=thumbprint,
    )


async def test_a_devices_token_is_bound_to_its_key_and_lists_its_cameras(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=2, packs=("intelligence",))
    device, other = await billing.device(tenant), await billing.device(tenant)
    answer = await batch(device, "b", "a", "refused")
    claims = await read_bundle(billing, answer.device_token, device.thumbprint)
    assert claims.bundle is not None
    assert claims.bundle.device_id == device.device_id
    assert [each.camera_id for each in claims.bundle.cameras] == ["a", "b"]
    assert {each.mode for each in claims.bundle.cameras} == {LicenseMode.BASE}
    assert claims.bundle.cameras[0].growth_packs == {"intelligence"}
    assert claims.bundle.epoch.number == answer.epoch.number
    assert claims.customer_id == tenant.tenant_id
    assert claims.offline_grace_days == 30
    with pytest.raises(TokenInvalid):
        await read_bundle(billing, answer.device_token, other.thumbprint)


async def test_a_token_ends_with_the_paid_time_and_its_grace_or_after_a_year(
    fresh_billing: Cloud,
) -> None:
    billing = fresh_billing
    tenant = await billing.tenant()
    device = await billing.device(tenant)
    trial = await read_bundle(billing, (await batch(device, "a")).device_token, device.thumbprint)
    now = billing.clock.now().replace(microsecond=0)
    assert trial.expires_at - now == timedelta(days=93)
    assert trial.offline_grace_days == 3
    for valid_for, expected in ((30, 60), (400, 365)):
        await billing.issue_license(tenant, valid_for=timedelta(days=valid_for))
        billing.clock.advance(timedelta(seconds=1))
        answer = await batch(device, "a")
        claims = await read_bundle(billing, answer.device_token, device.thumbprint)
        left = claims.expires_at - claims.issued_at
        assert abs(left - timedelta(days=expected)) <= timedelta(seconds=2)


async def ended(billing: Cloud, tenant: Tenant, ago: timedelta) -> None:
    async with billing.superuser() as connection:
        await connection.execute(
            "update licenses set valid_until = $2 where tenant_id = $1",
            tenant.uuid,
            billing.clock.now() - ago,
        )


async def test_nothing_is_signed_after_the_grace(billing: Cloud) -> None:
    tenant = await billing.tenant()
    device = await billing.device(tenant)
    await batch(device, "a")
    stub = rpc.LicenseServiceStub(tenant.admin)
    await ended(billing, tenant, timedelta(days=2))
    in_grace = await batch(device, "a")
    assert not in_grace.validations[0].validation.is_valid
    assert in_grace.device_token
    await stub.GetLicenseToken(pb.GetLicenseTokenRequest())
    await ended(billing, tenant, timedelta(days=3))
    assert (await batch(device, "a")).device_token == ""
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "LICENSE_EXPIRED"):
        await stub.GetLicenseToken(pb.GetLicenseTokenRequest())


async def test_a_tenants_token_carries_what_instances_read_and_starts_no_camera(
    billing: Cloud,
) -> None:
    tenant = await billing.tenant("Acme Corp")
    stub = rpc.LicenseServiceStub(tenant.read)
    signed = await stub.GetLicenseToken(pb.GetLicenseTokenRequest())
    verdict = await stub.VerifyToken(pb.VerifyTokenRequest(license=signed.license))
    assert verdict.valid
    claims = json.loads(verdict.claims)
    assert claims["customerId"] == tenant.tenant_id
    assert claims["customerName"] == "Acme Corp"
    assert claims["plan"] == "trial"
    assert claims["features"]["maxDevices"] == 10
    assert claims["limits"] == {"maxUsers": 2, "maxAlertRules": 10, "maxDashboards": 3}
    assert claims["growthPacks"] == ["base"]
    assert claims["camerasAllowed"] == 2
    assert claims["subscription"]["status"] == "trialing"
    assert claims["exp"] == claims["expiresAt"] == signed.expires_at.seconds
    assert "cnf" not in claims
    assert "cameras" not in claims


async def test_a_bad_token_is_an_answer(fresh_billing: Cloud) -> None:
    billing = fresh_billing
    tenant = await billing.tenant()
    stub = rpc.LicenseServiceStub(tenant.read)
    good = (await stub.GetLicenseToken(pb.GetLicenseTokenRequest())).license
    head, body, signature = good.split(".")
    flipped = signature[:-5] + ("A" if signature[-5] != "A" else "B") + signature[-4:]
    for bad in ("x", f"{head}.{body}.{flipped}", f"{head}.{body}."):
        verdict = await stub.VerifyToken(pb.VerifyTokenRequest(license=bad))
        assert not verdict.valid
        assert verdict.reason == reasons.ERROR_REASON_TOKEN_INVALID
        assert verdict.claims == ""
    billing.clock.advance(timedelta(days=400))
    verdict = await stub.VerifyToken(pb.VerifyTokenRequest(license=good))
    assert verdict.reason == reasons.ERROR_REASON_LICENSE_EXPIRED


async def test_a_batch_whose_token_no_verifier_would_take_says_so(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=1000)
    device = await billing.device(tenant)
    cameras = [f"{number:04}-" + "x" * 250 for number in range(1000)]
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await batch(device, *cameras)
    assert errors[0].violations[0].field == "camera_ids"


async def test_public_keys_come_as_pem_and_jwk(billing: Cloud) -> None:
    stub = rpc.LicenseServiceStub(billing.anonymous)
    keys = await stub.GetPublicKeys(pb.GetPublicKeysRequest())
    jwk = json.loads(keys.jwks)["keys"][0]
    assert (jwk["kid"], jwk["n"], jwk["e"]) == (keys.keys[0].kid, keys.keys[0].n, keys.keys[0].e)
    assert keys.keys[0].public_key_pem.startswith("-----BEGIN PUBLIC KEY-----")
    assert "d" not in jwk


async def test_a_suspended_tenant_gets_no_token_and_its_cameras_say_so(billing: Cloud) -> None:
    tenant = await billing.tenant()
    device = await billing.device(tenant)
    await batch(device, "a")
    async with billing.superuser() as connection:
        await connection.execute(
            "update licenses set status = 'suspended' where tenant_id = $1", tenant.uuid
        )
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "LICENSE_SUSPENDED"):
        await rpc.LicenseServiceStub(tenant.admin).GetLicenseToken(pb.GetLicenseTokenRequest())
    token = (await batch(device, "a")).device_token
    claims = await read_bundle(billing, token, device.thumbprint)
    assert claims.bundle is not None
    assert {each.status for each in claims.bundle.cameras} == {LicenseStatus.SUSPENDED}


async def test_a_licence_until_the_end_of_time_is_signed(billing: Cloud) -> None:
    tenant = await billing.tenant()
    request = pb.IssueLicenseRequest(
        tenant_id=tenant.tenant_id, license_mode=pb.LICENSE_MODE_BASE, cameras_allowed=1
    )
    request.valid_until.FromJsonString("9999-12-31T23:59:59Z")
    await rpc.LicenseServiceStub(billing.vendor).IssueLicense(request)
    signed = await rpc.LicenseServiceStub(tenant.admin).GetLicenseToken(pb.GetLicenseTokenRequest())
    left = signed.expires_at.ToDatetime(UTC) - billing.clock.now()
    assert timedelta(days=364) < left <= timedelta(days=365)
