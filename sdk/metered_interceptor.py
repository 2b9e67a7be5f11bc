"""Quotas in front of an instance's own gRPC services."""

import inspect
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

import grpc
from grpc_status import rpc_status

from mesh.clock import Clock, SystemClock
from mesh.errors import MeshError
from mesh.status import to_status
from sdk.interceptor import Continuation, Handler, remade, rule_of
from sdk.meter import Meter, Spending
from sdk.metered import Metered


class MeteredInterceptor(grpc.aio.ServerInterceptor):
    """Reserves before each call and counts after it.

    A quota that is used up is RESOURCE_EXHAUSTED with its ErrorInfo, QuotaFailure and RetryInfo.
    """

    def __init__(
        self, meter: Meter, rules: Mapping[str, Metered], clock: Clock | None = None
    ) -> None:
        """`rules` for "/package.Service/Method" or "/package.Service/*"; other methods pass.

        `estimate` and `resource` are functions of the request (constants where requests
        stream), `actual` of the response, each of them where they stream. The resource is the
        method by default.
        """
        self._meter = meter
        self._rules = dict(rules)
        self._clock = clock or SystemClock()

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """The handler behind its quota, which is asked when the call is served."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        rule = rule_of(self._rules, method)
        if handler is None or rule is None:
            return handler
        streaming = handler.response_streaming
        return remade(handler, lambda inner: self._behind(rule, method, inner, streaming))

    def _behind(self, rule: Metered, method: str, inner: Any, streaming: bool) -> Any:
        if inspect.isasyncgenfunction(inner):
            return self._generator(rule, method, inner)
        return self._writer(rule, method, inner) if streaming else self._unary(rule, method, inner)

    def _unary(self, rule: Metered, method: str, inner: Any) -> Any:
        async def serve(request: Any, context: Any) -> Any:
            async with self._use(rule, method, request, context) as spending:
                response = await inner(request, context)
                rule.saw(spending, response)
            return response

        return serve

    def _generator(self, rule: Metered, method: str, inner: Any) -> Any:
        async def serve(request: Any, context: Any) -> Any:
            async with (
                self._use(rule, method, request, context) as spending,
                aclosing(inner(request, context)) as responses,
            ):
                async for response in responses:
                    rule.saw(spending, response)
                    yield response

        return serve

    def _writer(self, rule: Metered, method: str, inner: Any) -> Any:
        async def serve(request: Any, context: Any) -> Any:
            async with self._use(rule, method, request, context) as spending:
                return await inner(request, _Watched(context, rule, spending))

        return serve

    @asynccontextmanager
    async def _use(
        self, rule: Metered, method: str, request: Any, context: Any
    ) -> AsyncIterator[Spending]:
        allowed = False
        try:
            async with rule.use(self._meter, method, (request,), {}) as spending:
                allowed = True
                try:
                    yield spending
                except BaseException as error:
                    rule.failed(spending, error)
                    raise
        except MeshError as error:
            if allowed:
                raise
            status = to_status(error, now=self._clock.now())
            await context.abort_with_status(rpc_status.to_status(status))


class _Watched:
    """A call's context that counts what is written to it."""

    def __init__(self, context: Any, rule: Metered, spending: Spending) -> None:
        self._context = context
        self._rule = rule
        self._spending = spending

    async def write(self, response: Any) -> None:
        """As gRPC's."""
        self._rule.saw(self._spending, response)
        await self._context.write(response)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)
