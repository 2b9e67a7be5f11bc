"""One Triton for the tests of the inference client."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.triton import TritonServer
from tests.edge.servers import running_triton


@pytest.fixture(scope="package")
async def triton(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TritonServer]:
    """Ready when a test begins; a test that stops it starts it again."""
    async with running_triton(tmp_path_factory.mktemp("triton")) as server:
        yield server
