"""A running cloud that the command line talks to."""

from collections.abc import AsyncIterator

import pytest

from billing.main import migrations
from deploy.local.databases import create_cloud_database
from deploy.local.testing import postgres_server
from mesh.database import Role
from mesh.migrate import migrate
from tests.billing.cloud_harness import Authorities, Cloud, Tenant, running_cloud


@pytest.fixture(scope="module")
async def cloud(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    authorities = Authorities.make(tmp_path_factory.mktemp("authorities"))
    async with postgres_server(tmp_path_factory.mktemp("postgres")) as postgres:
        dsns = await create_cloud_database(postgres)
        await migrate(dsns[Role.OWNER], migrations())
        async with running_cloud(authorities, dsns, postgres.dsn("brinkbyte")) as cloud:
            yield cloud


@pytest.fixture
async def tenant(cloud: Cloud) -> Tenant:
    return await cloud.tenant()
