"""A typed error as an HTTP answer: problem details (RFC 9457)."""

from __future__ import annotations

import math
from datetime import UTC, timedelta
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from mesh.errors import (
    Aborted,
    AlreadyExists,
    CallerNotAllowed,
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    MeshError,
    NotFound,
    PermissionDenied,
    QuotaExhausted,
    RateLimited,
    StorageFull,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"
_QUOTA_FIGURES = ("subject", "limit", "used", "remaining", "reset")

STATUS: dict[type[MeshError], tuple[int, str]] = {
    InvalidArgument: (400, "Invalid request"),
    Unauthenticated: (401, "Authentication needed"),
    PermissionDenied: (403, "Not permitted"),
    CallerNotAllowed: (403, "Not permitted"),
    NotFound: (404, "Not found"),
    AlreadyExists: (409, "Exists already"),
    Aborted: (409, "Taken over"),
    FailedPrecondition: (400, "Not possible now"),
    RateLimited: (429, "Too many calls"),
    QuotaExhausted: (429, "Quota exhausted"),
    TooLarge: (413, "Request too large"),
    StorageFull: (507, "Storage full"),
    Unavailable: (503, "Unavailable"),
    DeadlineExceeded: (504, "Deadline exceeded"),
    Internal: (500, "Internal error"),
}


def problem(error: MeshError, instance: str, request_id: str) -> JSONResponse:
    """The one map from an error to HTTP; the reasons are those of ErrorReason in the contracts.

    `instance` is the request's path. A quota's figures are in the headers X-Quota-*.
    """
    status, title = STATUS.get(type(error), STATUS[Internal])
    body: dict[str, Any] = {
        "type": f"urn:brinkbyte:error:{error.reason.lower()}",
        "title": title,
        "status": status,
        "detail": error.message,
        "instance": instance,
        "reason": error.reason.lower(),
        "request_id": request_id,
    }
    if isinstance(error, InvalidArgument):
        body["errors"] = [
            {"field": each.field, "description": each.description} for each in error.violations
        ]
    if isinstance(error, RateLimited | Unavailable):
        body["retry_after"] = _seconds(error.retry_after)
    if error.metadata:
        body["metadata"] = error.metadata
    return JSONResponse(body, status, _headers(error), MEDIA_TYPE)


def plain_problem(
    status: int, detail: str, instance: str, request_id: str, headers: dict[str, str]
) -> JSONResponse:
    """A problem of HTTP itself: an unknown path, a wrong method, a body that is no JSON."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
        "request_id": request_id,
    }
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def _headers(error: MeshError) -> dict[str, str]:
    match error:
        case Unauthenticated():
            return {"WWW-Authenticate": 'Bearer realm="brinkbyte"'}
        case RateLimited() | Unavailable():
            return {"Retry-After": str(_seconds(error.retry_after))}
        case QuotaExhausted():
            return _quota(error)
    return {}


def _quota(error: QuotaExhausted) -> dict[str, str]:
    figures = {name: error.metadata.get(name, "") for name in _QUOTA_FIGURES}
    if error.reset is not None:
        figures["reset"] = error.reset.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {
        f"X-Quota-{name.capitalize()}": value
        for name, value in figures.items()
        if value and value.isascii() and value.isprintable()
    }


def _seconds(delay: timedelta) -> int:
    return max(1, math.ceil(delay.total_seconds()))
