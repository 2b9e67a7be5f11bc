"""One gRPC server: listeners, health, reflection, channelz and an orderly end."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_channelz.v1 import channelz_pb2_grpc
from grpc_channelz.v1._async import ChannelzServicer
from grpc_health.v1 import health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from mesh.access import CHANNELZ, HEALTH, REFLECTION, require_access
from mesh.address import is_loopback
from mesh.errors import StartError
from mesh.health import Health
from mesh.interceptor import MeshInterceptor
from mesh.limits import ServerLimits


@dataclass(frozen=True, slots=True)
class ServiceBinding:
    """A servicer and the generated function that adds it to a server."""

    full_name: str
    add_to_server: Callable[[Any, Any], None]
    servicer: object


@dataclass(frozen=True, slots=True)
class TlsMaterial:
    """What a listener shows and believes, PEM; several authorities follow one another."""

    cert: bytes
    key: bytes
    client_ca: bytes = b""


TlsSource = Callable[[], TlsMaterial]


class MeshServer:
    """Add listeners, `start`, and `drain` at the end.

    `draining` is set when the drain begins, for streams that want to end by themselves.
    """

    def __init__(
        self,
        services: Sequence[ServiceBinding],
        interceptor: MeshInterceptor,
        limits: ServerLimits | None = None,
        *,
        draining: asyncio.Event | None = None,
    ) -> None:
        """Raises StartError when an RPC of `services` states no access rule."""
        names = [binding.full_name for binding in services]
        require_access(names)
        self.draining = draining or asyncio.Event()
        self.health = Health(names)
        bounds = limits or ServerLimits()
        self._server = grpc.aio.server(
            interceptors=[interceptor],
            options=_options(bounds),
            maximum_concurrent_rpcs=bounds.max_concurrent_rpcs,
        )
        for binding in services:
            binding.add_to_server(binding.servicer, self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self._server)
        channelz_pb2_grpc.add_ChannelzServicer_to_server(ChannelzServicer(), self._server)
        reflection.enable_server_reflection([*names, HEALTH, REFLECTION, CHANNELZ], self._server)

    def add_plaintext(self, addr: str) -> int:
        """Listens without encryption, on a loopback address only; returns the bound port.

        Raises StartError for another address or one in use.
        """
        if not is_loopback(addr):
            raise StartError(f"refusing to listen in plaintext on {addr}; use 127.0.0.1 or TLS")
        return self._bind(addr, None)

    def add_tls(self, addr: str, material: TlsSource) -> int:
        """Listens with TLS; callers show an API key.

        `material` is asked before each handshake, so that a changed certificate is taken up and
        open connections stay. Returns the bound port. Raises StartError when the address is in
        use.
        """
        return self._bind(addr, _credentials(addr, material, mutual=False))

    def add_mtls(self, addr: str, material: TlsSource) -> int:
        """Listens with mutual TLS: no handshake without a certificate from `client_ca`.

        `material` is asked as `add_tls` does. Returns the bound port. Raises StartError when the
        address is in use.
        """
        return self._bind(addr, _credentials(addr, material, mutual=True))

    async def start(self) -> None:
        """Serves; every service becomes healthy."""
        await self._server.start()
        self.health.set_all(serving=True)

    async def drain(self, grace_s: float) -> None:
        """Turns unhealthy, refuses new calls (GOAWAY), and lets running ones end.

        What still runs after `grace_s` seconds is cancelled.
        """
        self.draining.set()
        self.health.drain()
        await self._server.stop(grace_s)

    async def wait_closed(self) -> None:
        """Returns when the server has stopped."""
        await self._server.wait_for_termination()

    def _bind(self, addr: str, credentials: grpc.ServerCredentials | None) -> int:
        try:
            if credentials is None:
                port = self._server.add_insecure_port(addr)
            else:
                port = self._server.add_secure_port(addr, credentials)
        except RuntimeError:
            port = 0
        if port == 0:
            raise StartError(f"cannot listen on {addr}; another program holds it: choose another")
        return port


def _credentials(addr: str, source: TlsSource, *, mutual: bool) -> grpc.ServerCredentials:
    material = source()
    if not material.cert or not material.key or (mutual and not material.client_ca):
        raise StartError(f"the listener {addr} needs a certificate and a key (PEM)")
    served = material

    def changed() -> Any:
        nonlocal served
        current = source()
        if current == served:
            return None
        served = current
        return _configuration(current, mutual=mutual)

    return grpc.dynamic_ssl_server_credentials(
        _configuration(material, mutual=mutual), changed, require_client_authentication=mutual
    )


def _configuration(material: TlsMaterial, *, mutual: bool) -> Any:
    return grpc.ssl_server_certificate_configuration(
        [(material.key, material.cert)], root_certificates=material.client_ca if mutual else None
    )


def _options(limits: ServerLimits) -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", limits.max_message_bytes),
        ("grpc.max_send_message_length", limits.max_message_bytes),
        ("grpc.max_metadata_size", limits.max_metadata_bytes),
        ("grpc.absolute_max_metadata_size", limits.max_metadata_bytes),
        ("grpc.max_concurrent_streams", limits.max_concurrent_streams),
        ("grpc.keepalive_time_ms", _millis(limits.keepalive_time_s)),
        ("grpc.keepalive_timeout_ms", _millis(limits.keepalive_timeout_s)),
        ("grpc.keepalive_permit_without_calls", 1),
        (
            "grpc.http2.min_recv_ping_interval_without_data_ms",
            _millis(limits.min_ping_interval_s),
        ),
        ("grpc.max_connection_age_ms", _millis(limits.max_connection_age_s)),
        ("grpc.max_connection_age_grace_ms", _millis(limits.max_connection_age_grace_s)),
        ("grpc.enable_channelz", 1),
    ]


def _millis(seconds: float) -> int:
    return int(seconds * 1000)
