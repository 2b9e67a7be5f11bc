"""A running cloud that the command line talks to."""

from collections.abc import AsyncIterator

import pytest

from tests.billing.cloud_harness import Authorities, Cloud, Tenant, running_cloud
from tests.billing.conftest import NewDatabase, new_database, postgres

__all__ = ["new_database", "postgres"]


@pytest.fixture(scope="module")
async def cloud(
    new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Cloud]:
    """A module's own, with keys of its own."""
    dsns, superuser = await new_database()
    authorities = Authorities.make(tmp_path_factory.mktemp("authorities"))
    async with running_cloud(authorities, dsns, superuser) as cloud:
        yield cloud


@pytest.fixture
async def tenant(cloud: Cloud) -> Tenant:
    return await cloud.tenant()
