"""The places of cameras, and what decides about them, on the wire."""

from typing import Any
from uuid import UUID

from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.license.v1 import license_service_pb2_grpc as rpc

from billing.licenses import packing
from billing.licenses.book import Asked
from billing.licenses.services import LicenseServices
from billing.unit import Units
from billing.wire import device_of_call, epoch, moment
from mesh.call import current_call


class CameraRpcs(rpc.LicenseServiceServicer):
    """Unpacks, calls, packs."""

    _units: Units
    _services: LicenseServices

    async def MoveCameraLicense(
        self, request: pb.MoveCameraLicenseRequest, _: Any
    ) -> pb.MoveCameraLicenseResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            camera, known = await self._services.places.move(
                unit, request.camera_id, UUID(request.device_id)
            )
        return pb.MoveCameraLicenseResponse(
            camera_license=packing.camera(camera), epoch=epoch(known)
        )

    async def ReleaseCameraLicense(
        self, request: pb.ReleaseCameraLicenseRequest, _: Any
    ) -> pb.ReleaseCameraLicenseResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            released, known = await self._services.places.release(unit, request.camera_id)
        return pb.ReleaseCameraLicenseResponse(released=released, epoch=epoch(known))

    async def ResetCameraFingerprint(
        self, request: pb.ResetCameraFingerprintRequest, _: Any
    ) -> pb.ResetCameraFingerprintResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            camera, known = await self._services.places.reset_fingerprint(unit, request.camera_id)
        return pb.ResetCameraFingerprintResponse(
            camera_license=packing.camera(camera), epoch=epoch(known)
        )

    async def ExplainDecision(
        self, request: pb.ExplainDecisionRequest, _: Any
    ) -> pb.ExplainDecisionResponse:
        """See the contract."""
        device_id = device_of_call(current_call().principal, request.device_id)
        at = moment("at", request.at) if request.HasField("at") else None
        asked = Asked(request.camera_id, request.fingerprint or None)
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._services.explanation.explain(
                unit, asked, device_id, feature=request.feature, at=at
            )
        return packing.explanation(found)
