"""GET /.well-known/jwks.json: the keys that verify licences, as every JOSE library reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor

from gateway.operations import KEYS_CACHED_S, Answer, Operation, checked

JWKS_PATH = "/.well-known/jwks.json"
_RPC = "brinkbyte.license.v1.LicenseService.GetPublicKeys"
_TEXT = {"type": "string"}
_JWK = {
    "type": "object",
    "description": "An RSA key that verifies RS256 signatures (RFC 7517, RFC 7518).",
    "properties": dict.fromkeys(("kty", "kid", "use", "alg", "n", "e"), _TEXT),
    "required": ["alg", "e", "kid", "kty", "n", "use"],
}
_SET = {
    "type": "object",
    "properties": {"keys": {"type": "array", "items": _JWK}},
    "required": ["keys"],
}


def well_known(services: Iterable[ServiceDescriptor]) -> list[Operation]:
    """The operation, where LicenseService is among `services`."""
    methods = {method.full_name: method for service in services for method in service.methods}
    if _RPC not in methods:
        return []
    answer = Answer(_jwks, _SET, cache_s=KEYS_CACHED_S)
    summary = "the keys that verify licences, as a JWK set (RFC 7517)"
    name = "well_known_jwks"
    return [checked(Operation("GET", JWKS_PATH, methods[_RPC], name, summary, answer=answer))]


def _jwks(answer: dict[str, Any]) -> dict[str, Any]:
    keys: dict[str, Any] = json.loads(answer["jwks"])
    return keys
