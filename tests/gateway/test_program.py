"""The program: start, health, metrics, headers, TLS, and an end that loses no request."""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.protobuf.message import Message

from deploy.local.ports import free_port
from gateway.config import GatewayConfig
from gateway.main import GatewayServer, serve
from mesh.clock import SystemClock
from mesh.errors import ConfigError, StartError
from mesh.settings import load
from tests.gateway.backend import (
    GOOD,
    Backend,
    World,
    gateway_config,
    running_backend,
    running_world,
)

STATS = "/api/v1/stats"


async def test_health_needs_no_key(http: httpx.AsyncClient) -> None:
    response = await http.get("/health")
    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "dependencies": {"billing": "ok"}},
    )


@pytest.mark.parametrize("path", [STATS, "/health", "/nowhere", "/docs", "/api/v1/tenants"])
async def test_every_answer_has_the_protecting_headers(
    http: httpx.AsyncClient, backend: Backend, path: str
) -> None:
    headers = (await http.get(path, headers={"origin": "https://elsewhere.example"})).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == ("no-cache" if path == "/docs" else "no-store")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-request-id"]
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


async def test_requests_are_counted_by_route(certificates: dict[str, Path]) -> None:
    async with running_world(certificates, metrics_addr="127.0.0.1:0") as world:
        await world.http.get("/api/v1/tenants/some-id", headers=GOOD)
        await world.http.get("/nowhere")
        await world.http.request("BREW", STATS)
        url = f"http://127.0.0.1:{world.gateway.metrics_port}/metrics"
        text = (await world.http.get(url)).text
        for line in (
            'route="/api/v1/tenants/{tenant_id}",status="200",verb="GET"} 1.0',
            'route="(none)",status="404",verb="GET"} 1.0',
            'route="/api/v1/stats",status="405",verb="other"} 1.0',
        ):
            assert f"brinkbyte_http_requests_total{{{line}" in text


async def test_rest_over_tls(certificates: dict[str, Path]) -> None:
    files = {
        "gateway_tls_cert": certificates["server_cert"],
        "gateway_tls_key": certificates["server_key"],
    }
    async with running_world(certificates, **files) as world:
        trust = ssl.create_default_context(cafile=str(certificates["ca"]))
        async with httpx.AsyncClient(verify=trust, trust_env=False) as client:
            url = f"https://127.0.0.1:{world.gateway.port}{STATS}"
            assert (await client.get(url, headers=GOOD)).status_code == 200


async def test_a_running_request_ends_before_the_gateway_does(
    certificates: dict[str, Path], world: World, backend: Backend
) -> None:
    release, arrived = asyncio.Event(), asyncio.Event()

    async def wait(_: Message) -> Any:
        arrived.set()
        await release.wait()
        from brinkbyte.stats.v1.stats_service_pb2 import GetStatsResponse

        return GetStatsResponse(devices=3)

    backend.answers["GetStats"] = wait
    gateway = GatewayServer.build(gateway_config(certificates, world.backend_port), SystemClock())
    await gateway.start()
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{gateway.port}"
        running = asyncio.create_task(client.get(url + STATS, headers=GOOD))
        await arrived.wait()
        draining = asyncio.create_task(gateway.drain())
        async with asyncio.timeout(60):
            while await accepts(gateway.port):
                await asyncio.sleep(0.01)
        ended, _ = await asyncio.wait({draining}, timeout=0.4)
        assert not ended
        release.set()
        assert (await running).json()["devices"] == 3
        await draining


async def accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_serve_ends_when_told(certificates: dict[str, Path]) -> None:
    port = free_port()
    async with running_backend(certificates) as (_, _, billing_port):
        config = gateway_config(certificates, billing_port, gateway_addr=f"127.0.0.1:{port}")
        stop = asyncio.Event()
        program = asyncio.create_task(serve(config, stop))
        async with asyncio.timeout(60):
            while not await accepts(port):
                assert not program.done()
                await asyncio.sleep(0.01)
        stop.set()
        await program
        assert not await accepts(port)


async def test_an_address_in_use_is_named(certificates: dict[str, Path]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        addr = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(StartError, match=addr):
            GatewayServer.build(gateway_config(certificates, 1, gateway_addr=addr), SystemClock())


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"gateway_key": Path("missing.pem")}, "BRINKBYTE_GATEWAY_KEY"),
        ({"gateway_tls_cert": Path("missing.pem")}, "BRINKBYTE_GATEWAY_TLS_CERT"),
    ],
)
async def test_a_wrong_file_is_named(
    certificates: dict[str, Path], wrong: dict[str, Path], named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        GatewayServer.build(gateway_config(certificates, 1, **wrong), SystemClock())


async def test_a_certificate_that_is_none(certificates: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("not PEM")
    files = {"gateway_tls_cert": tmp_path / "cert.pem", "gateway_tls_key": tmp_path / "cert.pem"}
    with pytest.raises(ConfigError, match=r"cert\.pem"):
        GatewayServer.build(gateway_config(certificates, 1, **files), SystemClock())


def test_configuration_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BRINKBYTE_CA_CERT", "BRINKBYTE_GATEWAY_CERT", "BRINKBYTE_GATEWAY_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError) as refused:
        load(GatewayConfig)
    assert [line.split()[0] for line in str(refused.value).splitlines()] == [
        "BRINKBYTE_CA_CERT",
        "BRINKBYTE_GATEWAY_CERT",
        "BRINKBYTE_GATEWAY_KEY",
    ]
