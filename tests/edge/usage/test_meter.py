"""Frames are counted once, durably, and become events minute by minute."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from edge.telemetry.store import TelemetryRow
from edge.usage.counts import FrameResult
from edge.usage.meter import Meter, MeterOptions
from mesh.clock import ManualClock
from mesh.database import Connection, Database, Role
from mesh.errors import DeadlineExceeded, MeshError, StorageFull, Unavailable

Running = Callable[..., AbstractAsyncContextManager[Meter]]
ReadLedger = Callable[[Database], Awaitable[Any]]
NOON = datetime(2026, 5, 15, 12, 0, tzinfo=UTC)


def frame(index: int, *, camera: str = "cam", at: datetime | None = None) -> FrameResult:
    taken_at = at or NOON + timedelta(seconds=index)
    row = TelemetryRow(uuid4(), camera, "detection", taken_at, index, f'{{"n": {index}}}')
    return FrameResult(camera, "scene_detector", "base", index, taken_at, (row,))


async def stored_telemetry(database: Database) -> int:
    async with database.transaction(Role.APP) as conn:
        return int(await conn.fetchval("select count(*) from telemetry_events"))


async def test_one_event_per_camera_and_minute(
    new_database: Database, running_meter: Running, read_ledger: ReadLedger
) -> None:
    async with running_meter(new_database) as meter:
        for camera in ("cam-a", "cam-b"):
            await meter.commit([frame(i, camera=camera) for i in range(130)])
        await meter.close_minutes(NOON + timedelta(minutes=2, seconds=5))
    ledger = await read_ledger(new_database)
    closed = [
        (event.dimensions["camera"], event.event_time_us, event.quantity_e5)
        for event in ledger.events
    ]
    first = int(NOON.timestamp()) * 1_000_000
    assert sorted(closed) == [
        (camera, first + minute * 60_000_000, 60 * 100_000)
        for camera in ("cam-a", "cam-b")
        for minute in (0, 1)
    ]
    assert ledger.events[0].dimensions["pack"] == "base"
    assert ledger.events[0].dimensions["model"] == "scene_detector"
    assert ledger.open_frames == 20


async def test_telemetry_and_count_are_one_transaction(
    new_database: Database, running_meter: Running, read_ledger: ReadLedger
) -> None:
    async with running_meter(new_database) as meter:
        bad = TelemetryRow(uuid4(), "cam", "detection", NOON, 2**70, "{}")
        with pytest.raises(asyncpg.DataError):
            await meter.commit([FrameResult("cam", "m", "base", 0, NOON, (bad,))])
        await meter.commit([frame(1)])
    assert (await read_ledger(new_database)).frames == 1
    assert await stored_telemetry(new_database) == 1


async def test_callers_share_transactions(
    new_database: Database, running_meter: Running, read_ledger: ReadLedger
) -> None:
    async def commits() -> int:
        async with new_database.transaction(Role.APP) as conn:
            await conn.execute("select pg_stat_force_next_flush()")
            return int(await conn.fetchval("select pg_current_xact_id()::text::bigint"))

    before = await commits()
    async with running_meter(new_database) as meter:
        await asyncio.gather(*(meter.commit([frame(i)]) for i in range(256)))
    assert await commits() - before < 40
    assert (await read_ledger(new_database)).frames == 256


async def test_a_late_frame_makes_a_second_event(
    new_database: Database, running_meter: Running, read_ledger: ReadLedger
) -> None:
    async with running_meter(new_database) as meter:
        await meter.commit([frame(0)])
        await meter.close_minutes(NOON + timedelta(minutes=2))
        await meter.commit([frame(1)])
        await meter.close_minutes(NOON + timedelta(minutes=2))
    ledger = await read_ledger(new_database)
    assert [event.quantity_e5 for event in ledger.events] == [100_000, 100_000]


async def test_minute_stays_open_until_it_settled(
    new_database: Database, running_meter: Running, read_ledger: ReadLedger
) -> None:
    async with running_meter(new_database) as meter:
        await meter.commit([frame(59)])
        for seconds in (60, 61, 61.999):
            await meter.close_minutes(NOON + timedelta(seconds=seconds))
        assert (await read_ledger(new_database)).events == []
        await meter.close_minutes(NOON + timedelta(seconds=62))
    assert (await read_ledger(new_database)).journalled_frames == 1


async def test_minutes_of_a_clock_that_was_ahead_are_closed_once_it_is_right(
    new_database: Database, running_meter: Running, read_ledger: ReadLedger
) -> None:
    async with running_meter(new_database) as meter:
        await meter.commit([frame(0), frame(1, at=NOON + timedelta(days=9000))])
        await meter.close_minutes(NOON + timedelta(seconds=30))
    ledger = await read_ledger(new_database)
    assert (ledger.open_frames, ledger.journalled_frames) == (1, 1)


async def test_close_camera_closes_its_minutes_alone_and_tells(
    new_database: Database, running_meter: Running, read_ledger: ReadLedger
) -> None:
    told = []
    async with running_meter(new_database, journalled=lambda: told.append(1)) as meter:
        await meter.commit([frame(0, camera="a"), frame(0, camera="b")])
        await meter.close_camera("a")
        await meter.close_camera("a")
    ledger = await read_ledger(new_database)
    assert [event.resource_id for event in ledger.events] == ["a"]
    assert told == [1]


async def test_more_than_a_transaction_of_minutes(
    new_database: Database, running_meter: Running, read_ledger: ReadLedger
) -> None:
    async with running_meter(new_database) as meter:
        await meter.commit([frame(i, at=NOON + timedelta(minutes=i)) for i in range(1500)])
        await meter.close_minutes(NOON + timedelta(days=2))
    assert len((await read_ledger(new_database)).events) == 1500


async def test_calls_are_counted_by_route(
    new_database: Database, running_meter: Running, clock: ManualClock, read_ledger: ReadLedger
) -> None:
    async with running_meter(new_database) as meter:
        for _ in range(3):
            await meter.count_call("/edge/GetNode")
        await meter.count_call("/edge/ListCameras")
        clock.advance(timedelta(minutes=2))
        await meter.close_minutes(clock.now())
    events = (await read_ledger(new_database)).events
    assert {(e.event_type, e.resource_id, e.quantity_e5) for e in events} == {
        ("api_call", "/edge/GetNode", 300_000),
        ("api_call", "/edge/ListCameras", 100_000),
    }


async def test_a_full_disk_reaches_every_caller_and_loses_nothing(
    new_database: Database, running_meter: Running, read_ledger: ReadLedger
) -> None:
    async with running_meter(new_database) as meter:
        await meter.commit([frame(0)])
        await set_full(new_database, full=True)
        results = await asyncio.gather(
            *(meter.commit([frame(i)]) for i in range(1, 5)), return_exceptions=True
        )
        assert [type(result) for result in results] == [StorageFull] * 4
        await set_full(new_database, full=False)
        assert (await read_ledger(new_database)).frames == 1
        await meter.commit([frame(5)])
    assert (await read_ledger(new_database)).frames == 2


async def set_full(database: Database, *, full: bool) -> None:
    """Makes the table answer with the SQLSTATE of a full disk (53100)."""
    async with database.transaction(Role.APP) as conn:
        if not full:
            await conn.execute("drop trigger full_disk on usage_events")
            return
        await conn.execute(
            "create or replace function full_disk() returns trigger language plpgsql as $$"
            "begin raise exception 'no space left' using errcode = '53100'; end $$"
        )
        await conn.execute(
            "create trigger full_disk before insert or update on usage_events "
            "for each row execute function full_disk()"
        )


class BreaksOneAnswer(Database):
    """The answer to the first COMMIT is an error, although the server has done it."""

    answer: MeshError | None = None

    @asynccontextmanager
    async def transaction(self, role: Role) -> AsyncIterator[Connection]:
        async with super().transaction(role) as conn:
            yield conn
        answer, self.answer = self.answer, None
        if answer is not None:
            raise answer


@pytest.mark.parametrize("answer", [Unavailable("postgres"), StorageFull(), DeadlineExceeded()])
async def test_a_broken_answer_to_a_commit_counts_once(
    new_database: Database, running_meter: Running, read_ledger: ReadLedger, answer: MeshError
) -> None:
    unlucky = BreaksOneAnswer(new_database._pools)
    async with running_meter(unlucky) as meter:
        unlucky.answer = answer
        await meter.commit([frame(0), frame(1)])
        assert unlucky.answer is None
        await meter.commit([frame(2)])
    assert (await read_ledger(new_database)).frames == 3
    assert await stored_telemetry(new_database) == 3


async def test_a_stopped_meter_refuses(
    new_database: Database, running_meter: Running, read_ledger: ReadLedger
) -> None:
    async with running_meter(new_database, options=MeterOptions(group=4)) as meter:
        pending = [asyncio.create_task(meter.commit([frame(i)])) for i in range(3)]
        await asyncio.sleep(0)
        meter.stop()
        await asyncio.gather(*pending)
        with pytest.raises(Unavailable):
            await meter.commit([frame(9)])
    assert (await read_ledger(new_database)).frames == 3
