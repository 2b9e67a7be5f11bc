"""Guards in front of an instance's own gRPC services."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

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
Rule = TypeVar("Rule")


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
        rule = rule_of(self._rules, handler_call_details.method)
        if handler is None or rule is None:
            return handler
        return remade(handler, lambda inner: _behind(rule, inner))


def remade(handler: Any, wrap: Callable[[Any], Any]) -> Handler:
    """The handler with its function wrapped."""
    kind = {
        (False, False): "unary_unary",
        (False, True): "unary_stream",
        (True, False): "stream_unary",
        (True, True): "stream_stream",
    }[handler.request_streaming, handler.response_streaming]
    make = getattr(grpc, f"{kind}_rpc_method_handler")
    made: Handler = make(
        wrap(getattr(handler, kind)), handler.request_deserializer, handler.response_serializer
    )
    return made


def rule_of(rules: Mapping[str, Rule], method: str) -> Rule | None:
    """The method's own rule, or the one of all methods of its service, "/package.Service/*"."""
    return rules.get(method) or rules.get(f"{method.rpartition('/')[0]}/*")


def _behind(guard: Guard, inner: Any) -> Any:
    generator = inspect.isasyncgenfunction(inner)
    return _generator(guard, inner) if generator else _plain(guard, inner)


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
