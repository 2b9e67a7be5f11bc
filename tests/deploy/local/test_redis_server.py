import socket

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError

from deploy.local.errors import StartError
from deploy.local.redis import RedisServer
from deploy.local.rundir import RunDir
from deploy.local.testing import redis_server


@pytest.fixture
async def server(tmp_path):
    async with redis_server(tmp_path) as server:
        yield server


async def test_it_is_a_bounded_cache_that_writes_no_file(server):
    async with Redis.from_url(server.url(), decode_responses=True) as client:
        limits = await client.config_get("maxmemory*")
        assert limits["maxmemory"] == str(256 * 1024 * 1024)
        assert limits["maxmemory-policy"] == "allkeys-lru"
        assert await client.config_get("save") == {"save": ""}
        assert await client.config_get("appendonly") == {"appendonly": "no"}
        assert await client.config_get("bind") == {"bind": "127.0.0.1"}


async def test_without_the_password_nobody_gets_in(server):
    retry = Retry(NoBackoff(), 0)
    async with Redis(host=server.host, port=server.port, retry=retry) as client:
        with pytest.raises(AuthenticationError):
            await client.ping()


async def test_it_comes_back_empty_with_the_same_password(server):
    async with Redis.from_url(server.url()) as client:
        await client.set("key", "value")
    await server.stop()
    await server.start()
    async with Redis.from_url(server.url()) as client:
        assert await client.get("key") is None


async def test_two_servers_side_by_side(tmp_path):
    async with (
        redis_server(tmp_path, "cloud") as cloud,
        redis_server(tmp_path, "edge") as edge,
        Redis.from_url(cloud.url()) as here,
        Redis.from_url(edge.url()) as there,
    ):
        await here.set("key", "value")
        assert await there.get("key") is None


async def test_a_taken_port_is_named(tmp_path):
    run = RunDir(tmp_path / "run").create()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"port {port} on 127.0.0.1 is in use"):
            await RedisServer("redis", run, port).start()
