"""Authorities change under a connected fleet: nobody drops, nobody restarts."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from brinkbyte.catalog.v1 import catalog_service_pb2, catalog_service_pb2_grpc
from brinkbyte.device.v1 import device_service_pb2 as pb
from brinkbyte.device.v1 import device_service_pb2_grpc as rpc
from typer.testing import CliRunner

from deploy.cli.app import app
from deploy.local.authorities import list_authorities
from deploy.local.postgres import PostgresServer
from mesh import tls
from mesh.certificate import authority_key_id, certificate_facts
from mesh.channel import MeshChannel, channel
from mesh.clock import SystemClock
from tests.billing.cloud_harness import Authorities, Cloud, refused, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.devices.node import Node
from tests.billing.fleet.line import Line


@pytest.fixture
async def cloud(new_database: NewDatabase, tmp_path: Path) -> AsyncIterator[Cloud]:
    """A server with authorities of its own."""
    dsns, superuser = await new_database()
    authorities = Authorities.make(tmp_path / "authorities")
    async with running_cloud(authorities, dsns, superuser, clock=SystemClock()) as running:
        yield running


@pytest.fixture
async def node(cloud: Cloud, postgres: PostgresServer, tmp_path: Path) -> AsyncIterator[Node]:
    async with Node.made(cloud, await cloud.tenant(), postgres, tmp_path) as made:
        await made.new_token()
        yield made


def keys(cloud: Cloud, *arguments: str, fails: bool = False) -> str:
    """`brinkbyte keys …` on the cloud's directory; what it prints."""
    folder = cloud.authorities.directory / "device-ca"
    ran = CliRunner().invoke(app, ["keys", *arguments, "--dir", str(folder)])
    assert (ran.exit_code != 0) == fails, ran.output
    return str(ran.exception) if fails else ran.stdout.strip()


async def call(opened: grpc.aio.Channel | MeshChannel) -> None:
    stub = catalog_service_pb2_grpc.CatalogServiceStub(opened)
    await stub.GetCatalog(catalog_service_pb2.GetCatalogRequest())


def signer(certificate_pem: bytes) -> bytes:
    return certificate_facts(certificate_pem).issuer_key_id


async def test_the_authority_of_devices_is_replaced(cloud: Cloud, node: Node) -> None:
    folder = cloud.authorities.directory / "device-ca"
    former = list_authorities(folder)[0].name
    async with node.running() as link:
        old = link.identity
        line = await Line.open(link.channel)

        name = keys(cloud, "ca-new")
        assert keys(cloud, "ca-list").count("signs") == 1
        ahead = tls.issue_client(
            tls.KeyPair(
                (folder / f"{name}.crt").read_bytes(), (folder / f"{name}.key").read_bytes()
            ),
            certificate_facts(old.cert_pem).uri,
            clock=SystemClock(),
        )
        async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
            await call(cloud.with_certificate(ahead.cert_pem, ahead.key_pem))  # TLS believes it

        keys(cloud, "ca-use", name)
        await call(cloud.with_certificate(old.cert_pem, old.key_pem))
        await line.status("still here")
        link.refused.set()

        async def renewed() -> None:
            while link.identity.cert_pem == old.cert_pem:
                await asyncio.sleep(0.02)

        await asyncio.wait_for(renewed(), 60)
        new = authority_key_id((folder / f"{name}.crt").read_bytes())
        assert signer(link.identity.cert_pem) == new != signer(old.cert_pem)
        line = await Line.open(link.channel)
        held = cloud.with_certificate(old.cert_pem, old.key_pem)
        await call(held)

        assert "may be in use" in keys(cloud, "ca-retire", former, fails=True)
        assert "signs" in keys(cloud, "ca-retire", name, fails=True)
        keys(cloud, "ca-retire", former, "--at-once")
        async with refused(grpc.StatusCode.UNAVAILABLE):
            await call(cloud.with_certificate(old.cert_pem, old.key_pem))

        async def cut() -> None:
            while True:
                await call(held)
                await asyncio.sleep(0.05)

        async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
            await asyncio.wait_for(cut(), 60)
        await call(link.channel)
        await line.status("still here")
        assert not line.call.done()


async def test_a_node_that_slept_through_a_rotation_comes_back_by_its_key(
    cloud: Cloud, node: Node
) -> None:
    async with node.running() as link:
        former = signer(link.identity.cert_pem)
    node.token = None
    name = keys(cloud, "ca-new")
    keys(cloud, "ca-use", name)
    keys(cloud, "ca-retire", former.hex()[:16], "--at-once")
    await node.count(3)
    async with node.running() as link:
        link.refused.set()

        async def billed() -> None:
            while await node.billed() < 3:
                await asyncio.sleep(0.05)

        await asyncio.wait_for(billed(), 60)
        assert signer(link.identity.cert_pem) != former


async def test_the_authority_of_servers_is_replaced(cloud: Cloud, node: Node) -> None:
    """The bundle grows first, nodes get it with their next certificate, then the server changes."""
    at, clock = cloud.authorities.directory, SystemClock()
    old_ca = cloud.authorities.server_ca
    new_ca = tls.create_ca("servers", clock)
    async with node.running() as link:
        device = await cloud.device(node.tenant)
        line = await Line.open(device.channel)
        replace(at / "ca.pem", old_ca.cert_pem + new_ca.cert_pem)
        before = link.identity.cert_pem
        link.refused.set()

        async def renewed() -> None:
            while link.identity.cert_pem == before:
                await asyncio.sleep(0.02)

        await asyncio.wait_for(renewed(), 60)
        assert link.identity.ca_pem == old_ca.cert_pem + new_ca.cert_pem
        server = tls.issue_server(new_ca, clock=clock)
        replace(at / "server.key", server.key_pem)
        async with channel(
            f"127.0.0.1:{cloud.server.ports.api}", root_ca=old_ca.cert_pem
        ) as half_way:
            await ask_for_a_nonce(half_way, link.identity.cert_pem)  # the pair does not fit yet
        replace(at / "server.pem", server.cert_pem)
        for root_ca, reaches in ((old_ca, False), (new_ca, True)):
            async with channel(
                f"127.0.0.1:{cloud.server.ports.api}", root_ca=root_ca.cert_pem
            ) as fresh:
                if reaches:
                    await ask_for_a_nonce(fresh, link.identity.cert_pem)
                else:
                    async with refused(grpc.StatusCode.UNAVAILABLE):
                        await ask_for_a_nonce(fresh, link.identity.cert_pem)
        link.replace(link.identity)
        await call(link.channel)
        await call(device.channel)
        assert not line.call.done(), "open connections stay"


async def ask_for_a_nonce(opened: MeshChannel, certificate_pem: bytes) -> None:
    uri = certificate_facts(certificate_pem).uri
    request = pb.GetRenewalNonceRequest(spiffe_id=uri)
    await rpc.DeviceServiceStub(opened).GetRenewalNonce(request)


def replace(path: Path, content: bytes) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.replace(path)


async def test_a_half_written_directory_changes_nothing(cloud: Cloud) -> None:
    device = await cloud.device(await cloud.tenant())
    folder = cloud.authorities.directory / "device-ca"
    (folder / "current").write_text("nobody\n")
    (folder / "broken.crt").write_text("-----BEGIN CERT")
    await cloud.device(device.tenant)
    await call(cloud.with_certificate(device.certificate_pem, device.key_pem))
