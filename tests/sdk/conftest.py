"""Instances beside a real cloud."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from deploy.local.ports import free_port
from rights.keys import SigningKey
from tests.billing.cloud_harness import Authorities, Cloud, running_cloud
from tests.billing.conftest import NewDatabase, authorities, billing, new_database, postgres
from tests.sdk.instance import Site

__all__ = ["authorities", "billing", "new_database", "postgres"]

CloudAgain = Callable[[], AbstractAsyncContextManager[Cloud]]


@pytest.fixture
async def site(billing: Cloud, tmp_path: Path) -> Site:
    """An instance of a new customer, and the cloud that the tests of a module share."""
    ca = billing.authorities.directory / "ca.pem"
    return Site(f"127.0.0.1:{billing.server.ports.api}", ca, await billing.tenant(), tmp_path)


@pytest.fixture
async def cloud_again(new_database: NewDatabase, tmp_path: Path) -> CloudAgain:
    """A cloud of the test's own, with keys of its own, that comes back at the same address."""
    dsns, superuser = await new_database()
    own = Authorities.make(tmp_path / "authorities")
    addr = f"127.0.0.1:{free_port()}"

    @asynccontextmanager
    async def run() -> AsyncIterator[Cloud]:
        async with running_cloud(own, dsns, superuser, billing_api_addr=addr) as cloud:
            yield cloud

    return run


@pytest.fixture(scope="session")
def signing_key() -> SigningKey:
    return SigningKey.generate()
