"""The HTTP application: routes from operations, errors as problem details."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

import grpc
import structlog
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.documents import documents
from gateway.health import HEALTH_PATH, HealthEndpoint
from gateway.limits import GatewayLimits
from gateway.operations import Operation
from gateway.problems import plain_problem, problem
from gateway.transcoding import Transcoder
from gateway.visit import HttpMetrics, VisitMiddleware, visit_of
from gateway.webhooks import WEBHOOK_PATH, WebhookEndpoint
from mesh.clock import Clock
from mesh.errors import Internal, MeshError

Handler = Callable[[Request], Awaitable[Response]]


def create_app(
    channel: grpc.aio.Channel,
    operations: Iterable[Operation],
    *,
    backend: str,
    document: bytes,
    registry: CollectorRegistry,
    clock: Clock,
    limits: GatewayLimits | None = None,
) -> Starlette:
    """Serves `operations` over `channel`, health and the OpenAPI `document` (JSON).

    `backend` is the name of the server behind `channel`, as health and errors say it.
    """
    bounds = limits or GatewayLimits()
    paths: dict[str, dict[str, Handler]] = {}
    for operation in operations:
        handler = Transcoder(operation, channel, backend, bounds, clock)
        paths.setdefault(operation.path, {})[operation.verb] = handler
    paths[HEALTH_PATH] = {"GET": HealthEndpoint(channel, backend, bounds.health_deadline_s)}
    paths[WEBHOOK_PATH] = {"POST": WebhookEndpoint(channel, bounds.deadline_s)}
    paths |= documents(document)
    metrics = HttpMetrics(registry)
    app = Starlette(
        routes=[
            Route(path, PathEndpoint(path, paths[path], clock))
            for path in sorted(paths, key=_order)
        ],
        middleware=[Middleware(VisitMiddleware, metrics, clock, bounds.slow_s)],
        exception_handlers={404: _not_found},
    )
    app.router.redirect_slashes = False
    return app


def _order(path: str) -> list[tuple[bool, str]]:
    """Fixed words before variables: the more exact path owns its requests, of whatever verb."""
    return [(segment.startswith("{"), segment) for segment in path.split("/")]


class PathEndpoint:
    """One path: the handler by verb, and every error as an answer."""

    def __init__(self, path: str, handlers: Mapping[str, Handler], clock: Clock) -> None:
        """`path` is the template."""
        self._path = path
        self._clock = clock
        self._handlers = dict(handlers)
        if "GET" in self._handlers:
            self._handlers["HEAD"] = self._handlers["GET"]
        self._allow = ", ".join(sorted(self._handlers))
        self._log = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        visit = visit_of(request.scope)
        visit.route = self._path
        try:
            handler = self._handlers.get(request.method)
            if handler is None:
                raise HTTPException(405, f"use {self._allow}", {"Allow": self._allow})
            return await handler(request)
        except MeshError as error:
            return problem(error, request.scope["path"], visit.request_id, self._clock.now())
        except HTTPException as error:
            return _http_problem(request, error)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:
            self._log.exception("http_defect", route=self._path, request_id=visit.request_id)
            return problem(Internal(), request.scope["path"], visit.request_id, self._clock.now())


async def _not_found(request: Request, _: Exception) -> Response:
    return _http_problem(request, HTTPException(404, "no such path; GET /docs lists them"))


def _http_problem(request: Request, error: HTTPException) -> Response:
    return plain_problem(
        error.status_code,
        error.detail,
        request.scope["path"],
        visit_of(request.scope).request_id,
        dict(error.headers or {}),
    )
