"""Stateless nonces: any replica checks them, and asking for one uses up nothing."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mesh.clock import Clock
from mesh.errors import Unauthenticated

NONCE_TTL = timedelta(minutes=2)
_PURPOSE = b"brinkbyte device renewal nonce v1"
_BODY = 16 + 16 + 8
_MAC = 32


@dataclass(frozen=True, slots=True)
class RenewalNonce:
    """`text` is opaque to its holder; `expires_at` is aware, UTC."""

    text: str
    expires_at: datetime


class NonceIssuer:
    """A nonce is tenant, device and expiry under an HMAC-SHA-256, base64url.

    The key comes from the authority's private key by HKDF (RFC 5869), so replicas share it
    without keeping another secret.
    """

    def __init__(self, clock: Clock) -> None:
        """`clock` dates nonces."""
        self._clock = clock

    def issue(self, ca_key_pem: bytes, tenant_id: UUID, device_id: UUID) -> RenewalNonce:
        """A nonce of two minutes."""
        expires_at = (self._clock.now() + NONCE_TTL).replace(microsecond=0)
        seconds = int(expires_at.timestamp())
        body = tenant_id.bytes + device_id.bytes + seconds.to_bytes(8)
        raw = body + _mac(ca_key_pem, body)
        return RenewalNonce(base64.urlsafe_b64encode(raw).decode(), expires_at)

    def read(self, text: str, ca_key_pems: Iterable[bytes]) -> tuple[UUID, UUID]:
        """Tenant and device. Raises Unauthenticated (CREDENTIAL_INVALID)."""
        try:
            raw = base64.b64decode(text, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        body, mac = raw[:_BODY], raw[_BODY:]
        if len(raw) != _BODY + _MAC or not any(
            hmac.compare_digest(mac, _mac(key, body)) for key in ca_key_pems
        ):
            raise Unauthenticated(message="the nonce is not ours; ask for one")
        expires_at = datetime.fromtimestamp(int.from_bytes(body[32:]), UTC)
        if expires_at <= self._clock.now():
            raise Unauthenticated(message="the nonce has expired; ask for another")
        return UUID(bytes=body[:16]), UUID(bytes=body[16:32])


def _mac(ca_key_pem: bytes, body: bytes) -> bytes:
    return hmac.digest(_derive(ca_key_pem), body, hashlib.sha256)


def _derive(ca_key_pem: bytes) -> bytes:
    key = serialization.load_pem_private_key(ca_key_pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("not an EC private key")
    secret = key.private_numbers().private_value.to_bytes(32)
    return HKDF(hashes.SHA256(), 32, salt=None, info=_PURPOSE).derive(secret)
