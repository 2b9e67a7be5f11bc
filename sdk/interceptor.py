"""Guards in front of an instance's own gRPC services."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import grpc
from grpc_status import rpc_status

from mesh.status import to_status
from sdk.refusal import NotLicensed

if TYPE_CHECKING:
    Handler = grpc.RpcMethodHandler[Any, Any]
else:
    Handler = grpc.RpcMethodHandler

Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]]
Guard = Callable[[], None]


class LicenseInterceptor(grpc.aio.ServerInterceptor):
    """Asks a guard before each call; a refusal is FAILED_PRECONDITION with its ErrorInfo."""

    def __init__(self, rules: Mapping[str, Guard]) -> None:
        """`rules`: a guard for "/package.Service/Method", or for all the methods of a service
        under "/package.Service/*". Methods without a rule pass."""
        self._rules = dict(rules)

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """The handler behind its guard; the guard is asked when the call is served."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        rule = self._rules.get(method) or self._rules.get(f"{method.rpartition('/')[0]}/*")
        return handler if handler is None or rule is None else _behind(rule, handler)


def _behind(guard: Guard, handler: Any) -> Handler:
    kind = {
        (False, False): "unary_unary",
        (False, True): "unary_stream",
        (True, False): "stream_unary",
        (True, True): "stream_stream",
    }[handler.request_streaming, handler.response_streaming]
    make = getattr(grpc, f"{kind}_rpc_method_handler")
    inner = getattr(handler, kind)
    guarded = (
        _generator(guard, inner) if inspect.isasyncgenfunction(inner) else _plain(guard, inner)
    )
    made: Handler = make(guarded, handler.request_deserializer, handler.response_serializer)
    return made


def _plain(guard: Guard, inner: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
    async def serve(request: Any, context: Any) -> Any:
        await _ask(guard, context)
        return await inner(request, context)

    return serve


def _generator(guard: Guard, inner: Callable[..., Any]) -> Callable[..., Any]:
    async def serve(request: Any, context: Any) -> Any:
        await _ask(guard, context)
        async for response in inner(request, context):
            yield response

    return serve


async def _ask(guard: Guard, context: Any) -> None:
    try:
        guard()
    except NotLicensed as error:
        await context.abort_with_status(rpc_status.to_status(to_status(error)))
