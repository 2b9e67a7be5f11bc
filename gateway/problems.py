"""A typed error as an HTTP answer: problem details (RFC 9457)."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from gateway.quota_headers import of_error, quota_headers, reset_seconds
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


def problem(error: MeshError, instance: str, request_id: str, now: datetime) -> JSONResponse:
    """The one map from an error to HTTP; the reasons are those of ErrorReason in the contracts.

    `instance` is the request's path, `now` is aware. A quota's figures are in the body's `quota`,
    and as far as they go in the headers RateLimit and RateLimit-Policy.
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
    if isinstance(error, QuotaExhausted):
        body["quota"] = _quota(error)
        if (seconds := reset_seconds(error.reset, now)) is not None:
            body["retry_after"] = max(1, seconds)
    if error.metadata:
        body["metadata"] = error.metadata
    return JSONResponse(body, status, _headers(error, now), MEDIA_TYPE)


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


def _headers(error: MeshError, now: datetime) -> dict[str, str]:
    match error:
        case Unauthenticated():
            return {"WWW-Authenticate": 'Bearer realm="brinkbyte"'}
        case RateLimited() | Unavailable():
            return {"Retry-After": str(_seconds(error.retry_after))}
        case QuotaExhausted():
            seconds = reset_seconds(error.reset, now)
            again = {} if seconds is None else {"Retry-After": str(max(1, seconds))}
            return again | quota_headers(of_error(error), now)
    return {}


def _quota(error: QuotaExhausted) -> dict[str, str | None]:
    """The exact figures; null where the server did not say."""
    reset = error.reset
    return {
        "metric": error.subject,
        **{name: error.metadata.get(name) for name in ("limit", "used", "remaining")},
        "reset": None if reset is None else reset.astimezone(UTC).isoformat()[:-6] + "Z",
    }


def _seconds(delay: timedelta) -> int:
    return max(1, math.ceil(delay.total_seconds()))
