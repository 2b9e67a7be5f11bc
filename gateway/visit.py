"""One HTTP request on its way through the gateway: id, headers, metrics, log."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mesh.clock import Clock

UNMATCHED = "(none)"
_KEY = "brinkbyte.visit"
_REQUEST_ID = re.compile(rb"[\x21-\x7e]{1,128}")
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SECURITY = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
}


@dataclass(slots=True)
class Visit:
    """`route` is the path's template, known once a route was found; `started` is monotonic."""

    request_id: str
    started: float
    route: str = UNMATCHED
    status: int = 0


def visit_of(scope: Scope) -> Visit:
    """The visit that the running request belongs to."""
    visit: Visit = scope[_KEY]
    return visit


class HttpMetrics:
    """What a gateway exports beside the metrics of gRPC."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Registers its collectors with `registry`."""
        self._requests = Counter(
            "brinkbyte_http_requests",
            "HTTP requests completed, by verb, route and status.",
            ["verb", "route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "brinkbyte_http_request_seconds",
            "Seconds from the arrival of a request to the end of its answer.",
            ["route"],
            buckets=_BUCKETS,
            registry=registry,
        )

    def finished(self, verb: str, visit: Visit, seconds: float) -> None:
        """Counts one request; verbs that HTTP does not know share a label."""
        known = verb if verb in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "other"
        self._requests.labels(known, visit.route, str(visit.status)).inc()
        self._seconds.labels(visit.route).observe(seconds)


class VisitMiddleware:
    """Outermost. Paths are matched undecoded from here on, so that %2F is no separator."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics, clock: Clock, slow_s: float) -> None:
        """Requests slower than `slow_s` seconds and failures of ours are logged."""
        self._app = app
        self._metrics = metrics
        self._clock = clock
        self._slow_s = slow_s
        self._log = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = Visit(_request_id(scope), self._clock.monotonic())
        inner = {**scope, _KEY: visit, "path": scope["raw_path"].decode("latin-1")}

        async def finish(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.status = message["status"]
                message = {**message, "headers": _headers(message["headers"], visit)}
            await send(message)

        try:
            await self._app(inner, receive, finish)
        finally:
            self._close(scope, visit)

    def _close(self, scope: Scope, visit: Visit) -> None:
        seconds = self._clock.monotonic() - visit.started
        self._metrics.finished(scope["method"], visit, seconds)
        if visit.status >= 500 or seconds > self._slow_s:
            self._log.warning(
                "http_failed" if visit.status >= 500 else "http_slow",
                verb=scope["method"],
                route=visit.route,
                status=visit.status,
                seconds=round(seconds, 4),
                request_id=visit.request_id,
            )


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value.decode("ascii"))
    return os.urandom(8).hex()


def _headers(given: Any, visit: Visit) -> list[tuple[bytes, bytes]]:
    headers = list(given)
    names = {name.lower() for name, _ in headers}
    headers += [(name, value) for name, value in _SECURITY.items() if name not in names]
    headers.append((b"x-request-id", visit.request_id.encode()))
    return headers
