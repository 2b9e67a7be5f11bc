"""Redis being stale, flushed or dead changes how long an answer takes, never which one it is."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from deploy.local.proxy import Target, TcpProxy
from deploy.local.redis import RedisServer
from tests.billing.cloud_harness import Authorities, Cloud, Tenant, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.entitlements.test_overrides import check, feature, licensed, set_override

Shared = tuple[Cloud, Cloud, TcpProxy, Redis]


@pytest.fixture(scope="module")
async def shared(
    redis: RedisServer, new_database: NewDatabase, authorities: Authorities
) -> AsyncIterator[Shared]:
    """Two replicas that reach Redis through a proxy, and Redis itself."""
    dsns, superuser = await new_database()
    proxy = TcpProxy(0, Target(redis.host, redis.port))
    await proxy.start()
    url = redis.url().replace(f":{redis.port}/", f":{proxy.port}/")
    direct = Redis.from_url(redis.url())
    try:
        async with (
            running_cloud(authorities, dsns, superuser, redis_url=url) as first,
            running_cloud(
                authorities, dsns, superuser, redis_url=url, vendor_key=first.vendor_key
            ) as second,
        ):
            yield first, second, proxy, direct
    finally:
        await direct.aclose()
        await proxy.stop()


async def entry(redis: Redis, tenant: Tenant) -> bytes:
    """The name of the tenant's only kept answers."""
    names = [name async for name in redis.scan_iter(f"entitlements:{tenant.uuid}:*")]
    assert len(names) == 1
    return bytes(names[0])


async def doctored(redis: Redis, tenant: Tenant) -> None:
    """Turns the kept answer for bicycle around, so that it is seen where it comes from."""
    name = await entry(redis, tenant)
    kept = json.loads(await redis.get(name))
    for each in kept[2]:
        if each["feature"] == "bicycle":
            each["allowed"] = not each["allowed"]
    await redis.set(name, json.dumps(kept))


def at(cloud: Cloud, tenant: Tenant) -> Tenant:
    """The tenant at another replica."""
    key = cloud.with_key(tenant.admin_key)
    return Tenant(tenant.tenant_id, tenant.uuid, key, key, tenant.admin_key)


async def test_replicas_share_answers_of_the_same_epoch_alone(shared: Shared) -> None:
    first, second, _, redis = shared
    tenant = await licensed(first, "cam")
    assert not (await check(tenant, "bicycle", "cam")).allowed
    await doctored(redis, tenant)
    assert (await check(at(second, tenant), "bicycle", "cam")).allowed, "it came out of Redis"
    assert not (await check(tenant, "bicycle", "cam")).allowed, "it came out of memory"
    name = await entry(redis, tenant)
    stale = await redis.get(name)
    await set_override(first, tenant, feature("bicycle", allowed=False))
    await redis.set(name, stale)
    for cloud in (first, second):
        refusal = await check(at(cloud, tenant), "bicycle", "cam")
        assert not refusal.allowed
        await redis.set(name, stale)


async def test_redis_flushed_or_unreadable_is_a_miss(shared: Shared) -> None:
    first, second, _, redis = shared
    for unreadable in (b"not JSON", b"[1, 2, 3]", b'[["i", 1], "2025-01-01T00:00:00Z", [{}]]'):
        tenant = await licensed(first, "cam")
        assert (await check(tenant, "person", "cam")).allowed
        await redis.set(await entry(redis, tenant), unreadable)
        assert (await check(at(second, tenant), "person", "cam")).allowed
        await redis.flushall()
        assert (await check(tenant, "person", "cam")).allowed


async def test_without_redis_a_change_is_felt_within_a_second(shared: Shared) -> None:
    """The hint is lost with Redis: the other replica finds the new epoch by itself."""
    first, second, proxy, _ = shared
    tenant = await licensed(first, "cam")
    away = at(second, tenant)
    assert (await check(away, "person", "cam")).allowed
    await proxy.cut()
    try:
        await set_override(first, tenant, feature("person", allowed=False))
        assert not (await check(tenant, "person", "cam")).allowed
        second.clock.advance(timedelta(seconds=1))
        assert not (await check(away, "person", "cam")).allowed
    finally:
        await proxy.heal()
