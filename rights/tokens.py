"""Licence tokens: RS256 JWTs, signed by the vendor and verified anywhere, offline too.

Verification follows RFC 8725: the algorithm is fixed, the key is looked up by
its exact ``kid`` (64 characters at most) among trusted keys, header members that name other keys
(``jku``, ``jwk``, ``x5u``, ``x5c``) have no effect, ``crit`` is refused. ``typ``
is the plain ``JWT`` that stock verifiers of existing instances accept; issuer
and audience keep licence tokens apart from others.
"""

import base64
import json
import re
from datetime import datetime, timedelta
from typing import Any

from jwt import PyJWS
from jwt.exceptions import PyJWTError

from rights.claims import LicenseClaims, from_claims, to_claims
from rights.errors import TokenFault, TokenInvalid
from rights.keys import KeySet, PublicKey, SigningKey

ALGORITHM = "RS256"
TYPE = "JWT"
MAX_TOKEN = 256 * 1024
DEFAULT_LEEWAY = timedelta(seconds=60)

_MAX_HEADER = 4096
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def sign(claims: LicenseClaims, key: SigningKey) -> str:
    """The token. Raises TokenInvalid (TOO_LARGE) when no verifier would take it."""
    payload = json.dumps(to_claims(claims), separators=(",", ":"), ensure_ascii=False)
    token = PyJWS(algorithms=[ALGORITHM]).encode(
        payload.encode(), key.rsa, algorithm=ALGORITHM, headers={"kid": key.kid, "typ": TYPE}
    )
    _check_size(token)
    return token


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
    """The claims of a genuine token that is valid at ``now`` (aware).

    A device gives the RFC 7638 thumbprint of its own key: then only a token
    bound to that key passes, and a tenant's token does not. Without it no
    binding is checked. Raises TokenInvalid; the signature is checked before any
    claim is believed.
    """
    _check_size(token)
    public = _trusted_key(_header(token), keys)
    claims = from_claims(_payload(token, public))
    _check_address(claims, audience, issuer)
    _check_device(claims, device_thumbprint)
    _check_time(claims, now, leeway)
    return claims


def _check_size(token: str) -> None:
    if len(token) > MAX_TOKEN:
        raise TokenInvalid(
            TokenFault.TOO_LARGE, f"the token has {len(token)} characters, {MAX_TOKEN} at most"
        )


def _header(token: str) -> dict[str, Any]:
    compact = _COMPACT.fullmatch(token)
    if compact is None or len(compact[1]) > _MAX_HEADER:
        raise TokenInvalid(TokenFault.MALFORMED, "not a signed JWT")
    segment = compact[1]
    try:
        header = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, RecursionError):
        raise TokenInvalid(TokenFault.MALFORMED, "the header is not JSON") from None
    if not isinstance(header, dict):
        raise TokenInvalid(TokenFault.MALFORMED, "the header is not an object")
    return header


def _trusted_key(header: dict[str, Any], keys: KeySet) -> PublicKey:
    if header.get("alg") != ALGORITHM:
        raise TokenInvalid(TokenFault.ALGORITHM_REFUSED, f"only {ALGORITHM} is accepted")
    if header.get("typ") != TYPE:
        raise TokenInvalid(TokenFault.TYPE_REFUSED, f"only the type {TYPE} is accepted")
    if "crit" in header or "b64" in header:
        raise TokenInvalid(TokenFault.EXTENSION_REFUSED, "the token asks for JWS extensions")
    kid = header.get("kid")
    public = keys.find(kid) if isinstance(kid, str) else None
    if public is None:
        raise TokenInvalid(TokenFault.KEY_UNKNOWN, "the token's key is not a trusted one")
    return public


def _payload(token: str, public: PublicKey) -> dict[str, Any]:
    try:
        payload = PyJWS(algorithms=[ALGORITHM]).decode(token, public.rsa, [ALGORITHM])
    except PyJWTError:
        raise TokenInvalid(TokenFault.SIGNATURE_INVALID, "the signature does not fit") from None
    try:
        members = json.loads(payload)
    except (ValueError, RecursionError):
        raise TokenInvalid(TokenFault.MALFORMED, "the claims are not JSON") from None
    if not isinstance(members, dict):
        raise TokenInvalid(TokenFault.MALFORMED, "the claims are not an object")
    return members


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
