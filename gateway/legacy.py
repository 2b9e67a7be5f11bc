"""The paths that callers of the older systems use, as a table over the contracts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from gateway.legacy_accounts import ACCOUNT_ROWS
from gateway.legacy_invoices import INVOICE_ROWS
from gateway.legacy_row import TEXT, Row, described
from gateway.operations import KEYS_CACHED_S, Answer, Operation, checked

_LICENSES = "brinkbyte.license.v1.LicenseService"
_INSTANCES = "brinkbyte.usage.v1.InstanceReportService"


def legacy(services: Iterable[ServiceDescriptor]) -> list[Operation]:
    """The older paths whose services are among `services`. GET /health and the webhooks are not
    one RPC each: see gateway.health and gateway.webhooks."""
    methods = {method.full_name: method for service in services for method in service.methods}
    return [
        checked(_operation(row, methods[row.rpc]))
        for row in (*_rows(), *ACCOUNT_ROWS, *INVOICE_ROWS)
        if row.rpc in methods
    ]


def _operation(row: Row, method: MethodDescriptor) -> Operation:
    return Operation(
        row.verb,
        row.path,
        method,
        _name(row.verb, row.path),
        row.summary,
        row.fields,
        row.answer,
        constants=row.constants,
    )


def _rows() -> tuple[Row, ...]:
    return (
        Row("GET", "/stats", "brinkbyte.stats.v1.StatsService.GetStats", "counts"),
        Row(
            "GET",
            "/api/licenses/public-key",
            f"{_LICENSES}.GetPublicKeys",
            "the key that signs licences today, in PEM",
            answer=Answer(_public_key, described(public_key=TEXT), cache_s=KEYS_CACHED_S),
        ),
        Row(
            "POST",
            "/api/licenses/verify",
            f"{_LICENSES}.VerifyToken",
            "whether a licence token holds: its claims, or why not",
            answer=Answer(_verdict, _VERDICT),
        ),
        Row(
            "GET",
            "/api/licenses/{customer_id}",
            f"{_LICENSES}.GetLicenseToken",
            "the customer's licence token",
            {"customer_id": "tenant_id"},
            Answer(_license, described(license=TEXT)),
        ),
        Row(
            "POST",
            "/api/licenses/{customer_id}/revoke",
            f"{_LICENSES}.RevokeLicense",
            "ends the customer's licence for good, and its subscriptions",
            {"customer_id": "tenant_id"},
            constants={"cancel_subscriptions": True},
        ),
        Row(
            "POST",
            "/api/usage/report",
            f"{_INSTANCES}.ReportInstance",
            "keeps what an instance tells of itself",
            {"customer_id": "tenant_id"},
        ),
        Row(
            "GET",
            "/api/usage/{customer_id}",
            f"{_INSTANCES}.ListInstanceReports",
            "what the customer's instances told, newest first",
            {"customer_id": "tenant_id"},
        ),
        Row(
            "GET",
            "/api/usage/{customer_id}/latest",
            f"{_INSTANCES}.GetLatestInstanceReports",
            "what each of the customer's instances told last",
            {"customer_id": "tenant_id"},
        ),
        Row(
            "DELETE",
            "/api/usage/cleanup",
            f"{_INSTANCES}.CleanUpInstanceReports",
            "deletes what instances told more than 90 days ago",
        ),
    )


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


_VERDICT = {
    "oneOf": [
        described(valid={"const": True}, claims={"type": "object"}),
        described(valid={"const": False}, reason=TEXT, message=TEXT),
    ]
}
