"""The gateway's configuration."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from mesh.settings import Address, Settings


class GatewayConfig(Settings):
    """Read with mesh.settings.load. Each variable is BRINKBYTE_<FIELD>."""

    gateway_addr: Address = Field("127.0.0.1:8080", description="host:port for REST")
    gateway_tls_cert: Path | None = Field(
        None,
        description="PEM file of REST's certificate; without it something before the "
        "gateway ends TLS",
    )
    gateway_tls_key: Path | None = Field(None, description="PEM file of its key")

    billing_addr: Address = Field("127.0.0.1:50051", description="host:port of billing, mTLS")
    billing_server_name: str | None = Field(
        None, description="the name in billing's certificate, where it is not the host"
    )
    ca_cert: Path = Field(description="PEM file of the CA that billing's certificate is from")
    gateway_cert: Path = Field(description="PEM file of the gateway's client certificate")
    gateway_key: Path = Field(description="PEM file of its key")

    gateway_deadline_seconds: float = Field(30, gt=0, le=300, description="time for one call")
    gateway_max_body_bytes: int = Field(
        4 * 1024 * 1024, ge=1024, le=4 * 1024 * 1024, description="largest body taken"
    )
    metrics_addr: Address | None = Field(None, description="host:port for Prometheus")
    log_level: str = Field("info", pattern=r"^(debug|info|warning|error)$")
    log_json: bool = Field(True, description="logs as JSON lines")
    drain_seconds: float = Field(10, ge=0, le=600, description="time for running calls to end")
