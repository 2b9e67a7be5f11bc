"""What a client of the mesh does by itself."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import grpc
import pytest

from mesh.call import Call, enter_call
from mesh.channel import channel
from mesh.errors import ConfigError
from mesh.limits import ChannelLimits
from mesh.principal import ANONYMOUS
from mesh.retry import service_config
from mesh.server import TlsMaterial
from tests.meshlib.echo_server import SERVICE, running


async def test_a_call_being_served_passes_its_request_id_on(echo):
    async with running(echo) as server, server.stub() as stub:

        async def serve() -> None:
            enter_call(Call(ANONYMOUS, "from-above", "/x/Y", ""))
            await stub.Echo(echo.pb.EchoRequest())

        await asyncio.create_task(serve())
        await stub.Echo(echo.pb.EchoRequest())
        first, second = (call.request_id for call in server.servicer.calls)
    assert first == "from-above"
    assert second not in {"", "from-above"}


async def test_a_key_given_to_one_call_wins(echo):
    async with running(echo) as server, server.stub("weak") as stub:
        await stub.Echo(echo.pb.EchoRequest(), metadata=(("authorization", "Bearer good"),))


async def test_a_unary_call_has_a_default_deadline(echo):
    async def hang(_):
        await asyncio.Event().wait()

    async with (
        running(echo) as server,
        server.stub(limits=ChannelLimits(deadline_s=0.1)) as stub,
    ):
        server.servicer.act = hang
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Echo(echo.pb.EchoRequest())
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_channel_heals_when_its_server_comes_back(echo):
    async with contextlib.AsyncExitStack() as stack:
        first = await stack.enter_async_context(running(echo))
        stub = await stack.enter_async_context(first.stub())
        await stub.Echo(echo.pb.EchoRequest())
        await first.server.drain(0)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Echo(echo.pb.EchoRequest())
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        addr = first.addr
        await stack.enter_async_context(running(echo, lambda other: other.add_plaintext(addr)))
        answer = await stub.Echo(echo.pb.EchoRequest(text="back"), wait_for_ready=True)
    assert answer.text == "back"


@contextlib.asynccontextmanager
async def slow_line(port: int, delay_s: float) -> AsyncIterator[tuple[int, list[int]]]:
    """A port whose bytes reach `port` and come back `delay_s` later; one entry a connection."""
    connections: list[int] = []

    async def carry(source, sink):
        while data := await source.read(65536):
            await asyncio.sleep(delay_s)
            sink.write(data)

    async def join(reader, writer):
        connections.append(len(connections))
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(OSError):
            await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))
        writer.close()
        far_writer.close()

    async with await asyncio.start_server(join, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], connections


async def test_a_handshake_over_a_slow_line_is_not_cut_off(echo, certificates):
    material = TlsMaterial(certificates.server.cert_pem, certificates.server.key_pem)
    async with (
        running(echo, lambda server: server.add_tls("127.0.0.1:0", lambda: material)) as server,
        slow_line(server.port, 0.2) as (port, connections),
        channel(
            f"127.0.0.1:{port}", root_ca=certificates.ca.cert_pem, bearer="good"
        ) as over_slow_line,
    ):
        stub = echo.grpc.EchoServiceStub(over_slow_line)
        answer = await stub.Echo(echo.pb.EchoRequest(text="far"), wait_for_ready=True)
    assert answer.text == "far"
    assert connections == [0], "attempts cut off before"


async def test_safe_methods_are_repeated_and_only_those(echo):
    failures = 0

    async def fail_twice(context):
        nonlocal failures
        failures += 1
        if failures <= 2:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "later")

    async with running(echo) as server, server.stub(services=[SERVICE]) as stub:
        server.servicer.act = fail_twice
        assert (await stub.Open(echo.pb.EchoRequest(text="third"))).text == "third"
        failures = 0
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.Echo(echo.pb.EchoRequest())
        assert failures == 1


def test_the_service_config_names_safe_methods_from_the_contract(echo):
    config = json.loads(service_config([SERVICE]))
    assert config["methodConfig"][0]["name"] == [{"service": SERVICE, "method": "Open"}]
    assert config["loadBalancingConfig"] == [{"round_robin": {}}]


def test_a_certificate_without_its_key_is_refused():
    with pytest.raises(ConfigError, match="both"):
        channel("localhost:1", cert=b"x")
