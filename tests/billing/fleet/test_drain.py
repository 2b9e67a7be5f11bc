"""The end of a replica: devices are let go in order and find another."""

import asyncio

from tests.billing.cloud_harness import Authorities, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.fleet.line import Line


async def test_draining_ends_streams_in_order(
    new_database: NewDatabase, authorities: Authorities
) -> None:
    dsns, superuser = await new_database()
    async with running_cloud(authorities, dsns, superuser, drain_seconds=30) as cloud:
        device = await cloud.device(await cloud.tenant())
        line = await Line.open(device.channel)
        async with asyncio.timeout(60):
            await cloud.server.drain()
        await line.end()
