"""A gateway before a recording backend."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.gateway.backend import Backend, World, running_world, write_certificates


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
async def world(certificates: dict[str, Path]) -> AsyncIterator[World]:
    async with running_world(certificates) as running:
        yield running


@pytest.fixture
def backend(world: World) -> Backend:
    world.backend.answers.clear()
    world.backend.seen.clear()
    return world.backend


@pytest.fixture
def http(world: World) -> httpx.AsyncClient:
    return world.http
