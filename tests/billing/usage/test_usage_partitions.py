"""Usage events lie in monthly partitions that are made ahead of time."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from mesh.database import Role
from tests.billing.usage.callers import NOON, Cloud, Journal, many


async def where(cloud: Cloud, journal: Journal) -> set[str]:
    rows = await cloud.rows(
        "select distinct tableoid::regclass::text as name from usage_events where journal_id = $1",
        journal.journal_id,
    )
    return {row["name"] for row in rows}


async def test_events_before_their_partition_move_into_it(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(5))
    await device.sync(journal)
    assert await where(cloud, journal) == {"usage_events_default"}
    assert await cloud.server.upkeep.run_once() == 3
    assert await where(cloud, journal) == {"usage_events_202505"}
    assert await cloud.counted(device.tenant_id) == ("5.00000", 5)
    assert await cloud.server.upkeep.run_once() == 0
    cloud.clock.advance(timedelta(days=31))
    assert await cloud.server.upkeep.run_once() == 1
    later = Journal().add(*many(5))
    await device.sync(later)
    assert await where(cloud, later) == {"usage_events_202506"}


async def test_an_event_written_meanwhile_does_not_stop_a_partition(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    cloud.clock.advance(timedelta(days=400))
    writer = await asyncpg.connect(cloud.dsns[Role.WORKER])
    writing = writer.transaction()
    await writing.start()
    await writer.execute(
        "insert into usage_events (tenant_id, received_day, event_type, resource_id, quantity, "
        "event_time, billing_time, received_at, billing_corrected) "
        "values ($1, $2::timestamptz::date, 'sms', 'gate', 1, $2, $2, $2, false)",
        tenant,
        cloud.clock.now(),
    )
    making = asyncio.create_task(cloud.server.upkeep.run_once())
    me = await writer.fetchval("select pg_backend_pid()")
    async with asyncio.timeout(10):
        while not await writer.fetchval(
            "select count(*) from pg_locks where not granted and $1 = any(pg_blocking_pids(pid))",
            me,
        ):
            await asyncio.sleep(0.01)
    await writing.commit()
    await writer.close()
    assert await making == 3
    (row,) = await cloud.rows(
        "select tableoid::regclass::text as name from usage_events where tenant_id = $1", tenant
    )
    assert row["name"] == "usage_events_202606"


async def test_only_a_worker_makes_partitions(cloud: Cloud) -> None:
    for role in (Role.APP, Role.VENDOR):
        conn = await asyncpg.connect(cloud.dsns[role])
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("select make_usage_partitions('2030-01-01', 1)")
        await conn.close()


async def test_marks_are_forgotten_when_no_node_can_send_again(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(5))
    await device.sync(journal)
    count = "select count(*) as n from usage_journal_marks where journal_id = $1"
    cloud.clock.turn_to(NOON + timedelta(days=34))
    await cloud.server.upkeep.run_once()
    assert (await cloud.rows(count, journal.journal_id))[0]["n"] == 1
    cloud.clock.turn_to(NOON + timedelta(days=36))
    await cloud.server.upkeep.run_once()
    assert (await cloud.rows(count, journal.journal_id))[0]["n"] == 0
