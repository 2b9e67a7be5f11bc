"""DeviceService on the wire."""

from typing import Any
from uuid import UUID

from brinkbyte.device.v1 import device_service_pb2 as pb
from brinkbyte.device.v1 import device_service_pb2_grpc as rpc

from billing.devices.authority import DeviceAuthority
from billing.devices.service import DevicesService, tenant_of_token
from billing.unit import Units
from billing.wire import stamp
from mesh.call import current_call
from mesh.errors import Unauthenticated
from rights.ids import render_tenant


class DeviceServicer(rpc.DeviceServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, devices: DevicesService, authority: DeviceAuthority) -> None:
        """Transactions and rules; `authority` makes and reads nonces, which are in no store."""
        self._units = units
        self._devices = devices
        self._authority = authority

    async def CreateEnrollmentToken(
        self, request: pb.CreateEnrollmentTokenRequest, _: Any
    ) -> pb.CreateEnrollmentTokenResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            made = await self._devices.create_token(unit, request.ttl_seconds)
        return pb.CreateEnrollmentTokenResponse(
            enrollment_token=made.token, expires_at=stamp(made.expires_at)
        )

    async def EnrollDevice(
        self, request: pb.EnrollDeviceRequest, _: Any
    ) -> pb.EnrollDeviceResponse:
        """See the contract."""
        token = request.enrollment_token
        async with self._units.within(tenant_of_token(token)) as unit:
            enrolled = await self._devices.enroll(
                unit, token, request.hardware_id, request.csr_pem, request.display_name
            )
        issued = enrolled.certificate
        return pb.EnrollDeviceResponse(
            device_id=str(enrolled.device_id),
            tenant_id=render_tenant(unit.tenant_id),
            certificate_pem=issued.certificate_pem,
            ca_pem=issued.ca_pem,
            not_after=stamp(issued.not_after),
        )

    async def RenewCertificate(
        self, request: pb.RenewCertificateRequest, _: Any
    ) -> pb.RenewCertificateResponse:
        """See the contract."""
        device_id = current_call().principal.device_id
        if device_id is None:
            raise Unauthenticated(message="only a device renews its certificate")
        async with self._units.tenant("") as unit:
            issued = await self._devices.renew(unit, device_id, request.csr_pem)
        return pb.RenewCertificateResponse(
            certificate_pem=issued.certificate_pem,
            ca_pem=issued.ca_pem,
            not_after=stamp(issued.not_after),
        )

    async def GetRenewalNonce(
        self, request: pb.GetRenewalNonceRequest, _: Any
    ) -> pb.GetRenewalNonceResponse:
        """See the contract."""
        nonce = self._authority.nonce(request.spiffe_id)
        return pb.GetRenewalNonceResponse(nonce=nonce.text, expires_at=stamp(nonce.expires_at))

    async def RenewExpiredCertificate(
        self, request: pb.RenewExpiredCertificateRequest, _: Any
    ) -> pb.RenewExpiredCertificateResponse:
        """See the contract."""
        tenant_id, device_id = self._authority.holder_of(request.nonce)
        async with self._units.within(tenant_id) as unit:
            issued = await self._devices.renew_expired(
                unit, device_id, request.nonce, request.csr_pem, request.signature
            )
        return pb.RenewExpiredCertificateResponse(
            certificate_pem=issued.certificate_pem,
            ca_pem=issued.ca_pem,
            not_after=stamp(issued.not_after),
        )

    async def RetireDevice(
        self, request: pb.RetireDeviceRequest, _: Any
    ) -> pb.RetireDeviceResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            retired_at = await self._devices.retire(unit, UUID(request.device_id))
        return pb.RetireDeviceResponse(retired_at=stamp(retired_at))
