"""The usage service on a real PostgreSQL, devices with real certificates, a clock to turn."""

from collections.abc import AsyncIterator

import pytest

from bench import usage_cloud
from mesh.clock import ManualClock
from mesh.database import Role
from mesh.tls import KeyPair
from tests.billing.conftest import NewDatabase
from tests.billing.usage.callers import NOON, Cloud


@pytest.fixture(scope="session")
def authority() -> KeyPair:
    return usage_cloud.new_authority()


@pytest.fixture(scope="module")
async def dsns(new_database: NewDatabase) -> dict[Role, str]:
    by_role, _ = await new_database()
    return dict(by_role)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def cloud(
    dsns: dict[Role, str], authority: KeyPair, clock: ManualClock
) -> AsyncIterator[Cloud]:
    async with usage_cloud.usage_server(dsns, authority, clock, pool_size=6) as server:
        running = Cloud(server, dsns, authority, clock, [])
        yield running
        for each in running.channels:
            await each.close()
