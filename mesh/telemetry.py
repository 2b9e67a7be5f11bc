"""Metrics and logs."""

import logging
import sys
from collections.abc import MutableMapping
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIServer

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from structlog.tracebacks import ExceptionDictTransformer

from mesh.address import split_address
from mesh.call import find_call
from mesh.errors import StartError

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SECRET_WORDS = ("authorization", "password", "secret", "token", "api_key", "private")


class Metrics:
    """What every gRPC server of the mesh exports (names of grpc-ecosystem's middleware)."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Registers its collectors with `registry`."""
        self.registry = registry
        self._handled = Counter(
            "grpc_server_handled",
            "Calls completed on the server, by status code.",
            ["grpc_type", "grpc_service", "grpc_method", "grpc_code"],
            registry=registry,
        )
        self._seconds = Histogram(
            "grpc_server_handling_seconds",
            "Seconds from the arrival of a call to its end.",
            ["grpc_type", "grpc_service", "grpc_method"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self.in_flight = Gauge(
            "grpc_server_in_flight", "Calls being served.", ["grpc_type"], registry=registry
        )
        self._cache = Counter(
            "brinkbyte_cache_requests",
            "Cache look-ups, by cache and outcome (hit, miss).",
            ["cache", "outcome"],
            registry=registry,
        )

    def method(self, kind: str, service: str, method: str) -> "MethodMetrics":
        """The metrics of one RPC; `kind` is unary, server_stream, client_stream or bidi_stream."""
        return MethodMetrics(self._handled, self._seconds, (kind, service, method))

    def cache(self, name: str) -> tuple[Counter, Counter]:
        """The hit and miss counters of the cache `name`."""
        return self._cache.labels(name, "hit"), self._cache.labels(name, "miss")


class MethodMetrics:
    """The metrics of one RPC, with the look-up by labels done once."""

    __slots__ = ("_codes", "_handled", "_labels", "_observe")

    def __init__(self, handled: Counter, seconds: Histogram, labels: tuple[str, str, str]) -> None:
        """`labels` are type, service and method."""
        self._handled = handled
        self._labels = labels
        self._observe = seconds.labels(*labels).observe
        self._codes: dict[str, Counter] = {}

    def finished(self, code: str, seconds: float) -> None:
        """Counts one call that ended with status `code` after `seconds`."""
        counter = self._codes.get(code)
        if counter is None:
            counter = self._codes[code] = self._handled.labels(*self._labels, code)
        counter.inc()
        self._observe(seconds)


class MetricsServer:
    """The endpoint that Prometheus scrapes: any path answers with the metrics."""

    def __init__(self, server: WSGIServer, thread: Thread) -> None:
        """Takes over a running server; `serve_metrics` makes one."""
        self._server = server
        self._thread = thread

    @property
    def port(self) -> int:
        """The bound port."""
        return self._server.server_port

    def close(self) -> None:
        """Stops serving and frees the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve_metrics(addr: str, registry: CollectorRegistry) -> MetricsServer:
    """Serves `registry` over HTTP at host:port (port 0 picks one), in a thread of its own.

    Raises StartError when the address is taken.
    """
    host, port = split_address(addr)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise StartError(
            f"metrics address {addr} cannot be used ({error.strerror}); free it or choose another"
        ) from None
    return MetricsServer(server, thread)


def configure_logs(level: str = "info", *, json: bool = False) -> None:
    """Structured logs on standard error: JSON lines, or readable lines for a terminal.

    Every line made inside a call carries its request id. Values under names that sound
    secret are masked, and a traceback shows no variables: they hold keys and requests.
    """
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    processors: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_call,
        _mask,
    ]
    if json:
        without_locals = ExceptionDictTransformer(show_locals=False)
        processors += [
            structlog.processors.ExceptionRenderer(without_locals),
            structlog.processors.JSONRenderer(sort_keys=True),
        ]
    else:
        processors.append(
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        )
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr, force=True)


def _add_call(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    call = find_call()
    if call is not None:
        event.setdefault("request_id", call.request_id)
    return event


def _mask(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in event:
        if any(word in name.lower() for word in _SECRET_WORDS):
            event[name] = "***"
    return event
