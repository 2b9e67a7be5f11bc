"""A billing server without rules: it records what arrives and answers as told.

Everything between is real: mTLS, interceptors, the contracts' field rules, sockets.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from prometheus_client import CollectorRegistry

from gateway.config import GatewayConfig
from gateway.main import GatewayServer
from gateway.services import cloud_services
from mesh import tls
from mesh.call import Call, current_call
from mesh.clock import SystemClock
from mesh.errors import MeshError, Unauthenticated
from mesh.interceptor import MeshInterceptor
from mesh.principal import Principal, PrincipalKind
from mesh.server import MeshServer, ServiceBinding, TlsMaterial
from mesh.spiffe import spiffe_service
from mesh.telemetry import Metrics
from rights.scopes import SCOPES

TENANT = UUID("0190a000-0000-7000-8000-000000000001")
GATEWAY = spiffe_service("test.brinkbyte", "gateway")
GOOD = {"authorization": "Bearer good"}

Answer = Message | MeshError | Callable[[Message], Any]


class Keys:
    """`good` may do everything, `weak` nothing; the gateway itself is nobody."""

    async def bearer(self, key: str) -> Principal:
        scopes = {"good": SCOPES, "weak": frozenset({"nothing:read"})}.get(key)
        if scopes is None:
            raise Unauthenticated(message="the API key is not known")
        return Principal(PrincipalKind.TENANT, TENANT, None, key, frozenset(scopes))

    def certificate(self, spiffe_uri: str, pem: bytes) -> Principal:
        if spiffe_uri != GATEWAY:
            raise Unauthenticated
        return Principal(PrincipalKind.SERVICE, None, None, spiffe_uri, frozenset())


@dataclass
class Seen:
    rpc: str
    request: Message
    call: Call
    metadata: dict[str, str]
    seconds_left: float


@dataclass
class Backend:
    """`answers` by the RPC's name, for example "GetStats"; without one the answer is empty."""

    answers: dict[str, Answer] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def servicer(self, service: ServiceDescriptor) -> Any:
        stubs = importlib.import_module(
            service.file.name.removesuffix(".proto").replace("/", ".") + "_pb2_grpc"
        )
        servicer = getattr(stubs, f"{service.name}Servicer")()
        for method in service.methods:
            if not method.client_streaming:
                setattr(servicer, method.name, self._handler(method))
        adder = getattr(stubs, f"add_{service.name}Servicer_to_server")
        return ServiceBinding(service.full_name, adder, servicer)

    def _handler(self, method: MethodDescriptor) -> Any:
        async def handle(request: Message, context: Any) -> Message:
            metadata = {str(key): value for key, value in context.invocation_metadata()}
            left = context.time_remaining()
            self.seen.append(Seen(method.full_name, request, current_call(), metadata, left))
            self.arrived.set()
            answer = self.answers.get(method.name) or GetMessageClass(method.output_type)()
            if callable(answer):
                answer = await answer(request)
            if isinstance(answer, MeshError):
                raise answer
            return answer

        return handle


@dataclass
class World:
    backend: Backend
    http: httpx.AsyncClient
    gateway: GatewayServer
    server: MeshServer
    backend_port: int

    @property
    def url(self) -> str:
        return str(self.http.base_url)


def write_certificates(folder: Path) -> dict[str, Path]:
    clock = SystemClock()
    ca = tls.create_ca("gateway test", clock)
    server = tls.issue_server(ca, clock=clock)
    client = tls.issue_client(ca, GATEWAY, clock=clock)
    contents = {
        "ca": ca.cert_pem,
        "server_cert": server.cert_pem,
        "server_key": server.key_pem,
        "client_cert": client.cert_pem,
        "client_key": client.key_pem,
    }
    paths = {name: folder / f"{name}.pem" for name in contents}
    for name, content in contents.items():
        paths[name].write_bytes(content)
    return paths


@contextlib.asynccontextmanager
async def running_backend(
    certificates: dict[str, Path], addr: str = "127.0.0.1:0"
) -> AsyncIterator[tuple[Backend, MeshServer, int]]:
    backend = Backend()
    interceptor = MeshInterceptor(Keys(), SystemClock(), Metrics(CollectorRegistry()))
    server = MeshServer([backend.servicer(each) for each in cloud_services()], interceptor)
    pem = {name: path.read_bytes() for name, path in certificates.items()}
    port = server.add_mtls(
        addr, lambda: TlsMaterial(pem["server_cert"], pem["server_key"], pem["ca"])
    )
    await server.start()
    try:
        yield backend, server, port
    finally:
        await server.drain(0)


@contextlib.asynccontextmanager
async def running_world(certificates: dict[str, Path], **overrides: Any) -> AsyncIterator[World]:
    """A gateway before a recording backend, and a client of it without a key."""
    async with running_backend(certificates) as (backend, server, port):
        config = gateway_config(certificates, port, **overrides)
        gateway = GatewayServer.build(config, SystemClock())
        await gateway.start()
        url = f"http://127.0.0.1:{gateway.port}"
        try:
            async with httpx.AsyncClient(base_url=url, timeout=10, trust_env=False) as http:
                yield World(backend, http, gateway, server, port)
        finally:
            await gateway.drain()


def gateway_config(
    certificates: dict[str, Path], billing_port: int, **overrides: Any
) -> GatewayConfig:
    settings: dict[str, Any] = {
        "gateway_addr": "127.0.0.1:0",
        "billing_addr": f"127.0.0.1:{billing_port}",
        "ca_cert": certificates["ca"],
        "gateway_cert": certificates["client_cert"],
        "gateway_key": certificates["client_key"],
        "drain_seconds": 1,
    }
    return GatewayConfig(**(settings | overrides))
