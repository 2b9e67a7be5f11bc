"""What cameras and metrics the double grants."""

from datetime import UTC, timedelta
from typing import Any
from uuid import uuid4

from brinkbyte.entitlement.v1 import entitlement_service_pb2 as entitlement_pb
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc as entitlement_rpc
from brinkbyte.license.v1 import license_service_pb2 as license_pb
from brinkbyte.license.v1 import license_service_pb2_grpc as license_rpc

from mesh.call import current_call
from mesh.errors import NotFound, QuotaExhausted
from tests.edge.cloud_double.cloud import Cloud, stamp


class Licenses(license_rpc.LicenseServiceServicer):
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def BatchValidateCameras(self, request: Any, context: Any) -> Any:
        cloud = self._cloud
        cloud.asked.append(tuple(request.camera_ids))
        assert current_call().principal.device_id == cloud.device_id
        held = [cloud.licenses[each] for each in request.camera_ids if each in cloud.licenses]
        return license_pb.BatchValidateCamerasResponse(
            validations=[
                license_pb.CameraValidation(camera_id=each, validation=self._answer(each))
                for each in request.camera_ids
            ],
            device_token=cloud.token(held),
            epoch=cloud.wire_epoch(),
        )

    async def GetPublicKeys(self, request: Any, context: Any) -> Any:
        public = self._cloud.signing.public
        return license_pb.GetPublicKeysResponse(
            keys=[license_pb.PublicKey(kid=public.kid, public_key_pem=public.pem())],
            trust=self._cloud.wire_trust(),
        )

    async def GetRevocationList(self, request: Any, context: Any) -> Any:
        return license_pb.GetRevocationListResponse(
            revocation_list=self._cloud.revocation_list(), epoch=self._cloud.wire_epoch()
        )

    def _answer(self, camera_id: str) -> license_pb.ValidateCameraResponse:
        held = self._cloud.licenses.get(camera_id)
        until = stamp(self._cloud.clock.now() + timedelta(hours=1 if held else 0, minutes=1))
        if held is None or held.valid_until <= self._cloud.clock.now():
            return license_pb.ValidateCameraResponse(
                license_mode=license_pb.LICENSE_MODE_UNLICENSED,
                status=license_pb.LICENSE_STATUS_EXPIRED
                if held
                else license_pb.LICENSE_STATUS_ACTIVE,
                reason="ERROR_REASON_LICENSE_EXPIRED" if held else "ERROR_REASON_CAMERA_UNLICENSED",
                message=f"camera {camera_id} has no licence; buy one",
                cached_until=until,
            )
        return license_pb.ValidateCameraResponse(
            is_valid=True,
            license_mode=f"LICENSE_MODE_{held.mode.name}",
            status=f"LICENSE_STATUS_{held.status.name}",
            enabled_growth_packs=sorted(held.growth_packs),
            cached_until=until,
        )


class Entitlements(entitlement_rpc.EntitlementServiceServicer):
    """Lends whole units out of pools; a metric without a pool has no limit."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def AcquireLease(self, request: Any, context: Any) -> Any:
        cloud, metric, now = self._cloud, request.metric, self._cloud.clock.now()
        if request.HasField("settlement"):
            cloud.settled.append(request.settlement)
        if metric not in cloud.pools:
            return entitlement_pb.AcquireLeaseResponse(lease=entitlement_pb.Lease(metric=metric))
        part = min(cloud.slice, cloud.pools[metric])
        lease = cloud.leases.get(metric)
        over = lease is not None and lease.expires_at.ToDatetime(UTC) <= now
        if (lease is None or over) and not part:
            known = {"limit": "100", "used": "100"}
            raise QuotaExhausted(metric, "nothing is left", now + timedelta(days=1), metadata=known)
        if lease is None or over:
            lease = entitlement_pb.Lease(
                lease_id=str(uuid4()),
                metric=metric,
                journal_id=request.journal_id,
                granted="0",
                granted_at=stamp(now),
                expires_at=stamp(now + cloud.lease_for),
            )
        cloud.pools[metric] -= part
        lease.granted = str(int(lease.granted) + part)
        cloud.leases[metric] = lease
        quota = entitlement_pb.QuotaStatus(metric=metric, limit="100", used="0")
        return entitlement_pb.AcquireLeaseResponse(lease=lease, quota=quota)

    async def ReturnLease(self, request: Any, context: Any) -> Any:
        told = request.settlement
        for metric, lease in list(self._cloud.leases.items()):
            if lease.lease_id == told.lease_id:
                del self._cloud.leases[metric]
                self._cloud.returned.append(told)
                lease.settled = told.spent
                return entitlement_pb.ReturnLeaseResponse(lease=lease)
        raise NotFound("lease", told.lease_id)
