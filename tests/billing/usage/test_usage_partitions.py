"""Usage events lie in monthly partitions that are made ahead of time."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from mesh.database import Role
from tests.billing.usage.callers import NOON, Cloud, Journal, many
from tests.billing.usage.test_usage_report import event, report


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
    async with asyncio.timeout(60):
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


async def test_only_a_worker_makes_and_retires_partitions(cloud: Cloud) -> None:
    for role in (Role.APP, Role.VENDOR):
        conn = await asyncpg.connect(cloud.dsns[role])
        for call in ("make_usage_partitions('2030-01-01', 1)", "retire_usage_partitions(now())"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(f"select {call.replace('now()', 'date(now())')}")
        await conn.close()


async def partitions(cloud: Cloud) -> set[str]:
    rows = await cloud.rows(
        "select inhrelid::regclass::text as name from pg_inherits "
        "where inhparent = 'usage_events'::regclass"
    )
    return {row["name"] for row in rows}


ACCOUNT = "update billing_accounts set closed_before = $2, closes = $3 where tenant_id = $1"
SUMS = "update usage_aggregates set events = $2 where tenant_id = $1"


async def test_old_partitions_go_when_all_in_them_is_billed(cloud: Cloud) -> None:
    """Not before it is 25 months old, closed for each tenant, late use too, and summed."""
    now = NOON.replace(year=2031)
    cloud.clock.turn_to(now)
    await cloud.server.upkeep.run_once()
    one, other = await cloud.tenant(), await cloud.tenant()
    await report(await cloud.caller(one), *(event(str(at), now) for at in range(5)))
    await cloud.rows(ACCOUNT, other, now, 1)
    late = event("late", now - timedelta(hours=1))
    await report(await cloud.caller(other), late, event("in time", now))
    await cloud.server.worker.fold_once()
    ended = datetime(2031, 6, 1, tzinfo=UTC)

    async def ready() -> None:
        cloud.clock.turn_to(datetime(2033, 7, 1, tzinfo=UTC))
        await cloud.rows(ACCOUNT, one, ended, 1)
        await cloud.rows(ACCOUNT, other, ended, 2)
        await cloud.rows(SUMS, one, 5)

    async def gone() -> bool:
        await cloud.server.upkeep.run_once()
        return "usage_events_203105" not in await partitions(cloud)

    await ready()
    cloud.clock.turn_to(datetime(2033, 6, 30, tzinfo=UTC))
    assert not await gone(), "it is 24 months old"
    await ready()
    await cloud.rows(ACCOUNT, one, now, 1)
    assert not await gone(), "an hour is not closed"
    await ready()
    await cloud.rows("delete from billing_accounts where tenant_id = $1", one)
    assert not await gone(), "a tenant has no account"
    await cloud.rows("insert into billing_accounts (tenant_id) values ($1)", one)
    await ready()
    await cloud.rows(ACCOUNT, other, ended, 1)
    assert not await gone(), "late use waits for the next close"
    await ready()
    await cloud.rows(SUMS, one, 4)
    assert not await gone(), "an event is not in its sum"
    await ready()
    assert await gone()
    (ids,) = await cloud.rows("select count(*) as n from usage_ids where tenant_id = $1", one)
    assert ids["n"] == 5


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
