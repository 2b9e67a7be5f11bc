"""The authority that signs device certificates."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from mesh.clock import Clock
from mesh.errors import InvalidArgument
from mesh.spiffe import spiffe_device
from mesh.tls import KeyPair, csr_public_key, jwk_thumbprint, sign_client

CERTIFICATE_TTL = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A client certificate and the authorities to trust, PEM; `not_after` is aware, UTC."""

    certificate_pem: str
    ca_pem: str
    not_after: datetime


class DeviceAuthority:
    """Signs requests with the device CA; the cloud, not the request, names the device."""

    def __init__(self, ca: KeyPair, trusted_pem: bytes, trust_domain: str, clock: Clock) -> None:
        """`ca` signs; `trusted_pem` is what a device checks the servers against;
        `trust_domain` heads every SPIFFE id."""
        self._ca = ca
        self._trusted_pem = trusted_pem.decode()
        self._trust_domain = trust_domain
        self._clock = clock

    def thumbprint(self, csr_pem: str) -> str:
        """RFC 7638 thumbprint of the request's key. Raises InvalidArgument naming `csr_pem`."""
        try:
            return jwk_thumbprint(csr_public_key(csr_pem.encode()))
        except InvalidArgument as error:
            raise InvalidArgument.field("csr_pem", error.violations[0].description) from None

    def issue(self, csr_pem: str, tenant_id: UUID, device_id: UUID) -> IssuedCertificate:
        """A certificate of 24 hours. Raises InvalidArgument as `thumbprint` does."""
        self.thumbprint(csr_pem)
        uri = spiffe_device(self._trust_domain, tenant_id, device_id)
        not_after = (self._clock.now() + CERTIFICATE_TTL).replace(microsecond=0)
        pem = sign_client(self._ca, csr_pem.encode(), uri, clock=self._clock, ttl=CERTIFICATE_TTL)
        return IssuedCertificate(pem.decode(), self._trusted_pem, not_after)
