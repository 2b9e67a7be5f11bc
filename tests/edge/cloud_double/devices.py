"""Enrolment and certificates, as the cloud does them."""

from typing import Any
from uuid import uuid4

from brinkbyte.device.v1 import device_service_pb2 as device_pb
from brinkbyte.device.v1 import device_service_pb2_grpc as device_rpc

from mesh.errors import Unauthenticated
from mesh.proof import renewal_statement
from mesh.spiffe import spiffe_device
from mesh.tls import (
    KeyPair,
    csr_public_key,
    jwk_thumbprint,
    sign_client,
    signature_holds,
)
from rights.ids import render_tenant
from tests.edge.cloud_double.cloud import Cloud


class Devices(device_rpc.DeviceServiceServicer):
    def __init__(self, cloud: Cloud, ca: KeyPair) -> None:
        self._cloud = cloud
        self._ca = ca

    async def EnrollDevice(self, request: Any, context: Any) -> Any:
        cloud = self._cloud
        if request.enrollment_token != cloud.enrollment_token:
            raise Unauthenticated("ENROLLMENT_TOKEN_INVALID", "unknown, used or expired token")
        cloud.enrollment_token = None
        certificate = self._sign(request.csr_pem)
        return device_pb.EnrollDeviceResponse(
            device_id=str(cloud.device_id),
            tenant_id=render_tenant(cloud.tenant_id),
            certificate_pem=certificate,
            ca_pem=self._ca.cert_pem.decode(),
        )

    async def RenewCertificate(self, request: Any, context: Any) -> Any:
        cloud = self._cloud
        assert jwk_thumbprint(csr_public_key(request.csr_pem.encode())) == cloud.thumbprint
        cloud.renewals += 1
        return device_pb.RenewCertificateResponse(
            certificate_pem=self._sign(request.csr_pem),
            ca_pem=self._ca.cert_pem.decode(),
        )

    async def GetRenewalNonce(self, request: Any, context: Any) -> Any:
        cloud = self._cloud
        assert f"/device/{cloud.device_id}" in request.spiffe_id
        cloud.nonce = uuid4().hex
        return device_pb.GetRenewalNonceResponse(nonce=cloud.nonce)

    async def RenewExpiredCertificate(self, request: Any, context: Any) -> Any:
        cloud, nonce = self._cloud, request.nonce
        if nonce != cloud.nonce:
            raise Unauthenticated(message="another nonce")
        key = csr_public_key(request.csr_pem.encode())
        proven = signature_holds(key, renewal_statement(nonce, request.csr_pem), request.signature)
        if cloud.retired or not proven or jwk_thumbprint(key) != cloud.thumbprint:
            raise Unauthenticated("CREDENTIAL_REVOKED", "not the enrolled key")
        cloud.renewals_by_key += 1
        return device_pb.RenewExpiredCertificateResponse(
            certificate_pem=self._sign(request.csr_pem), ca_pem=self._ca.cert_pem.decode()
        )

    def _sign(self, csr_pem: str) -> str:
        cloud = self._cloud
        cloud.thumbprint = jwk_thumbprint(csr_public_key(csr_pem.encode()))
        uri = spiffe_device("brinkbyte.local", cloud.tenant_id, cloud.device_id)
        return sign_client(
            self._ca,
            csr_pem.encode(),
            uri,
            clock=cloud.clock,
            ttl=cloud.certificate_ttl,
        ).decode()
