"""The one server interceptor: request id, identity, access, deadline, rules, errors, metrics.

What depends on the method alone is worked out at its first call and kept.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import grpc
import structlog
from protovalidate import Validator

from mesh.authenticate import Authenticator
from mesh.callers import AllowedCallers
from mesh.clock import Clock
from mesh.denials import Denials
from mesh.interceptors.flow import Flow
from mesh.interceptors.plan import MethodPlan
from mesh.interceptors.stream import stream_in_stream_out, stream_in_unary_out, unary_in_stream_out
from mesh.interceptors.unary import unary_in_unary_out
from mesh.limits import CallLimits
from mesh.telemetry import Metrics
from mesh.tolls import Tolls

if TYPE_CHECKING:
    Handler = grpc.RpcMethodHandler[Any, Any]
else:
    Handler = grpc.RpcMethodHandler

Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]]


class MeshInterceptor(grpc.aio.ServerInterceptor):
    """Wraps every RPC of a server.

    In order: in-flight limit, request id, identity, allowed callers, access rule, toll, default
    deadline, decoding and protovalidate rules of each request message, the handler, error mapping,
    metrics.
    """

    def __init__(
        self,
        authenticator: Authenticator,
        clock: Clock,
        metrics: Metrics,
        limits: CallLimits | None = None,
        validator: Validator | None = None,
        *,
        callers: AllowedCallers | None = None,
        denials: Denials | None = None,
        tolls: Tolls | None = None,
    ) -> None:
        """`limits` and `validator` have defaults; without `callers` every certificate may call
        every service, as far as its scopes go. `denials` is told of calls that known callers
        may not make; without `tolls` calls cost nothing."""
        self._flow = Flow(
            authenticator,
            clock,
            metrics,
            limits=limits or CallLimits(),
            validator=validator or Validator(),
            callers=callers,
            denials=denials,
            tolls=tolls,
            log=structlog.get_logger(),
        )
        self._metrics = metrics
        self._handlers: dict[str, Handler] = {}

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """The wrapped handler; None for an unknown method (gRPC answers UNIMPLEMENTED)."""
        method = handler_call_details.method
        known = self._handlers.get(method)
        if known is not None:
            return known
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        wrapped = self._wrap(MethodPlan.of(method, handler, self._metrics), handler)
        self._handlers[method] = wrapped
        return wrapped

    def _wrap(self, plan: MethodPlan, handler: Any) -> Handler:
        """Decoding is left to the wrapper, so that bad bytes become INVALID_ARGUMENT."""
        encode = handler.response_serializer
        if handler.request_streaming and handler.response_streaming:
            both = stream_in_stream_out(self._flow, plan, handler.stream_stream)
            return grpc.stream_stream_rpc_method_handler(both, None, encode)
        if handler.request_streaming:
            up = stream_in_unary_out(self._flow, plan, handler.stream_unary)
            return grpc.stream_unary_rpc_method_handler(up, None, encode)
        if handler.response_streaming:
            down = unary_in_stream_out(self._flow, plan, handler.unary_stream)
            return grpc.unary_stream_rpc_method_handler(down, None, encode)
        unary = unary_in_unary_out(self._flow, plan, handler.unary_unary)
        return grpc.unary_unary_rpc_method_handler(unary, None, encode)
