"""Signed JSON: compact JWS (RFC 7515) with RS256, opened as RFC 8725 asks.

The algorithm is fixed, the type is checked, and the key is looked up by its exact ``kid`` among
trusted keys. Header members that name other keys (``jku``, ``jwk``, ``x5u``, ``x5c``) have no
effect, ``crit`` and ``b64`` are refused. Nothing here reads a file or opens a connection.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jwt import PyJWS
from jwt.exceptions import PyJWTError

from rights.errors import TokenFault, TokenInvalid
from rights.keys import KeySet, PublicKey, SigningKey

ALGORITHM = "RS256"
MAX_TOKEN = 256 * 1024

_MAX_HEADER = 4096
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Opened:
    """The members of a payload whose signature fits, and the kid of the key that signed it."""

    members: dict[str, Any]
    kid: str


def seal(members: Mapping[str, Any], key: SigningKey, kind: str) -> str:
    """The members as a signed token of the type ``kind`` (the header's ``typ``).

    Raises TokenInvalid (TOO_LARGE) when no verifier would take it.
    """
    payload = json.dumps(members, separators=(",", ":"), ensure_ascii=False)
    token = PyJWS(algorithms=[ALGORITHM]).encode(
        payload.encode(), key.rsa, algorithm=ALGORITHM, headers={"kid": key.kid, "typ": kind}
    )
    _check_size(token)
    return token


def open_sealed(token: str, keys: KeySet, kind: str) -> Opened:
    """The payload of a token of the type ``kind`` that a trusted key signed.

    Raises TokenInvalid; KEY_RETIRED for a key that is trusted no longer.
    """
    _check_size(token)
    public = _trusted_key(_header(token), keys, kind)
    return Opened(_payload(token, public), public.kid)


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


def _trusted_key(header: dict[str, Any], keys: KeySet, kind: str) -> PublicKey:
    if header.get("alg") != ALGORITHM:
        raise TokenInvalid(TokenFault.ALGORITHM_REFUSED, f"only {ALGORITHM} is accepted")
    if header.get("typ") != kind:
        raise TokenInvalid(TokenFault.TYPE_REFUSED, f"only the type {kind} is accepted")
    if "crit" in header or "b64" in header:
        raise TokenInvalid(TokenFault.EXTENSION_REFUSED, "the token asks for JWS extensions")
    kid = header.get("kid")
    if isinstance(kid, str) and kid in keys.retired:
        raise TokenInvalid(TokenFault.KEY_RETIRED, "the token's key was retired")
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
