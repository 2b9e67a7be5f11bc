"""The paths that callers of the older systems use, as a table over the contracts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from gateway.operations import KEYS_CACHED_S, Answer, Operation, checked

_TEXT = {"type": "string"}


def legacy(services: Iterable[ServiceDescriptor]) -> list[Operation]:
    """The older paths whose services are among `services`. GET /health is not one RPC: see
    gateway.health."""
    methods = {method.full_name: method for service in services for method in service.methods}
    return [checked(operation) for operation in _table(methods)]


def _table(methods: dict[str, MethodDescriptor]) -> list[Operation]:
    rows: list[tuple[str, str, str, str, dict[str, str], Answer | None]] = [
        ("GET", "/stats", "brinkbyte.stats.v1.StatsService.GetStats", "counts", {}, None),
        (
            "GET",
            "/api/licenses/public-key",
            "brinkbyte.license.v1.LicenseService.GetPublicKeys",
            "the key that signs licences today, in PEM",
            {},
            Answer(_public_key, _object(public_key=_TEXT), cache_s=KEYS_CACHED_S),
        ),
        (
            "POST",
            "/api/licenses/verify",
            "brinkbyte.license.v1.LicenseService.VerifyToken",
            "whether a licence token holds: its claims, or why not",
            {},
            Answer(_verdict, _VERDICT),
        ),
        (
            "GET",
            "/api/licenses/{customer_id}",
            "brinkbyte.license.v1.LicenseService.GetLicenseToken",
            "the customer's licence token",
            {"customer_id": "tenant_id"},
            Answer(_license, _object(license=_TEXT)),
        ),
        (
            "POST",
            "/api/licenses/{customer_id}/revoke",
            "brinkbyte.license.v1.LicenseService.RevokeLicense",
            "ends the customer's licence for good",
            {"customer_id": "tenant_id"},
            None,
        ),
    ]
    return [
        Operation(verb, path, methods[rpc], _name(verb, path), summary, fields, answer)
        for verb, path, rpc, summary, fields, answer in rows
        if rpc in methods
    ]


def _name(verb: str, path: str) -> str:
    words = [word.strip("{}").replace("-", "_") for word in path.split("/") if word != "api"]
    return "_".join(["legacy", verb.lower(), *filter(None, words)])


def _public_key(answer: dict[str, Any]) -> dict[str, Any]:
    return {"public_key": answer["keys"][0]["public_key_pem"] if answer["keys"] else ""}


def _verdict(answer: dict[str, Any]) -> dict[str, Any]:
    if answer["valid"]:
        return {"valid": True, "claims": json.loads(answer["claims"])}
    return {"valid": False, "reason": answer["reason"], "message": answer["message"]}


def _license(answer: dict[str, Any]) -> dict[str, Any]:
    return {"license": answer["license"]}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


_VERDICT = {
    "oneOf": [
        _object(valid={"const": True}, claims={"type": "object"}),
        _object(valid={"const": False}, reason=_TEXT, message=_TEXT),
    ]
}
