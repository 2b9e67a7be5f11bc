"""RSA keys that sign and verify licence tokens, side by side by ``kid``."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from rights.errors import KeyRefused

MIN_BITS = 2048
MAX_KID = 64


class PublicKey:
    """A key that verifies. Raises KeyRefused when it is shorter than 2048 bits.

    Without a ``kid`` it is known by its RFC 7638 thumbprint.
    """

    __slots__ = ("kid", "rsa")

    def __init__(self, key: rsa.RSAPublicKey, kid: str | None = None) -> None:
        """Trust ``key`` under ``kid`` (1 to 64 characters)."""
        if key.key_size < MIN_BITS:
            raise KeyRefused(f"an RSA key of {key.key_size} bits is below {MIN_BITS}")
        self.kid = _checked_kid(thumbprint(key) if kid is None else kid)
        self.rsa = key

    @classmethod
    def from_pem(cls, pem: str, kid: str | None = None) -> "PublicKey":
        """The RSA public key in SubjectPublicKeyInfo PEM. Raises KeyRefused."""
        try:
            key = serialization.load_pem_public_key(pem.encode())
        except (ValueError, UnsupportedAlgorithm):
            raise KeyRefused("not a public key in PEM") from None
        if not isinstance(key, rsa.RSAPublicKey):
            raise KeyRefused("a licence key is an RSA key")
        return cls(key, kid)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> "PublicKey":
        """The RSA key of a JWK (RFC 7517). Raises KeyRefused."""
        try:
            if jwk["kty"] != "RSA":
                raise KeyRefused("a licence key is an RSA key")
            numbers = rsa.RSAPublicNumbers(_integer(jwk["e"]), _integer(jwk["n"]))
            return cls(numbers.public_key(), jwk["kid"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise KeyRefused("not an RSA JWK with kid, n and e") from None

    def pem(self) -> str:
        """SubjectPublicKeyInfo in PEM."""
        return self.rsa.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()

    def jwk(self) -> dict[str, str]:
        """The JWK of RFC 7517, for signatures with RS256."""
        return {**_required_members(self.rsa), "kid": self.kid, "use": "sig", "alg": "RS256"}


class SigningKey:
    """A key that signs; its representation never shows the private part.

    ``private_pem`` is unencrypted PEM. Raises KeyRefused when it is unreadable,
    not RSA or shorter than 2048 bits, or the ``kid`` is empty or over 64 characters.
    """

    __slots__ = ("kid", "public", "rsa")

    def __init__(self, kid: str, private_pem: str) -> None:
        """Load the key once, which costs far more than a signature."""
        try:
            key = serialization.load_pem_private_key(private_pem.encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyRefused("not an unencrypted private key in PEM") from None
        if not isinstance(key, rsa.RSAPrivateKey):
            raise KeyRefused("a licence key is an RSA key")
        self.public = PublicKey(key.public_key(), kid)
        self.kid = kid
        self.rsa = key

    @classmethod
    def generate(cls, bits: int = MIN_BITS) -> "SigningKey":
        """A new key whose kid is its RFC 7638 thumbprint. Raises KeyRefused below 2048 bits."""
        if bits < MIN_BITS:
            raise KeyRefused(f"an RSA key of {bits} bits is below {MIN_BITS}")
        key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        return cls(thumbprint(key.public_key()), _private_pem(key))

    @property
    def private_pem(self) -> str:
        """PKCS #8 in unencrypted PEM: a secret."""
        return _private_pem(self.rsa)

    def __repr__(self) -> str:
        """The kid alone."""
        return f"SigningKey(kid={self.kid!r})"


class KeySet:
    """The public keys that are trusted now. Raises KeyRefused when two share a kid."""

    __slots__ = ("_keys", "retired")

    def __init__(self, keys: Iterable[PublicKey], retired: Iterable[str] = ()) -> None:
        """Trust these keys, published in the order given, but none whose kid was retired."""
        self._keys: dict[str, PublicKey] = {}
        self.retired = frozenset(retired)
        for key in keys:
            if key.kid in self._keys:
                raise KeyRefused(f"two keys have the kid {key.kid!r}")
            if key.kid not in self.retired:
                self._keys[key.kid] = key

    @classmethod
    def from_jwks(cls, document: Mapping[str, Any]) -> "KeySet":
        """The keys of a JWK set (RFC 7517). Raises KeyRefused."""
        keys = document.get("keys")
        if not isinstance(keys, list):
            raise KeyRefused("a JWK set has a list of keys")
        return cls(PublicKey.from_jwk(jwk) for jwk in keys)

    def without(self, retired: Iterable[str]) -> "KeySet":
        """These keys but the retired ones."""
        return KeySet(self._keys.values(), self.retired | frozenset(retired))

    @property
    def kids(self) -> tuple[str, ...]:
        """The kids in the order given."""
        return tuple(self._keys)

    def find(self, kid: str) -> PublicKey | None:
        """The key of exactly this kid."""
        return self._keys.get(kid)

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The JWK set of RFC 7517, private parts absent."""
        return {"keys": [key.jwk() for key in self._keys.values()]}

    def pem(self) -> str:
        """Every key in PEM, one after another."""
        return "".join(key.pem() for key in self._keys.values())


def thumbprint(key: rsa.RSAPublicKey) -> str:
    """The SHA-256 JWK thumbprint of RFC 7638, base64url without padding."""
    members = json.dumps(_required_members(key), separators=(",", ":"), sort_keys=True)
    return _base64url(hashlib.sha256(members.encode()).digest())


def _required_members(key: rsa.RSAPublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    return {"kty": "RSA", "n": _base64url_uint(numbers.n), "e": _base64url_uint(numbers.e)}


def _private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _checked_kid(kid: str) -> str:
    if not 0 < len(kid) <= MAX_KID:
        raise KeyRefused(f"a kid has 1 to {MAX_KID} characters")
    return kid


def _base64url_uint(number: int) -> str:
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _integer(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
