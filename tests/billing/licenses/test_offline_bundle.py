"""A device that will never reach the cloud gets its rights as one signed file."""

from datetime import timedelta
from uuid import uuid4

import grpc
from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.license.v1 import license_service_pb2_grpc as rpc

from rights.bundles import OfflineBundle, open_bundle
from rights.claims import LicenseClaims
from rights.grace import GraceStep
from rights.tokens import verify
from tests.billing.cloud_harness import ISSUER, Cloud, Device, Tenant, refused
from tests.billing.licenses.test_tokens import published


async def export(
    channel: grpc.aio.Channel, device_id: str, *cameras: str, tenant_id: str = ""
) -> pb.ExportOfflineBundleResponse:
    return await rpc.LicenseServiceStub(channel).ExportOfflineBundle(
        pb.ExportOfflineBundleRequest(device_id=device_id, camera_ids=cameras, tenant_id=tenant_id)
    )


async def opened(billing: Cloud, device: Device, text: str) -> tuple[OfflineBundle, LicenseClaims]:
    """As the device reads it."""
    keys = await published(billing)
    bundle = open_bundle(text, keys, issuer=ISSUER, device_thumbprint=device.thumbprint)
    claims = verify(
        bundle.device_token,
        bundle.keys,
        now=billing.clock.now(),
        audience="brinkbyte-edge",
        issuer=ISSUER,
        device_thumbprint=device.thumbprint,
    )
    return bundle, claims


async def licensed(billing: Cloud, cameras: int = 10) -> tuple[Tenant, Device]:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=cameras)
    return tenant, await billing.device(tenant)


async def test_a_bundle_holds_all_that_the_device_needs(billing: Cloud) -> None:
    tenant, device = await licensed(billing, cameras=2)
    answer = await export(tenant.admin, device.device_id, "b", "a", "one-too-many")
    assert [each.validation.is_valid for each in answer.validations] == [True, True, False]
    bundle, claims = await opened(billing, device, answer.bundle)
    assert (bundle.device_id, bundle.customer_id) == (device.device_id, tenant.tenant_id)
    assert bundle.keys.kids == (await published(billing)).kids
    assert claims.bundle is not None
    assert [each.camera_id for each in claims.bundle.cameras] == ["a", "b"]
    assert claims.bundle.epoch == bundle.epoch
    assert answer.expires_at.ToDatetime(claims.expires_at.tzinfo) == claims.expires_at
    assert [rung.step for rung in claims.grace_ladder] == [
        GraceStep.WARN,
        GraceStep.FEWER_FRAMES,
        GraceStep.DROP_PACKS,
    ]


async def test_without_names_it_is_over_the_devices_own_cameras(billing: Cloud) -> None:
    tenant, device = await licensed(billing)
    other = await billing.device(tenant)
    for each, camera in ((device, "mine"), (other, "theirs")):
        await rpc.LicenseServiceStub(each.channel).BatchValidateCameras(
            pb.BatchValidateCamerasRequest(camera_ids=[camera])
        )
    by_vendor = await export(billing.vendor, device.device_id, tenant_id=tenant.tenant_id)
    _, claims = await opened(billing, device, by_vendor.bundle)
    assert claims.bundle is not None
    assert [each.camera_id for each in claims.bundle.cameras] == ["mine"]


async def test_who_may_not_have_one(billing: Cloud) -> None:
    tenant, device = await licensed(billing)
    stranger, _ = await licensed(billing)
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await export(tenant.admin, device.device_id)
    assert errors[0].violations[0].field == "camera_ids"
    async with refused(grpc.StatusCode.NOT_FOUND):
        await export(stranger.admin, device.device_id, "cam")
    async with refused(grpc.StatusCode.NOT_FOUND):
        await export(tenant.admin, str(uuid4()), "cam")
    await device_service_pb2_grpc.DeviceServiceStub(tenant.admin).RetireDevice(
        device_service_pb2.RetireDeviceRequest(device_id=device.device_id)
    )
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await export(tenant.admin, device.device_id, "cam")


async def test_nothing_is_signed_once_licence_and_grace_are_over(fresh_billing: Cloud) -> None:
    billing = fresh_billing
    tenant, device = await licensed(billing)
    await export(tenant.admin, device.device_id, "cam")
    billing.clock.advance(timedelta(days=61))
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "LICENSE_EXPIRED"):
        await export(tenant.admin, device.device_id, "cam")
