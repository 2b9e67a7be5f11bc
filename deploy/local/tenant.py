"""The demo tenant of a local stack: an account, a key, licences and an enrolled client.

Everything goes through the public API with the vendor's key, as an integrator would do it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import grpc
from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc
from brinkbyte.entitlement.v1 import override_service_pb2, override_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc
from brinkbyte.tenant.v1 import tenant_service_pb2, tenant_service_pb2_grpc
from google.protobuf.timestamp_pb2 import Timestamp

from deploy.local.rundir import RunDir, write_private
from edge.uplink.enrollment import Application, request_identity
from edge.uplink.identity import FileNames, StateDirectory
from mesh.channel import MeshChannel
from mesh.clock import Clock

ALIAS = "demo"
LICENSE_DAYS = 365
CALLS = "10000000"
CLIENT_HARDWARE = "demo-client"
CLIENT_FILES = FileNames("keys/client.pem", "certs/client.pem", "certs/client-ca.pem")


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """The demo tenant's id (`cust_…`) and its administrator's key."""

    tenant_id: str
    api_key: str


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """What the demo tenant has bought: packs beyond base by licensed camera."""

    cameras: Mapping[str, tuple[str, ...]]


class TenantSetup:
    """Sets the tenant up over a channel that carries the vendor's key."""

    def __init__(self, channel: MeshChannel, run: RunDir, clock: Clock) -> None:
        """Nothing is called before `ensure`."""
        self._channel = channel
        self._tenants = tenant_service_pb2_grpc.TenantServiceStub(channel)
        self._licenses = license_service_pb2_grpc.LicenseServiceStub(channel)
        self._overrides = override_service_pb2_grpc.OverrideServiceStub(channel)
        self._devices = device_service_pb2_grpc.DeviceServiceStub(channel)
        self._run = run
        self._clock = clock

    async def ensure(self, plan: DemoPlan) -> DemoTenant:
        """The tenant with its licences; made at the first call, kept in the run directory."""
        path = self._run.keys / "tenant.json"
        if path.exists():
            return DemoTenant(**json.loads(path.read_text()))
        tenant_id = await self._account()
        key = await self._tenants.CreateApiKey(
            tenant_service_pb2.CreateApiKeyRequest(
                tenant_id=tenant_id,
                role=tenant_service_pb2.API_KEY_ROLE_TENANT_ADMIN,
                display_name="local stack",
            )
        )
        await self._license(tenant_id, plan)
        await self._allow_calls(tenant_id)
        write_private(path, json.dumps({"tenant_id": tenant_id, "api_key": key.api_key}))
        return DemoTenant(tenant_id, key.api_key)

    async def enrollment_token(self, tenant: DemoTenant) -> str:
        """A fresh single-use token for one device of the tenant."""
        made = await self._devices.CreateEnrollmentToken(
            device_service_pb2.CreateEnrollmentTokenRequest(
                tenant_id=tenant.tenant_id, ttl_seconds=3600
            )
        )
        return made.enrollment_token

    async def ensure_client(self, tenant: DemoTenant) -> None:
        """Enrols a second device, for people and programs that try the mTLS listener."""
        application = Application(
            await self.enrollment_token(tenant), CLIENT_HARDWARE, "a client to try things with"
        )
        files = StateDirectory(self._run.root, CLIENT_FILES)
        await request_identity(self._channel, application, files)

    async def _account(self) -> str:
        """The account's id; one that is left of a set-up that broke off is taken up again."""
        try:
            found = await self._tenants.GetTenant(
                tenant_service_pb2.GetTenantRequest(tenant_id=ALIAS)
            )
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
        else:
            return found.tenant.tenant_id
        created = await self._tenants.CreateTenant(
            tenant_service_pb2.CreateTenantRequest(
                email="demo@brinkbyte.test", company_name="Demo Roads Ltd", aliases=[ALIAS]
            )
        )
        return created.tenant.tenant_id

    async def _allow_calls(self, tenant_id: str) -> None:
        """Programs that watch a demo ask the node far more often than its plan includes."""
        await self._overrides.SetOverride(
            override_service_pb2.SetOverrideRequest(
                tenant_id=tenant_id,
                quota=override_service_pb2.QuotaOverride(metric="api_call", included=CALLS),
                reason="a demo is watched closely",
            )
        )

    async def _license(self, tenant_id: str, plan: DemoPlan) -> None:
        await self._licenses.IssueLicense(
            license_service_pb2.IssueLicenseRequest(
                tenant_id=tenant_id,
                license_mode=license_service_pb2.LICENSE_MODE_BASE,
                cameras_allowed=len(plan.cameras),
                valid_until=_timestamp(self._clock.now() + timedelta(days=LICENSE_DAYS)),
            )
        )
        for camera_id, packs in plan.cameras.items():
            await self._licenses.AssignCameraLicense(
                license_service_pb2.AssignCameraLicenseRequest(
                    tenant_id=tenant_id, camera_id=camera_id, growth_packs=packs
                )
            )


def _timestamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
