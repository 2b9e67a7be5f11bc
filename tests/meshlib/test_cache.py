"""Caches, with a Redis that comes and goes."""

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from deploy.local.testing import redis_server
from mesh.cache import CountedCache, MemoryCache, RedisCache, open_redis
from mesh.clock import ManualClock
from mesh.telemetry import Metrics


async def test_memory_forgets_the_old_and_the_unused(noon):
    clock = ManualClock(noon)
    cache: MemoryCache[str, int] = MemoryCache(2, timedelta(seconds=10), clock)
    await cache.put("a", 1)
    await cache.put("b", 2)
    assert await cache.get("a") == 1
    await cache.put("c", 3)
    assert [await cache.get(key) for key in "abc"] == [1, None, 3]
    clock.advance(timedelta(seconds=10))
    assert [await cache.get(key) for key in "ac"] == [None, None]
    assert len(cache) == 0
    await cache.put("d", 4)
    await cache.invalidate("d")
    assert cache.peek("d") is None


def text_cache(client, prefix="t:", clock=None) -> RedisCache[str]:
    return RedisCache(client, prefix, timedelta(seconds=60), str.encode, bytes.decode, clock=clock)


async def test_redis_keeps_values_by_prefix_and_ttl(redis_url):
    client = open_redis(redis_url)
    cache, other = text_cache(client, "one:"), text_cache(client, "two:")
    await cache.put("k", "v")
    assert await cache.get("k") == "v"
    assert await other.get("k") is None
    assert 0 < await client.pttl("one:k") <= 60_000
    await cache.invalidate("k")
    assert await cache.get("k") is None
    await client.aclose()


async def test_a_client_that_was_closed_connects_no_more(redis_url):
    client = open_redis(redis_url)
    await client.ping()
    await client.aclose()
    cache = text_cache(client)
    await cache.put("late", "v")
    assert await cache.get("late") is None
    assert not any(each.is_connected for each in client.connection_pool._available_connections)


async def test_an_unreadable_value_is_a_miss(redis_url):
    client = open_redis(redis_url)
    await client.set("bad:k", b"\xff\xfe")
    assert await text_cache(client, "bad:").get("k") is None
    await client.aclose()


async def test_without_redis_everything_is_a_miss():
    cache = text_cache(open_redis(None))
    await cache.put("k", "v")
    await cache.invalidate("k")
    assert await cache.get("k") is None


async def test_a_redis_that_leaves_and_returns_is_never_an_error(tmp_path, noon):
    clock = ManualClock(noon)
    async with redis_server(tmp_path) as server:
        client = open_redis(server.url())
        cache = text_cache(client, clock=clock)
        await cache.put("kept", "old")
        await cache.put("revoked", "old")
        with capture_logs() as logs:
            await server.stop()
            assert await cache.get("kept") is None
            clock.advance(timedelta(seconds=2))
            await cache.invalidate("revoked")
            assert await cache.get("kept") is None
        assert [line["event"] for line in logs] == ["dependency_away"]
        await server.start()
        await client.set("t:revoked", "stale")
        await client.set("t:kept", "fresh")
        clock.advance(timedelta(seconds=2))
        with capture_logs() as logs:
            assert await cache.get("revoked") is None
            assert await cache.get("kept") == "fresh"
        assert await client.get("t:revoked") is None
        assert [line["event"] for line in logs] == ["dependency_back"]
        await client.aclose()


async def test_an_open_circuit_does_not_wait_for_redis(noon):
    clock = ManualClock(noon)
    tried = 0

    class Refusing:
        async def get(self, _):
            nonlocal tried
            tried += 1
            raise ConnectionRefusedError

    cache = text_cache(Refusing(), clock=clock)
    for _ in range(5):
        assert await cache.get("k") is None
    assert tried == 1
    clock.advance(timedelta(seconds=1))
    await cache.get("k")
    assert tried == 2


@pytest.mark.parametrize("hits", [0, 3])
async def test_hits_and_misses_are_counted(noon, hits):
    registry = CollectorRegistry()
    memory: MemoryCache[str, int] = MemoryCache(2, timedelta(seconds=10), ManualClock(noon))
    cache = CountedCache(memory, Metrics(registry), "licence")
    await cache.get("absent")
    await cache.put("k", 1)
    for _ in range(hits):
        await cache.get("k")
    counted = {
        outcome: registry.get_sample_value(
            "brinkbyte_cache_requests_total", {"cache": "licence", "outcome": outcome}
        )
        for outcome in ("hit", "miss")
    }
    assert counted == {"hit": hits, "miss": 1}


async def test_a_value_ages_from_when_it_was_read(noon):
    clock = ManualClock(noon)
    cache: MemoryCache[str, int] = MemoryCache(2, timedelta(seconds=10), clock)
    begun = clock.monotonic()
    clock.advance(timedelta(seconds=9))
    await cache.put("slow", 1, read_at=begun)
    assert cache.peek("slow") == 1
    clock.advance(timedelta(seconds=1))
    assert cache.peek("slow") is None
