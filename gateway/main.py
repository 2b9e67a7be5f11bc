"""The gateway program: what it is made of, how it starts and ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry

from gateway.app import create_app
from gateway.config import GatewayConfig
from gateway.documents import read_document
from gateway.legacy import legacy
from gateway.limits import GatewayLimits
from gateway.listener import Listener, ServerFiles
from gateway.operations import annotated
from gateway.services import cloud_services
from gateway.well_known import well_known
from mesh.channel import MeshChannel, channel
from mesh.clock import Clock, SystemClock
from mesh.errors import ConfigError
from mesh.limits import ChannelLimits
from mesh.telemetry import MetricsServer, configure_logs, serve_metrics


class GatewayServer:
    """One replica, without state. `build` on a running loop, `start`, `drain`.

    `port` is that of REST, `metrics_port` that of the metrics (None when they are off).
    """

    def __init__(
        self, listener: Listener, backend: MeshChannel, metrics: MetricsServer | None
    ) -> None:
        """Takes over what `build` opened."""
        self.port = listener.port
        self.metrics_port = metrics.port if metrics else None
        self._listener = listener
        self._backend = backend
        self._metrics = metrics

    @classmethod
    def build(cls, config: GatewayConfig, clock: Clock) -> GatewayServer:
        """Reads the certificates, connects lazily and binds.

        Raises:
            ConfigError: a file cannot be read, or half of a pair is missing.
            StartError: an address is in use, or the OpenAPI document is missing.
        """
        services = cloud_services()
        document = read_document()
        tls = _server_files(config)
        registry = CollectorRegistry()
        backend = _connect(config, [service.full_name for service in services])
        app = create_app(
            backend,
            [*annotated(services), *well_known(services), *legacy(services)],
            backend="billing",
            document=document,
            registry=registry,
            clock=clock,
            limits=GatewayLimits(config.gateway_max_body_bytes, config.gateway_deadline_seconds),
        )
        listener = Listener(app, config.gateway_addr, config.drain_seconds, tls)
        metrics = serve_metrics(config.metrics_addr, registry) if config.metrics_addr else None
        return cls(listener, backend, metrics)

    async def start(self) -> None:
        """Serves."""
        await self._listener.start()

    async def drain(self) -> None:
        """Lets running requests end, then closes everything."""
        await self._listener.stop()
        await self._backend.close()
        if self._metrics is not None:
            self._metrics.close()


async def serve(config: GatewayConfig, stop: asyncio.Event) -> None:
    """Serves until `stop` is set.

    Raises:
        ConfigError, StartError: with one line that says what to do.
    """
    configure_logs(config.log_level, json=config.log_json)
    server = GatewayServer.build(config, SystemClock())
    await server.start()
    structlog.get_logger().info("gateway_ready", port=server.port)
    try:
        await stop.wait()
    finally:
        await server.drain()


def _connect(config: GatewayConfig, services: list[str]) -> MeshChannel:
    return channel(
        config.billing_addr,
        root_ca=_read("BRINKBYTE_CA_CERT", config.ca_cert),
        cert=_read("BRINKBYTE_GATEWAY_CERT", config.gateway_cert),
        key=_read("BRINKBYTE_GATEWAY_KEY", config.gateway_key),
        server_name=config.billing_server_name,
        services=services,
        limits=ChannelLimits(max_reconnect_s=1),
    )


def _server_files(config: GatewayConfig) -> ServerFiles | None:
    cert, key = config.gateway_tls_cert, config.gateway_tls_key
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise ConfigError("BRINKBYTE_GATEWAY_TLS_CERT and _KEY belong together; set both or none")
    return ServerFiles(cert, key)


def _read(variable: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{variable}: cannot read {path}: {error.strerror}; point it at a PEM file"
        ) from None
