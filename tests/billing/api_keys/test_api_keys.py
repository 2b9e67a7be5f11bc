"""API keys: shown once, listed by what may be seen, rotated with an overlap, ended in time."""

from datetime import timedelta
from uuid import uuid4

import grpc
import pytest
from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2, heartbeat_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc
from brinkbyte.stats.v1 import stats_service_pb2, stats_service_pb2_grpc
from brinkbyte.tenant.v1 import tenant_service_pb2 as pb
from brinkbyte.tenant.v1 import tenant_service_pb2_grpc as rpc
from brinkbyte.usage.v1 import usage_service_pb2, usage_service_pb2_grpc
from google.protobuf.timestamp_pb2 import Timestamp

from tests.billing.cloud_harness import Cloud, Device, Tenant, refused

SECOND = timedelta(seconds=1)
READ, ADMIN = pb.API_KEY_ROLE_TENANT_READ, pb.API_KEY_ROLE_TENANT_ADMIN


async def works(cloud: Cloud, api_key: str) -> None:
    stub = stats_service_pb2_grpc.StatsServiceStub(cloud.with_key(api_key))
    await stub.GetStats(stats_service_pb2.GetStatsRequest())


async def make(tenant: Tenant, **fields: object) -> pb.CreateApiKeyResponse:
    request = pb.CreateApiKeyRequest(tenant_id=tenant.tenant_id, **{"role": READ} | fields)
    return await rpc.TenantServiceStub(tenant.admin).CreateApiKey(request)


async def listed(tenant: Tenant) -> dict[str, pb.ApiKey]:
    request = pb.ListApiKeysRequest(tenant_id=tenant.tenant_id)
    found = await rpc.TenantServiceStub(tenant.admin).ListApiKeys(request)
    return {key.key_id: key for key in found.keys}


async def rotate(tenant: Tenant, key_id: str, overlap: int = 0) -> pb.RotateApiKeyResponse:
    return await rpc.TenantServiceStub(tenant.admin).RotateApiKey(
        pb.RotateApiKeyRequest(tenant_id=tenant.tenant_id, key_id=key_id, overlap_seconds=overlap)
    )


async def test_a_list_shows_enough_to_recognise_a_key_and_never_the_key(
    fresh_billing: Cloud,
) -> None:
    tenant = await fresh_billing.tenant()
    fresh_billing.clock.advance(SECOND)
    key = await make(tenant, display_name="dashboard")
    shown = (await listed(tenant))[key.key_id]
    assert (shown.prefix, shown.role, shown.display_name) == (key.api_key[:12], READ, "dashboard")
    assert not shown.HasField("last_used_at")
    assert not shown.HasField("expires_at")
    assert key.api_key not in str(await listed(tenant))
    await works(fresh_billing, key.api_key)
    used = (await listed(tenant))[key.key_id].last_used_at
    assert abs(used.seconds - fresh_billing.clock.now().timestamp()) <= 60


async def test_keys_come_in_pages(fresh_billing: Cloud) -> None:
    tenant = await fresh_billing.tenant()
    for _ in range(3):
        fresh_billing.clock.advance(SECOND)
        await make(tenant)
    stub, token, seen = rpc.TenantServiceStub(tenant.admin), "", list[str]()
    for _ in range(3):
        page = await stub.ListApiKeys(
            pb.ListApiKeysRequest(tenant_id=tenant.tenant_id, page_size=2, page_token=token)
        )
        seen += [key.key_id for key in page.keys]
        token = page.next_page_token
        if not token:
            break
    assert len(seen) == len(set(seen)) == 5


async def test_a_rotated_key_works_through_its_overlap_and_no_longer(fresh_billing: Cloud) -> None:
    tenant = await fresh_billing.tenant()
    old = await make(tenant, display_name="ci")
    new = await rotate(tenant, old.key_id, overlap=600)
    await works(fresh_billing, old.api_key)
    await works(fresh_billing, new.api_key)
    keys = await listed(tenant)
    assert keys[old.key_id].replaced_by == new.key_id
    assert (keys[new.key_id].role, keys[new.key_id].display_name) == (READ, "ci")
    fresh_billing.clock.advance(timedelta(seconds=600))
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
        await works(fresh_billing, old.api_key)
    await works(fresh_billing, new.api_key)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await rotate(tenant, old.key_id)


async def test_without_an_overlap_the_old_key_ends_at_once(fresh_billing: Cloud) -> None:
    tenant = await fresh_billing.tenant()
    old = await make(tenant)
    await works(fresh_billing, old.api_key)
    new = await rotate(tenant, old.key_id)
    fresh_billing.clock.advance(SECOND)
    async with refused(grpc.StatusCode.UNAUTHENTICATED):
        await works(fresh_billing, old.api_key)
    await works(fresh_billing, new.api_key)


async def test_a_key_expires_and_its_successor_lives_as_long(fresh_billing: Cloud) -> None:
    tenant = await fresh_billing.tenant()
    key = await make(tenant, expires_in_seconds=3600)
    fresh_billing.clock.advance(timedelta(minutes=59))
    new = await rotate(tenant, key.key_id, overlap=7200)
    assert new.old_key_expires_at == (await listed(tenant))[key.key_id].expires_at
    fresh_billing.clock.advance(timedelta(minutes=1))
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
        await works(fresh_billing, key.api_key)
    fresh_billing.clock.advance(timedelta(minutes=58))
    await works(fresh_billing, new.api_key)
    fresh_billing.clock.advance(timedelta(minutes=1))
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
        await works(fresh_billing, new.api_key)


async def test_a_revoked_key_is_not_rotated_back_to_life(billing: Cloud) -> None:
    tenant = await billing.tenant()
    key = await make(tenant)
    await rpc.TenantServiceStub(tenant.admin).RevokeApiKey(
        pb.RevokeApiKeyRequest(tenant_id=tenant.tenant_id, key_id=key.key_id)
    )
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await rotate(tenant, key.key_id)
    async with refused(grpc.StatusCode.NOT_FOUND):
        await rotate(tenant, str(uuid4()))
    other = await billing.tenant()
    async with refused(grpc.StatusCode.NOT_FOUND):
        await rotate(other, key.key_id)


async def test_a_reader_sees_no_keys(billing: Cloud) -> None:
    tenant = await billing.tenant()
    async with refused(grpc.StatusCode.PERMISSION_DENIED, "SCOPE_MISSING"):
        await rpc.TenantServiceStub(tenant.read).ListApiKeys(
            pb.ListApiKeysRequest(tenant_id=tenant.tenant_id)
        )


async def device_key(device: Device) -> pb.CreateApiKeyResponse:
    return await make(device.tenant, role=pb.API_KEY_ROLE_DEVICE, device_id=device.device_id)


@pytest.fixture
async def device(billing: Cloud) -> Device:
    return await billing.device(await billing.tenant())


async def test_a_device_key_validates_beats_and_reports_for_its_device(
    billing: Cloud, device: Device
) -> None:
    channel = billing.with_key((await device_key(device)).api_key)
    other = await billing.device(device.tenant)
    validate = license_service_pb2_grpc.LicenseServiceStub(channel).ValidateCamera
    answer = await validate(license_service_pb2.ValidateCameraRequest(camera_id="cam"))
    assert answer.is_valid
    beat = heartbeat_service_pb2_grpc.HeartbeatServiceStub(channel).Heartbeat
    await beat(heartbeat_service_pb2.HeartbeatRequest(device_id=device.device_id))
    report = usage_service_pb2_grpc.UsageServiceStub(channel).ReportUsage
    event = usage_service_pb2.UsageEvent(
        event_id="e",
        event_type="api_call",
        quantity="1",
        event_time=Timestamp(seconds=1_700_000_000),
    )
    request = usage_service_pb2.ReportUsageRequest(events=[event])
    await report(request)
    for call, wanted in (
        (validate, license_service_pb2.ValidateCameraRequest(camera_id="cam")),
        (beat, heartbeat_service_pb2.HeartbeatRequest()),
        (report, request),
    ):
        wanted.device_id = other.device_id
        async with refused(grpc.StatusCode.NOT_FOUND):
            await call(wanted)


async def test_a_device_key_is_no_certificate_and_no_administrator(
    billing: Cloud, device: Device
) -> None:
    channel = billing.with_key((await device_key(device)).api_key)
    async with refused(grpc.StatusCode.PERMISSION_DENIED, "SCOPE_MISSING"):
        await device_service_pb2_grpc.DeviceServiceStub(channel).RenewCertificate(
            device_service_pb2.RenewCertificateRequest(csr_pem="c" * 64)
        )
    async with refused(grpc.StatusCode.PERMISSION_DENIED, "SCOPE_MISSING"):
        await stats_service_pb2_grpc.StatsServiceStub(channel).GetStats(
            stats_service_pb2.GetStatsRequest()
        )


async def test_a_device_key_ends_with_its_device(fresh_billing: Cloud) -> None:
    device = await fresh_billing.device(await fresh_billing.tenant())
    channel = fresh_billing.with_key((await device_key(device)).api_key)
    validate = license_service_pb2_grpc.LicenseServiceStub(channel).ValidateCamera
    await validate(license_service_pb2.ValidateCameraRequest(camera_id="cam"))
    await device_service_pb2_grpc.DeviceServiceStub(device.tenant.admin).RetireDevice(
        device_service_pb2.RetireDeviceRequest(device_id=device.device_id)
    )
    fresh_billing.clock.advance(SECOND)
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await validate(license_service_pb2.ValidateCameraRequest(camera_id="cam"))
    async with refused(grpc.StatusCode.NOT_FOUND):
        await device_key(device)


async def test_a_device_key_names_a_device_of_the_tenant(billing: Cloud, device: Device) -> None:
    other = await billing.tenant()
    async with refused(grpc.StatusCode.NOT_FOUND):
        await make(other, role=pb.API_KEY_ROLE_DEVICE, device_id=device.device_id)
    for fields in ({"role": pb.API_KEY_ROLE_DEVICE}, {"device_id": device.device_id}):
        async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
            await make(device.tenant, **fields)
        assert errors[0].violations[0].field == "device_id"
