"""Streams: every inbound message is decoded and checked like a unary request.

Response streams are written from a coroutine, so that a handler's generator is closed, and
its `finally` runs, at the moment the stream ends.
"""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, Self

import grpc
from google.protobuf.message import Message

from mesh.errors import DeadlineExceeded, RateLimited, StartError, Unavailable
from mesh.interceptors.flow import Context, Flow, Visit
from mesh.interceptors.plan import MethodPlan
from mesh.interceptors.unary import UnaryHandler, require_coroutine

_LOOK_EVERY_S = 1.0

Generator = Callable[[Any, Context], AsyncGenerator[Any, None]]
Writer = Callable[[Any, Context], Awaitable[None]]


class StreamContext:
    """A server context whose `read` decodes and checks; all else is gRPC's own."""

    def __init__(self, flow: Flow, visit: Visit) -> None:
        """Wraps the context of one call."""
        self._context = visit.context
        self._flow = flow
        self._visit = visit

    async def read(self) -> Message | Any:
        """The next request, or grpc.aio.EOF.

        Raises InvalidArgument, and Unauthenticated within a second of the credential's end.
        """
        data = await self._context.read()
        if data is grpc.aio.EOF:
            return data
        await self._flow.admit_again(self._visit)
        return self._visit.plan.admit(data, self._flow.validator)

    def __getattr__(self, name: str) -> Any:
        """Everything else."""
        return getattr(self._context, name)


class Requests:
    """The request iterator that a streaming handler gets."""

    def __init__(self, context: StreamContext) -> None:
        """Reads from `context`."""
        self._context = context

    def __aiter__(self) -> Self:
        """Itself; a stream can be read once."""
        return self

    async def __anext__(self) -> Message:
        """The next request. Raises InvalidArgument."""
        message = await self._context.read()
        if message is grpc.aio.EOF:
            raise StopAsyncIteration
        return message


def unary_in_stream_out(flow: Flow, plan: MethodPlan, handler: Generator | Writer) -> Writer:
    """Wraps a handler of a server stream, which ends within a second of its credential."""
    write = _as_writer(plan, handler)

    async def serve(data: bytes, context: Context) -> None:
        visit = flow.begin(plan, context)

        async def work() -> None:
            message = plan.admit(data, flow.validator)
            if plan.access.public:
                await write(message, context)
            else:
                await _while_identified(flow, visit, write(message, context))

        await _served(flow, visit, work)

    return serve


def stream_in_stream_out(flow: Flow, plan: MethodPlan, handler: Generator | Writer) -> Writer:
    """Wraps a handler of a bidirectional stream."""
    write = _as_writer(plan, handler)

    async def serve(_: object, context: Context) -> None:
        visit = flow.begin(plan, context)
        guarded: Any = StreamContext(flow, visit)

        async def work() -> None:
            await write(Requests(guarded), guarded)

        await _served(flow, visit, work)

    return serve


def stream_in_unary_out(flow: Flow, plan: MethodPlan, handler: UnaryHandler) -> UnaryHandler:
    """Wraps a handler of a client stream."""
    require_coroutine(plan, handler)

    async def serve(_: object, context: Context) -> Any:
        visit = flow.begin(plan, context)
        guarded: Any = StreamContext(flow, visit)

        async def work() -> Any:
            return await handler(Requests(guarded), guarded)

        return await _served(flow, visit, work)

    return serve


async def _while_identified(flow: Flow, visit: Visit, writing: Awaitable[Any]) -> None:
    """Awaits a writer. Nothing is read from its caller on whose arrival the credential could be
    looked at, so it is looked at by the clock. Raises what the writer or `admit_again` raises."""
    writer = asyncio.ensure_future(writing)
    guard = asyncio.ensure_future(_guard(flow, visit))
    try:
        await asyncio.wait({writer, guard}, return_when=asyncio.FIRST_COMPLETED)
        if guard.done() and not writer.done():
            guard.result()
        await writer
    finally:
        for task in (writer, guard):
            task.cancel()
        await asyncio.gather(writer, guard, return_exceptions=True)


async def _guard(flow: Flow, visit: Visit) -> None:
    """A store that is away for now says nothing against the caller."""
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        try:
            await flow.admit_again(visit)
        except (Unavailable, DeadlineExceeded, RateLimited):
            continue


async def _served(flow: Flow, visit: Visit, work: Callable[[], Awaitable[Any]]) -> Any:
    try:
        await flow.admit(visit)
        result = await work()
    except BaseException as error:
        await flow.failed(visit, error)
    finally:
        flow.leave(visit)
    flow.succeeded(visit)
    return result


def _as_writer(plan: MethodPlan, handler: Any) -> Writer:
    if inspect.iscoroutinefunction(handler):
        coroutine: Writer = handler
        return coroutine
    if not inspect.isasyncgenfunction(handler):
        raise StartError(f"the handler of {plan.path} must be an async function or generator")

    async def write(request: Any, context: Context) -> None:
        async with aclosing(handler(request, context)) as responses:
            async for response in responses:
                await context.write(response)

    return write
