"""Wake-ups across processes, and without Redis."""

import asyncio

from deploy.local.testing import redis_server
from mesh.cache import open_redis
from mesh.wakeup import Wakeups


async def test_within_a_process_no_redis_is_needed():
    wakeups = Wakeups(None)
    with wakeups.subscribe("device/1") as mine, wakeups.subscribe("device/2") as other:
        await wakeups.publish("device/1")
        await wakeups.publish("device/1")
        assert await mine.wait(30)
        assert not await mine.wait(0.01)
        assert not await other.wait(0.01)
    await wakeups.publish("device/1")
    assert not await mine.wait(0.01)
    await wakeups.close()


async def until_delivered(sender: Wakeups, topic: str, subscription) -> None:
    async with asyncio.timeout(60):
        while True:
            await sender.publish(topic)
            if await subscription.wait(0.1):
                return


async def test_replicas_wake_each_other_also_after_redis_restarted(tmp_path):
    async with redis_server(tmp_path) as server:
        clients = [open_redis(server.url()), open_redis(server.url())]
        here, there = (Wakeups(client) for client in clients)
        with there.subscribe("tenant/7") as subscription:
            await until_delivered(here, "tenant/7", subscription)
            await server.stop()
            await here.publish("tenant/7")
            await server.start()
            await until_delivered(here, "tenant/7", subscription)
        await here.close()
        await there.close()
        for client in clients:
            await client.aclose()
