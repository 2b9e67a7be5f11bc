"""A node's own parts against the whole cloud, with certificates of seconds on real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc

from deploy.local.postgres import PostgresServer
from mesh.clock import SystemClock
from tests.billing.cloud_harness import Authorities, Cloud, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.devices.node import Node

SECONDS = 3


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.05)


def has_billed(node: Node, events: int) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return await node.billed() == events

    return holds


@pytest.fixture(scope="module")
async def cloud(new_database: NewDatabase, authorities: Authorities) -> AsyncIterator[Cloud]:
    dsns, superuser = await new_database()
    async with running_cloud(
        authorities,
        dsns,
        superuser,
        clock=SystemClock(),
        device_certificate_seconds=SECONDS,
    ) as running:
        yield running


@pytest.fixture
async def node(cloud: Cloud, postgres: PostgresServer, tmp_path: Path) -> AsyncIterator[Node]:
    async with Node.made(cloud, await cloud.tenant(), postgres, tmp_path) as made:
        await made.new_token()
        yield made


async def retire(node: Node) -> None:
    identity = node.state.load()
    assert identity is not None
    await device_service_pb2_grpc.DeviceServiceStub(node.tenant.admin).RetireDevice(
        device_service_pb2.RetireDeviceRequest(device_id=str(identity.device_id))
    )


async def certificate_has_ended(node: Node) -> None:
    async def ended() -> bool:
        identity = node.state.load()
        return identity is not None and identity.not_after < SystemClock().now()

    await until(ended)


async def test_a_node_that_was_off_past_its_certificate_goes_on_where_it_was(node: Node) -> None:
    await node.count(5)
    async with node.running() as link:
        device_id = link.identity.device_id
        await until(has_billed(node, 5))
    node.token = None
    await certificate_has_ended(node)
    await node.count(7)
    async with node.running() as link:
        assert link.identity.device_id == device_id
        await until(has_billed(node, 12))

        async def certified() -> bool:
            return link.identity.not_after > SystemClock().now()

        await until(certified)


async def test_a_running_node_outlives_many_certificates(node: Node) -> None:
    async with node.running() as link:
        first = link.identity

        async def outlived() -> bool:
            return SystemClock().now() > first.not_after

        await until(outlived)
        await node.count(3)
        await until(has_billed(node, 3))
        assert link.identity.key_thumbprint == first.key_thumbprint


async def test_a_retired_device_stops_and_its_queue_survives_enrolling_anew(node: Node) -> None:
    await node.count(4)
    async with node.running() as link:
        former = link.identity.device_id
        await until(has_billed(node, 4))
        await retire(node)
        await node.count(6)

        async def stopped() -> bool:
            return node.revoked > 0

        await until(stopped)
        assert node.state.revoked
    node.token = None
    async with node.running() as link:
        assert link.identity.device_id == former, "without a token it stays what it was: nobody"
        await until(stopped)
        assert await node.billed() == 4
    await node.new_token()
    async with node.running() as link:
        assert link.identity.device_id != former
        assert not node.state.revoked
        await until(has_billed(node, 10))


async def test_hardware_that_enrols_anew_keeps_its_queue(node: Node, tmp_path: Path) -> None:
    """The state directory was lost, and with it the key."""
    await node.count(2)
    async with node.running() as link:
        former = link.identity
        await until(has_billed(node, 2))
    for path in (tmp_path / "state").iterdir():
        path.unlink()
    await node.count(2)
    await node.new_token()
    async with node.running() as link:
        assert link.identity.device_id == former.device_id
        assert link.identity.key_thumbprint != former.key_thumbprint
        await until(has_billed(node, 4))
