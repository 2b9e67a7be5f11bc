"""The node's Redis is nearer than its database, and never knows better."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from deploy.local.redis import RedisServer
from deploy.local.testing import redis_server
from edge.licensing.records import LONGEST_CACHE
from edge.licensing.redis_shelf import RedisShelf, decode, encode
from edge.licensing.service import Licenses
from mesh.cache import CountedCache, RedisCache, open_redis
from mesh.database import Database, Role
from mesh.telemetry import Metrics


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """The node's Redis, running."""
    async with redis_server(tmp_path, "redis-edge") as server:
        yield server


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(CollectorRegistry())


@pytest.fixture
async def boot(start: Any, redis: RedisServer, metrics: Metrics) -> AsyncIterator[Any]:
    """Starts the node's licensing with Redis between memory and PostgreSQL; again is a restart."""
    clients = []

    async def begin() -> Licenses:
        gate: Licenses = await start()
        client = open_redis(redis.url())
        clients.append(client)
        cache = RedisCache(client, "edge:", LONGEST_CACHE, encode, decode)
        gate._shelf = RedisShelf(gate._shelf, CountedCache(cache, metrics, "edge_license_redis"))
        return gate

    yield begin
    for client in clients:
        assert client is not None
        await client.aclose()


async def sources(database: Database) -> list[str]:
    async with database.transaction(Role.APP) as conn:
        rows = await conn.fetch("select source from license_validation_log order by validation_id")
    return [row["source"] for row in rows]


def counted(metrics: Metrics, outcome: str) -> float:
    found = metrics.registry.get_sample_value(
        "brinkbyte_cache_requests_total", {"cache": "edge_license_redis", "outcome": outcome}
    )
    assert found is not None
    return found


async def test_a_restart_finds_its_licences_in_redis(
    boot: Any, source: Any, new_database: Database, metrics: Metrics
) -> None:
    source.cloud.grant("cam", "industry")
    await (await boot()).ensure(["cam", "unpaid"])
    source.away()
    gate = await boot()
    await gate.ensure(["cam", "unpaid"])
    assert gate.camera("cam").allowed
    assert gate.feature("cam", "number_plate").allowed
    assert gate.camera("unpaid").origin == "buy a licence"
    assert await sources(new_database) == ["cloud", "cloud", "redis", "redis"]
    assert (counted(metrics, "hit"), counted(metrics, "miss")) == (2, 0)


async def test_without_redis_the_answers_are_the_same(
    boot: Any, source: Any, redis: RedisServer, new_database: Database
) -> None:
    source.cloud.grant("cam")
    await (await boot()).ensure(["cam"])
    await redis.stop()
    source.away()
    gate = await boot()
    await gate.ensure(["cam"])
    assert gate.camera("cam").allowed
    assert await sources(new_database) == ["cloud", "postgres"]
    source.back()
    await gate.refresh()
    assert gate.camera("cam").allowed


async def test_an_emptied_redis_is_filled_again(
    boot: Any, source: Any, redis: RedisServer, new_database: Database
) -> None:
    source.cloud.grant("cam")
    await (await boot()).ensure(["cam"])
    await redis.stop()
    await redis.start()
    source.away()
    for _ in range(2):
        gate = await boot()
        await gate.ensure(["cam"])
        assert gate.camera("cam").allowed
    assert await sources(new_database) == ["cloud", "postgres", "redis"]


async def test_what_redis_missed_is_not_believed_when_it_is_back(
    boot: Any, start: Any, source: Any, new_database: Database
) -> None:
    source.cloud.grant("cam", "industry")
    await (await boot()).ensure(["cam"])
    source.cloud.grant("cam")
    source.cloud.epoch += 1
    without = await start()
    await without.ensure(["cam"])
    await without.refresh()
    source.away()
    gate = await boot()
    await gate.ensure(["cam"])
    assert gate.camera("cam").allowed
    assert not gate.feature("cam", "number_plate").allowed


async def test_a_row_without_its_token_is_not_believed_from_redis_either(
    boot: Any, source: Any, redis: RedisServer
) -> None:
    source.cloud.grant("cam")
    await (await boot()).ensure(["cam", "unpaid"])
    client = open_redis(redis.url())
    assert client is not None
    for key in await client.keys("edge:*"):
        data = await client.get(key)
        await client.set(key, data.replace(b'"is_valid": false', b'"is_valid": true'))
    await client.aclose()
    source.away()
    gate = await boot()
    await gate.ensure(["cam", "unpaid"])
    assert gate.camera("cam").allowed
    assert not gate.camera("unpaid").allowed


async def test_a_retired_device_leaves_nothing_in_redis(
    boot: Any, source: Any, redis: RedisServer
) -> None:
    source.cloud.grant("cam")
    gate = await boot()
    await gate.ensure(["cam"])
    await gate.revoke()
    client = open_redis(redis.url())
    assert client is not None
    assert await client.keys("edge:*") == []
    await client.aclose()


@pytest.mark.parametrize("data", [b"", b"no", b"[]", b"{}", b'{"camera_id": 1}'])
def test_what_cannot_be_read_is_a_miss(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode(data)
