"""Licence tokens: RS256 JWTs, signed by the vendor and verified anywhere, offline too.

Verification follows RFC 8725 (`rights.jws`). ``typ`` is the plain ``JWT`` that stock verifiers of
existing instances accept; issuer and audience keep licence tokens apart from others.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from rights.claim_members import from_claims, to_claims
from rights.claims import LicenseClaims
from rights.errors import TokenFault, TokenInvalid
from rights.jws import MAX_TOKEN, open_sealed, seal
from rights.keys import KeySet, SigningKey

__all__ = ["DEFAULT_LEEWAY", "MAX_TOKEN", "TYPE", "sign", "verify"]

TYPE = "JWT"
DEFAULT_LEEWAY = timedelta(seconds=60)


def sign(claims: LicenseClaims, key: SigningKey) -> str:
    """The token. Raises TokenInvalid (TOO_LARGE) when no verifier would take it."""
    return seal(to_claims(claims), key, TYPE)


def verify(
    token: str,
    keys: KeySet,
    *,
    now: datetime,
    audience: str,
    issuer: str,
    device_thumbprint: str | None = None,
    leeway: timedelta = DEFAULT_LEEWAY,
) -> LicenseClaims:
    """The claims of a genuine token that is valid at ``now`` (aware), with the ``kid`` that signed.

    A device gives the RFC 7638 thumbprint of its own key: then only a token
    bound to that key passes, and a tenant's token does not. Without it no
    binding is checked. Raises TokenInvalid; the signature is checked before any
    claim is believed.
    """
    opened = open_sealed(token, keys, TYPE)
    claims = replace(from_claims(opened.members), kid=opened.kid)
    _check_address(claims, audience, issuer)
    _check_device(claims, device_thumbprint)
    _check_time(claims, now, leeway)
    return claims


def _check_address(claims: LicenseClaims, audience: str, issuer: str) -> None:
    if claims.issuer != issuer:
        raise TokenInvalid(TokenFault.ISSUER_WRONG, "the token is from another issuer")
    if claims.audience != audience:
        raise TokenInvalid(TokenFault.AUDIENCE_WRONG, "the token is for another audience")


def _check_device(claims: LicenseClaims, thumbprint: str | None) -> None:
    if thumbprint is None:
        return
    if claims.bundle is None or claims.bundle.key_thumbprint != thumbprint:
        raise TokenInvalid(TokenFault.DEVICE_WRONG, "the token is for another device")


def _check_time(claims: LicenseClaims, now: datetime, leeway: timedelta) -> None:
    if now >= claims.expires_at + leeway:
        raise TokenInvalid(
            TokenFault.EXPIRED, f"the token expired at {claims.expires_at.isoformat()}"
        )
    begins = max(claims.not_before, claims.issued_at)
    if now < begins - leeway:
        raise TokenInvalid(
            TokenFault.NOT_YET_VALID, f"the token is not valid before {begins.isoformat()}"
        )
