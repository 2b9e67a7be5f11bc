"""Listeners, tools and the end of a server."""

import asyncio
from datetime import timedelta

import grpc
import pytest
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from prometheus_client import CollectorRegistry

from mesh import errors, tls
from mesh.channel import channel
from mesh.clock import ManualClock, SystemClock
from mesh.interceptor import MeshInterceptor
from mesh.limits import CallLimits, ServerLimits
from mesh.principal import PrincipalKind
from mesh.server import MeshServer, ServiceBinding, TlsMaterial
from mesh.spiffe import spiffe_device, spiffe_service
from mesh.status import from_rpc_error
from mesh.telemetry import Metrics
from tests.meshlib.echo_server import DEVICE, SERVICE, TENANT, Echo, Keys, running

DEVICE_ID = spiffe_device("mesh.test", TENANT, DEVICE)


def client(certificates, uri, **options):
    pair = tls.issue_client(certificates.ca, uri, clock=SystemClock(), **options)
    return {"root_ca": certificates.ca.cert_pem, "cert": pair.cert_pem, "key": pair.key_pem}


def mutual(certificates):
    pair = certificates.server
    material = TlsMaterial(pair.cert_pem, pair.key_pem, certificates.ca.cert_pem)
    return lambda server: server.add_mtls("127.0.0.1:0", lambda: material)


async def test_a_device_is_known_by_its_certificate(echo, certificates):
    async with (
        running(echo, mutual(certificates)) as server,
        channel(server.addr, **client(certificates, DEVICE_ID)) as open_channel,
    ):
        await echo.grpc.EchoServiceStub(open_channel).Echo(echo.pb.EchoRequest())
        principal = server.servicer.calls[0].principal
    assert (principal.kind, principal.tenant_id, principal.device_id) == (
        PrincipalKind.DEVICE,
        TENANT,
        DEVICE,
    )


async def test_a_services_certificate_grants_nothing_but_forwards_keys(echo, certificates):
    gateway = client(certificates, spiffe_service("mesh.test", "gateway"))
    async with (
        running(echo, mutual(certificates)) as server,
        channel(server.addr, **gateway) as open_channel,
    ):
        stub = echo.grpc.EchoServiceStub(open_channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Echo(echo.pb.EchoRequest())
        assert isinstance(from_rpc_error(caught.value), errors.PermissionDenied)
        await stub.Echo(echo.pb.EchoRequest(), metadata=(("authorization", "Bearer good"),))
        assert server.servicer.calls[0].principal.kind is PrincipalKind.TENANT


@pytest.mark.parametrize("who", ["nobody", "stranger", "expired"])
async def test_mutual_tls_lets_no_connection_in_without_a_valid_certificate(
    echo, certificates, who
):
    stranger = tls.create_ca("another", SystemClock())
    past = ManualClock(SystemClock().now() - timedelta(days=3))
    pairs = {
        "nobody": None,
        "stranger": tls.issue_client(stranger, DEVICE_ID, clock=SystemClock()),
        "expired": tls.issue_client(certificates.ca, DEVICE_ID, clock=past),
    }
    pair = pairs[who]
    shown = {"cert": pair.cert_pem, "key": pair.key_pem} if pair else {}
    async with running(echo, mutual(certificates)) as server:
        async with channel(server.addr, root_ca=certificates.ca.cert_pem, **shown) as open_channel:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await echo.grpc.EchoServiceStub(open_channel).Open(echo.pb.EchoRequest())
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert server.servicer.calls == []


async def test_server_tls_takes_keys(echo, certificates):
    material = TlsMaterial(certificates.server.cert_pem, certificates.server.key_pem)
    async with (
        running(echo, lambda s: s.add_tls("127.0.0.1:0", lambda: material)) as server,
        channel(server.addr, root_ca=certificates.ca.cert_pem, bearer=lambda: "good") as over_tls,
    ):
        answer = await echo.grpc.EchoServiceStub(over_tls).Echo(echo.pb.EchoRequest(text="x"))
    assert answer.text == "x"


async def test_plaintext_stays_on_the_machine(echo):
    with pytest.raises(errors.StartError, match="plaintext"):
        async with running(echo, lambda server: server.add_plaintext("0.0.0.0:0")):
            pass
    with pytest.raises(errors.ConfigError, match="plaintext"):
        channel("billing.example:50051", plaintext=True)


async def test_a_port_in_use_is_named(echo):
    async with running(echo) as server:
        with pytest.raises(errors.StartError, match=f"127.0.0.1:{server.port}"):
            async with running(echo, lambda other: other.add_plaintext(server.addr)):
                pass


async def test_a_server_with_an_unruled_rpc_does_not_start(echo):
    interceptor = MeshInterceptor(Keys(), SystemClock(), Metrics(CollectorRegistry()))
    binding = ServiceBinding(
        "meshtest.v1.UnruledService", echo.grpc.add_UnruledServiceServicer_to_server, object()
    )
    with pytest.raises(errors.StartError, match=r"UnruledService\.Forgotten"):
        MeshServer([binding], interceptor)


async def test_a_message_over_the_limit_is_too_large(echo):
    limits = ServerLimits(max_message_bytes=1024)
    async with running(echo, server_limits=limits) as server, server.stub() as stub:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Echo(echo.pb.EchoRequest(text="x" * 2048))
    assert isinstance(from_rpc_error(caught.value), errors.TooLarge)


async def test_health_is_public_and_knows_each_service(echo):
    async with running(echo) as server, grpc.aio.insecure_channel(server.addr) as bare:
        stub = health_pb2_grpc.HealthStub(bare)
        for service in ("", SERVICE):
            answer = await stub.Check(health_pb2.HealthCheckRequest(service=service))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Check(health_pb2.HealthCheckRequest(service="nothing"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_drain_tells_watchers_and_lets_running_calls_end(echo):
    release = asyncio.Event()

    async def hold(_):
        await release.wait()

    async with running(echo) as server, server.stub() as stub:
        server.servicer.act = hold
        async with grpc.aio.insecure_channel(server.addr) as bare:
            watch = health_pb2_grpc.HealthStub(bare).Watch(health_pb2.HealthCheckRequest())
            other = health_pb2_grpc.HealthStub(bare).Watch(health_pb2.HealthCheckRequest())
            assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
            await other.read()
            other.cancel()
            call = asyncio.ensure_future(stub.Echo(echo.pb.EchoRequest(text="last")))
            await server.servicer.entered(1)
            drained = asyncio.ensure_future(server.server.drain(5))
            assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
            assert server.server.draining.is_set()
            assert not drained.done()
            release.set()
            assert (await call).text == "last"
            async with asyncio.timeout(60):
                await drained


async def test_reflection_lists_every_service_to_whoever_has_a_credential(echo):
    ask = reflection_pb2.ServerReflectionRequest(list_services="")
    async with running(echo) as server:
        async with channel(server.addr, bearer="weak", plaintext=True) as known:
            stub = reflection_pb2_grpc.ServerReflectionStub(known)
            answers = [answer async for answer in stub.ServerReflectionInfo(iter([ask]))]
        names = {service.name for service in answers[0].list_services_response.service}
        assert {SERVICE, "grpc.health.v1.Health", "grpc.channelz.v1.Channelz"} <= names
        async with channel(server.addr, plaintext=True) as unknown:
            stub = reflection_pb2_grpc.ServerReflectionStub(unknown)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                async for _ in stub.ServerReflectionInfo(iter([ask])):
                    pass
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_channelz_shows_everybodys_connections_and_so_needs_its_own_scope(echo):
    request = channelz_pb2.GetServersRequest()
    async with running(echo) as server:
        async with channel(server.addr, bearer="inspector", plaintext=True) as known:
            answer = await channelz_pb2_grpc.ChannelzStub(known).GetServers(request)
        for key, code in (
            (None, grpc.StatusCode.UNAUTHENTICATED),
            ("weak", grpc.StatusCode.PERMISSION_DENIED),
            ("good", grpc.StatusCode.PERMISSION_DENIED),
        ):
            async with channel(server.addr, bearer=key, plaintext=True) as other:
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await channelz_pb2_grpc.ChannelzStub(other).GetServers(request)
            assert caught.value.code() is code
    assert len(answer.server) >= 1


async def test_strangers_can_watch_health_only_so_often_at_once(echo):
    """Watches last, and need no key; they leave the streams of callers alone."""
    limits = CallLimits(max_health_watches=2, max_streams=1)
    async with (
        running(echo, limits=limits) as server,
        server.stub() as stub,
        grpc.aio.insecure_channel(server.addr) as bare,
    ):
        health = health_pb2_grpc.HealthStub(bare)
        watches = [health.Watch(health_pb2.HealthCheckRequest()) for _ in range(2)]
        for watch in watches:
            await watch.read()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await health.Watch(health_pb2.HealthCheckRequest()).read()
        await health.Check(health_pb2.HealthCheckRequest())
        answers = [each.text async for each in stub.Count(echo.pb.EchoRequest(text="1"))]
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert answers == ["0"]


async def test_calls_that_send_no_request_count_too(echo):
    limits = ServerLimits(max_concurrent_rpcs=3)
    async with (
        running(echo, server_limits=limits) as server,
        server.stub() as stub,
        grpc.aio.insecure_channel(server.addr) as bare,
    ):
        silent = []

        async def full() -> bool:
            try:
                await stub.Open(echo.pb.EchoRequest())
            except grpc.aio.AioRpcError as error:
                return error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            return False

        async with asyncio.timeout(60):
            while not await full():
                silent.append(bare.stream_unary("/meshtest.v1.EchoService/Echo")())
                await silent[-1].wait_for_connection()
        assert len(silent) < 10
        for call in silent:
            call.cancel()


async def test_a_synchronous_handler_is_refused(echo):
    class Blocking(Echo):
        def Open(self, request, context):
            return self.pb.EchoResponse()

    async with running(echo, servicer=Blocking(echo.pb)) as server, server.stub() as stub:
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.Open(echo.pb.EchoRequest())
