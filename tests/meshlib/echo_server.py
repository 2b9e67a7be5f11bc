"""A running server of the echo service, and who may call it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from prometheus_client import CollectorRegistry

from mesh.call import Call, current_call
from mesh.channel import channel
from mesh.clock import Clock, SystemClock
from mesh.errors import Unauthenticated
from mesh.interceptor import MeshInterceptor
from mesh.limits import CallLimits, ServerLimits
from mesh.principal import Principal, PrincipalKind
from mesh.server import MeshServer, ServiceBinding
from mesh.spiffe import DeviceIdentity, parse_spiffe
from mesh.telemetry import Metrics

TENANT = UUID("00000000-0000-7000-8000-000000000001")
DEVICE = UUID("00000000-0000-7000-8000-000000000002")
SERVICE = "meshtest.v1.EchoService"


class Keys:
    """Knows three keys, and devices by their certificate; `revoked` keys stop working."""

    def __init__(self) -> None:
        self.revoked: set[str] = set()

    async def bearer(self, key: str) -> Principal:
        known = {"good": {"echo:use"}, "weak": {"other:read"}, "inspector": {"mesh:inspect"}}
        scopes = known.get(key)
        if scopes is None or key in self.revoked:
            raise Unauthenticated
        return Principal(PrincipalKind.TENANT, TENANT, None, key, frozenset(scopes))

    def certificate(self, spiffe_uri: str, pem: bytes) -> Principal:
        found = parse_spiffe(spiffe_uri)
        scopes = frozenset({"echo:use"})
        if isinstance(found, DeviceIdentity):
            kind = PrincipalKind.DEVICE
            return Principal(kind, found.tenant_id, found.device_id, spiffe_uri, scopes)
        return Principal(PrincipalKind.SERVICE, None, None, spiffe_uri, scopes)


@dataclass
class Echo:
    """Answers with `text`; `act` runs first in every unary call."""

    pb: Any
    act: Callable[[Any], Awaitable[None]] | None = None
    calls: list[Call] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    arrival: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def entered(self, count: int) -> None:
        """Returns when that many unary calls have reached the handler."""
        async with asyncio.timeout(60), self.arrival:
            await self.arrival.wait_for(lambda: len(self.calls) >= count)

    async def Echo(self, request: Any, context: Any) -> Any:
        async with self.arrival:
            self.calls.append(current_call())
            self.arrival.notify_all()
        if self.act is not None:
            await self.act(context)
        return self.pb.EchoResponse(text=request.text)

    async def Open(self, request: Any, context: Any) -> Any:
        return await self.Echo(request, context)

    async def Count(self, request: Any, context: Any) -> AsyncIterator[Any]:
        try:
            for number in range(int(request.text)):
                yield self.pb.EchoResponse(text=str(number))
        finally:
            self.closed.set()

    async def Join(self, requests: Any, context: Any) -> Any:
        texts = [request.text async for request in requests]
        return self.pb.EchoResponse(text="".join(texts))

    async def Chat(self, requests: Any, context: Any) -> AsyncIterator[Any]:
        self.calls.append(current_call())
        try:
            async for request in requests:
                self.received.append(request.text)
                yield self.pb.EchoResponse(text=request.text)
        finally:
            self.closed.set()


@dataclass
class Running:
    server: MeshServer
    servicer: Echo
    registry: CollectorRegistry
    port: int
    echo: SimpleNamespace
    keys: Keys

    @property
    def addr(self) -> str:
        return f"127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def stub(self, bearer: str | None = "good", **options: Any) -> AsyncIterator[Any]:
        async with channel(self.addr, bearer=bearer, plaintext=True, **options) as open_channel:
            yield self.echo.grpc.EchoServiceStub(open_channel)

    def handled(self, method: str, code: str) -> float:
        for metric in self.registry.collect():
            for sample in metric.samples:
                labels = sample.labels
                if (
                    sample.name == "grpc_server_handled_total"
                    and labels["grpc_method"] == method
                    and labels["grpc_code"] == code
                ):
                    return sample.value
        return 0


@contextlib.asynccontextmanager
async def running(
    echo: SimpleNamespace,
    listen: Callable[[MeshServer], int] = lambda server: server.add_plaintext("127.0.0.1:0"),
    *,
    limits: CallLimits | None = None,
    server_limits: ServerLimits | None = None,
    servicer: Echo | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Running]:
    """An echo server on a free port, drained at the end."""
    servicer = servicer or Echo(echo.pb)
    registry = CollectorRegistry()
    keys = Keys()
    interceptor = MeshInterceptor(keys, clock or SystemClock(), Metrics(registry), limits)
    binding = ServiceBinding(SERVICE, echo.grpc.add_EchoServiceServicer_to_server, servicer)
    server = MeshServer([binding], interceptor, server_limits)
    port = listen(server)
    await server.start()
    try:
        yield Running(server, servicer, registry, port, echo, keys)
    finally:
        await server.drain(0)
