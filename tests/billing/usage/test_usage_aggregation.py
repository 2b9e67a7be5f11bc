"""Sums are folded by any number of workers while writers go on, and stay exact."""

import asyncio
import random
from decimal import Decimal

from billing.usage.aggregates import store as aggregates
from tests.billing.usage.callers import Cloud, DeviceCaller, Journal, payload


async def write(device: DeviceCaller, dice: random.Random) -> int:
    """A device's journal, sent in small batches; the total in units of 0.00001."""
    journal = Journal()
    stream, _ = await device.open(journal)
    total = 0
    for _ in range(15):
        first = len(journal.payloads) + 1
        amounts = [dice.randint(1, 10**7) for _ in range(dice.randint(1, 20))]
        journal.add(*(payload(each, dice.choice(["sms", "api_call"])) for each in amounts))
        await stream.ask(journal.batch(first, len(journal.payloads)))
        total += sum(amounts)
    await stream.close()
    return total


async def test_many_writers_and_folders_lose_and_repeat_nothing(cloud: Cloud) -> None:
    tenants = [await cloud.tenant() for _ in range(2)]
    devices = [await cloud.device(tenants[at % 2]) for at in range(6)]
    writing = True

    async def fold(dice: random.Random) -> int:
        """Takes as many deltas at a time as the dice say, so that the folders' hours cross."""
        folded = 0
        while writing:
            async with cloud.server.db.worker() as conn:
                folded += await aggregates.fold(conn, dice.randint(1, 40))
            await asyncio.sleep(0)
        return folded

    folders = [asyncio.create_task(fold(random.Random(at))) for at in range(4)]
    totals = await asyncio.gather(
        *(write(device, random.Random(at)) for at, device in enumerate(devices))
    )
    writing = False
    folded = sum(await asyncio.gather(*folders)) + await cloud.server.worker.fold_once()
    assert folded >= 6 * 15
    for at, tenant in enumerate(tenants):
        assert not await cloud.rows("select from usage_deltas where tenant_id = $1", tenant)
        quantity, events = await cloud.counted(tenant)
        assert Decimal(quantity) * 100_000 == sum(totals[at::2])
        assert events > 0


async def test_a_second_fold_finds_nothing(cloud: Cloud) -> None:
    device = await cloud.device()
    await device.sync(Journal().add(payload(), payload()))
    assert await cloud.server.worker.fold_once() >= 1
    assert await cloud.server.worker.fold_once() == 0
    assert await cloud.counted(device.tenant_id) == ("2.00000", 2)


async def test_a_delta_in_another_hand_is_left_to_it(cloud: Cloud) -> None:
    """A folder that holds a delta does not stop the others, and none folds it twice."""
    device = await cloud.device()
    await device.sync(Journal().add(payload()))
    async with cloud.server.db.worker() as other:
        held = await other.fetch(
            "select from usage_deltas where tenant_id = $1 for update", device.tenant_id
        )
        assert len(held) == 1
        async with asyncio.timeout(60):
            await cloud.server.worker.fold_once()
        assert await cloud.rows("select from usage_deltas where tenant_id = $1", device.tenant_id)
    await cloud.server.worker.fold_once()
    assert await cloud.counted(device.tenant_id) == ("1.00000", 1)
