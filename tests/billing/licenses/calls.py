"""Licence calls in the words of the stories."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import grpc
from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.license.v1 import license_service_pb2_grpc as rpc

from tests.billing.cloud_harness import Cloud, Tenant


def licenses(channel: grpc.aio.Channel) -> rpc.LicenseServiceStub:
    return rpc.LicenseServiceStub(channel)


async def validate(
    channel: grpc.aio.Channel, camera_id: str, **fields: str
) -> pb.ValidateCameraResponse:
    return await licenses(channel).ValidateCamera(
        pb.ValidateCameraRequest(camera_id=camera_id, **fields)
    )


async def batch(channel: grpc.aio.Channel, *cameras: str, **known: str) -> dict[str, Any]:
    """The answers by camera, of cameras some of which are `known` by a fingerprint."""
    answer = await licenses(channel).BatchValidateCameras(
        pb.BatchValidateCamerasRequest(
            camera_ids=cameras,
            fingerprints=[
                pb.CameraFingerprint(camera_id=camera, fingerprint=each)
                for camera, each in known.items()
            ],
        )
    )
    return {each.camera_id: each.validation for each in answer.validations}


async def list_all(tenant: Tenant) -> dict[str, pb.CameraLicense]:
    listed = await licenses(tenant.read).ListCameraLicenses(pb.ListCameraLicensesRequest())
    return {each.camera_id: each for each in listed.camera_licenses}


class Vendor:
    """The vendor, and one tenant's licence."""

    def __init__(self, cloud: Cloud, tenant: Tenant) -> None:
        self._stub = licenses(cloud.vendor)
        self._tenant_id = tenant.tenant_id

    async def get(self) -> pb.GetLicenseResponse:
        return await self._stub.GetLicense(pb.GetLicenseRequest(tenant_id=self._tenant_id))

    async def suspend(self, reason: str = "") -> pb.SuspendLicenseResponse:
        return await self._stub.SuspendLicense(
            pb.SuspendLicenseRequest(tenant_id=self._tenant_id, reason=reason)
        )

    async def resume(self) -> pb.ResumeLicenseResponse:
        return await self._stub.ResumeLicense(pb.ResumeLicenseRequest(tenant_id=self._tenant_id))

    async def revoke(self, reason: str = "") -> pb.RevokeLicenseResponse:
        return await self._stub.RevokeLicense(
            pb.RevokeLicenseRequest(tenant_id=self._tenant_id, reason=reason)
        )

    async def renew(self, until: datetime, *, shorten: bool = False) -> pb.RenewLicenseResponse:
        request = pb.RenewLicenseRequest(tenant_id=self._tenant_id, allow_shortening=shorten)
        request.valid_until.FromDatetime(until)
        return await self._stub.RenewLicense(request)

    async def upgrade(
        self, until: datetime | None = None, **fields: Any
    ) -> pb.UpgradeLicenseResponse:
        request = pb.UpgradeLicenseRequest(tenant_id=self._tenant_id, **fields)
        if until is not None:
            request.valid_until.FromDatetime(until)
        return await self._stub.UpgradeLicense(request)
