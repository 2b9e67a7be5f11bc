"""Every act leaves a row in its own transaction."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import grpc
from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2, heartbeat_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc
from brinkbyte.tenant.v1 import tenant_service_pb2, tenant_service_pb2_grpc

from mesh import tls
from tests.billing.audit.chains import rows
from tests.billing.cloud_harness import Cloud, Tenant, refused

UNKNOWN = "01890000-0000-7000-8000-000000000000"


async def actions(cloud: Cloud, tenant: Tenant) -> dict[str, dict[str, Any]]:
    """The last row of each action."""
    return {row["action"]: row for row in await rows(cloud, tenant.uuid)}


async def test_a_new_tenant_and_its_keys_are_written_down(billing: Cloud) -> None:
    tenant = await billing.tenant()
    found = await rows(billing, tenant.uuid)
    assert len(found) == 3
    by_action = {row["action"]: row for row in found}
    created, key = by_action["tenant.created"], by_action["api_key.created"]
    assert created["resource"] == f"tenant/{tenant.uuid}"
    assert created["actor_kind"] == "vendor"
    assert UUID(created["actor_id"])
    assert created["request_id"]
    assert created["recorded_at"] == billing.clock.now()
    assert key["details"]["role"] in {"tenant_admin", "tenant_read"}
    assert created["details"] == {"license_mode": "trial", "cameras_allowed": "2"}
    assert tenant.admin_key not in str(found)


async def test_a_devices_life_is_written_down(billing: Cloud) -> None:
    tenant = await billing.tenant()
    device = await billing.device(tenant)
    devices = device_service_pb2_grpc.DeviceServiceStub
    csr = tls.create_csr(device.key_pem).decode()
    await devices(device.channel).RenewCertificate(
        device_service_pb2.RenewCertificateRequest(csr_pem=csr)
    )
    fleet = heartbeat_service_pb2_grpc.HeartbeatServiceStub(tenant.admin)
    command = heartbeat_service_pb2.SendCommandRequest(
        device_id=device.device_id, command_id="c-1", kind=1
    )
    await fleet.SendCommand(command)
    await fleet.SendCommand(command)
    retire = device_service_pb2.RetireDeviceRequest(device_id=device.device_id)
    await devices(tenant.admin).RetireDevice(retire)
    billing.clock.advance(timedelta(milliseconds=1))
    await devices(tenant.admin).RetireDevice(retire)
    found = await actions(billing, tenant)
    named = f"device/{device.device_id}"
    assert found["enrollment_token.created"]["actor_kind"] == "tenant"
    enrolled = found["device.enrolled"]
    assert (enrolled["resource"], enrolled["actor_kind"]) == (named, "anonymous")
    label = found["enrollment_token.created"]["resource"].partition("/")[2]
    assert enrolled["details"]["enrollment_token"] == label
    assert enrolled["details"]["hardware_id"] == device.hardware_id
    assert found["device.renewed"]["actor_id"].endswith(device.device_id)
    assert found["command.sent"]["details"] == {"command_id": "c-1", "kind": "ping"}
    assert found["device.retired"]["resource"] == named
    told = [row["action"] for row in await rows(billing, tenant.uuid)]
    assert (told.count("command.sent"), told.count("device.retired")) == (1, 1)


async def test_a_licences_life_is_written_down(billing: Cloud) -> None:
    tenant = await billing.tenant()
    licenses = license_service_pb2_grpc.LicenseServiceStub
    validate = license_service_pb2.ValidateCameraRequest(camera_id="gate")
    await licenses(tenant.admin).ValidateCamera(validate)
    await billing.issue_license(tenant, cameras=5)
    await licenses(billing.vendor).AssignCameraLicense(
        license_service_pb2.AssignCameraLicenseRequest(
            tenant_id=tenant.tenant_id, camera_id="yard", growth_packs=["advanced_analytics"]
        )
    )
    found = await actions(billing, tenant)
    assert found["license.trial_begun"]["actor_kind"] == "tenant"
    assert found["license.issued"]["details"]["cameras_allowed"] == "5"
    assert found["camera.assigned"]["details"] == {"growth_packs": "advanced_analytics"}
    told = await rows(billing, tenant.uuid)
    slots = [row["resource"] for row in told if row["action"] == "camera.licensed"]
    assert sorted(slots) == ["camera/gate", "camera/yard"]


async def test_what_is_rolled_back_leaves_no_row(billing: Cloud) -> None:
    tenant = await billing.tenant()
    before = await rows(billing, tenant.uuid)
    stub = tenant_service_pb2_grpc.TenantServiceStub(billing.vendor)
    async with refused(grpc.StatusCode.NOT_FOUND):
        await stub.RevokeApiKey(
            tenant_service_pb2.RevokeApiKeyRequest(tenant_id=tenant.tenant_id, key_id=UNKNOWN)
        )
    assert [row["entry_id"] for row in await rows(billing, tenant.uuid)] == [
        row["entry_id"] for row in before
    ]
