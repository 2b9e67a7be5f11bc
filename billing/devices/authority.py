"""The authority that signs device certificates."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from billing.devices.ca import CaBundle
from billing.devices.nonces import NonceIssuer, RenewalNonce
from mesh.certificate import certificate_facts
from mesh.clock import Clock
from mesh.errors import InvalidArgument, Unauthenticated
from mesh.proof import renewal_statement
from mesh.spiffe import DeviceIdentity, parse_spiffe, spiffe_device
from mesh.tls import csr_public_key, jwk_thumbprint, sign_client, signature_holds


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A client certificate and the authorities to trust, PEM; `not_after` is aware, UTC."""

    certificate_pem: str
    ca_pem: str
    not_after: datetime


class DeviceAuthority:
    """Signs requests with the device CA; the cloud, not the request, names the device."""

    def __init__(
        self,
        authorities: Callable[[], CaBundle],
        trusted: Callable[[], bytes],
        trust_domain: str,
        ttl: timedelta,
        clock: Clock,
    ) -> None:
        """`authorities` are asked each time, since they change while the server runs; `trusted`
        (PEM) is what a device checks the servers against; `trust_domain` heads every SPIFFE id;
        a certificate lives for `ttl`."""
        self._authorities = authorities
        self._trusted = trusted
        self._trust_domain = trust_domain
        self._ttl = ttl
        self._clock = clock
        self._nonces = NonceIssuer(clock)

    def thumbprint(self, csr_pem: str) -> str:
        """RFC 7638 thumbprint of the request's key. Raises InvalidArgument naming `csr_pem`."""
        try:
            return jwk_thumbprint(csr_public_key(csr_pem.encode()))
        except InvalidArgument as error:
            raise InvalidArgument.field("csr_pem", error.violations[0].description) from None

    def issue(self, csr_pem: str, tenant_id: UUID, device_id: UUID) -> IssuedCertificate:
        """A certificate for the configured time, and every authority that servers may be signed
        by. Raises InvalidArgument as `thumbprint` does."""
        self.thumbprint(csr_pem)
        uri = spiffe_device(self._trust_domain, tenant_id, device_id)
        signer = self._authorities().signer
        pem = sign_client(signer, csr_pem.encode(), uri, clock=self._clock, ttl=self._ttl)
        not_after = certificate_facts(pem).not_after
        return IssuedCertificate(pem.decode(), self._trusted().decode(), not_after)

    def believes(self, issuer_key_id: bytes) -> bool:
        """Whether the key that a certificate names as its signer's is one of ours now."""
        return issuer_key_id in self._authorities().key_ids

    def nonce(self, spiffe_id: str) -> RenewalNonce:
        """A nonce for the device of this id, known or not.

        Raises InvalidArgument naming `spiffe_id` unless it is a device's id of our trust domain.
        """
        try:
            identity = parse_spiffe(spiffe_id)
        except Unauthenticated:
            identity = None
        if not isinstance(identity, DeviceIdentity) or identity.trust_domain != self._trust_domain:
            raise InvalidArgument.field("spiffe_id", "not a device of this trust domain")
        signer = self._authorities().signer
        return self._nonces.issue(signer.key_pem, identity.tenant_id, identity.device_id)

    def holder_of(self, nonce: str) -> tuple[UUID, UUID]:
        """Tenant and device that a nonce was made for, by any replica and any of our keys.

        Raises Unauthenticated (CREDENTIAL_INVALID) for a forged, foreign or expired one.
        """
        return self._nonces.read(nonce, [pair.key_pem for pair in self._authorities().pairs])

    def proves_key(self, csr_pem: str, nonce: str, signature: bytes) -> bool:
        """Whether the holder of the request's key signed this nonce and this request."""
        key = csr_public_key(csr_pem.encode())
        return signature_holds(key, renewal_statement(nonce, csr_pem), signature)
