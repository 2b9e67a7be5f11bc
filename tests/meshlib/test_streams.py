"""Streams: every message is checked, every end is noticed."""

import asyncio
from datetime import timedelta

import grpc
import pytest

from mesh import errors
from mesh.clock import ManualClock
from mesh.limits import CallLimits
from mesh.status import from_rpc_error
from tests.meshlib.echo_server import Echo, running


async def collect(call) -> list[str]:
    return [response.text async for response in call]


async def test_all_kinds_of_streams_work(echo):
    requests = [echo.pb.EchoRequest(text=text) for text in "abc"]
    async with running(echo) as server, server.stub() as stub:
        assert await collect(stub.Count(echo.pb.EchoRequest(text="3"))) == ["0", "1", "2"]
        assert (await stub.Join(iter(requests))).text == "abc"
        assert await collect(stub.Chat(iter(requests))) == ["a", "b", "c"]
        assert server.servicer.calls[0].principal.subject == "good"
    assert server.handled("Chat", "OK") == 1


async def test_a_stream_needs_the_scope_too(echo):
    async with running(echo) as server, server.stub("weak") as stub:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Chat().read()
    assert isinstance(from_rpc_error(caught.value), errors.PermissionDenied)


async def test_a_later_message_that_breaks_a_rule_ends_the_stream(echo):
    requests = [echo.pb.EchoRequest(text="ok"), echo.pb.EchoRequest(text="x" * 17)]
    async with running(echo) as server, server.stub() as stub:
        for call in (stub.Chat(iter(requests)), stub.Join(iter(requests))):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await (collect(call) if call.__class__.__name__ == "StreamStreamCall" else call)
            error = from_rpc_error(caught.value)
            assert isinstance(error, errors.InvalidArgument)
            assert error.violations[0].field == "text"
        assert server.servicer.received == ["ok"]


async def test_a_handler_that_reads_from_the_context_is_guarded_too(echo):
    class Reader(Echo):
        async def Chat(self, requests, context):
            while (request := await context.read()) is not grpc.aio.EOF:
                await context.write(self.pb.EchoResponse(text=request.text))

    async with running(echo, servicer=Reader(echo.pb)) as server, server.stub() as stub:
        good = [echo.pb.EchoRequest(text="a"), echo.pb.EchoRequest(text="b")]
        assert await collect(stub.Chat(iter(good))) == ["a", "b"]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await collect(stub.Chat(iter([echo.pb.EchoRequest(text="x" * 17)])))
    assert isinstance(from_rpc_error(caught.value), errors.InvalidArgument)


async def test_when_the_caller_leaves_the_handlers_cleanup_runs_at_once(echo):
    async with running(echo) as server, server.stub() as stub:
        call = stub.Chat()
        await call.write(echo.pb.EchoRequest(text="1"))
        assert (await call.read()).text == "1"
        call.cancel()
        async with asyncio.timeout(60):
            await server.servicer.closed.wait()


async def test_cleanup_runs_even_when_the_caller_stops_reading(echo):
    async with running(echo) as server, server.stub() as stub:
        call = stub.Count(echo.pb.EchoRequest(text="100000000"))
        await call.read()
        call.cancel()
        async with asyncio.timeout(60):
            await server.servicer.closed.wait()


async def test_streams_have_a_limit_of_their_own(echo):
    async with running(echo, limits=CallLimits(max_streams=1)) as server, server.stub() as stub:
        first = stub.Chat()
        await first.write(echo.pb.EchoRequest(text="1"))
        await first.read()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await collect(stub.Count(echo.pb.EchoRequest(text="3")))
        assert isinstance(from_rpc_error(caught.value), errors.RateLimited)
        assert (await stub.Echo(echo.pb.EchoRequest(text="unary"))).text == "unary"
        await first.done_writing()


async def test_a_revoked_credential_ends_its_open_stream_within_a_second(echo, noon):
    clock = ManualClock(noon)
    async with running(echo, clock=clock) as server, server.stub() as stub:
        call = stub.Chat()
        await call.write(echo.pb.EchoRequest(text="1"))
        assert (await call.read()).text == "1"
        server.keys.revoked.add("good")
        clock.advance(timedelta(seconds=1))
        await call.write(echo.pb.EchoRequest(text="2"))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
        assert server.servicer.received == ["1"]
    assert isinstance(from_rpc_error(caught.value), errors.Unauthenticated)


async def test_a_revoked_credential_ends_a_stream_on_which_its_caller_is_silent(echo, noon):
    class Waiting(Echo):
        async def Count(self, request, context):
            try:
                yield self.pb.EchoResponse(text="open")
                await asyncio.Event().wait()
            finally:
                self.closed.set()

    clock = ManualClock(noon)
    waiting = Waiting(echo.pb)
    async with running(echo, servicer=waiting, clock=clock) as server, server.stub() as stub:
        call = stub.Count(echo.pb.EchoRequest(text="1"))
        assert (await call.read()).text == "open"
        server.keys.revoked.add("good")
        clock.advance(timedelta(seconds=1))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async with asyncio.timeout(60):
                await call.read()
        assert waiting.closed.is_set()
    assert isinstance(from_rpc_error(caught.value), errors.Unauthenticated)


async def test_a_store_that_is_away_ends_no_stream(echo, noon):
    class Away(Echo):
        async def Count(self, request, context):
            yield self.pb.EchoResponse(text="open")
            await self.go_on.wait()
            yield self.pb.EchoResponse(text="still open")

    clock, looked = ManualClock(noon), asyncio.Event()
    servicer = Away(echo.pb)
    servicer.go_on = asyncio.Event()

    async def away(key):
        looked.set()
        raise errors.Unavailable("postgres")

    async with running(echo, servicer=servicer, clock=clock) as server, server.stub() as stub:
        call = stub.Count(echo.pb.EchoRequest(text="1"))
        assert (await call.read()).text == "open"
        server.keys.bearer = away
        for _ in range(2):  # it looks a second time only if it survived the first
            looked.clear()
            clock.advance(timedelta(seconds=1))
            async with asyncio.timeout(60):
                await looked.wait()
        servicer.go_on.set()
        assert (await call.read()).text == "still open"
