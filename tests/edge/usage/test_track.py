"""Single uses: handed over in memory, durable once awaited, each once, in bounded room."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from edge.housekeeping import Housekeeping
from edge.licensing.clock import ForwardClock
from edge.uplink.status import LineState
from edge.usage import positions
from edge.usage.budget import ROW_BYTES, Budget
from edge.usage.counts import FrameResult, LeaseSpan
from edge.usage.meter import Meter, MeterOptions
from edge.usage.storage import BYTE_MICROSECONDS, StorageMeter
from edge.usage.uses import Taken, Use
from edge.usage.watch import UsageWatch, export_usage
from mesh.clock import ManualClock
from mesh.database import Connection, Database, Role
from mesh.errors import InvalidArgument, StorageFull, Unavailable
from mesh.faults import ArmedFaults, Fault, InjectedFault, NoFaults
from rights.claims import Epoch
from tests.edge.conftest import PLENTY
from tests.edge.usage.test_meter import BreaksOneAnswer

Running = Callable[..., AbstractAsyncContextManager[Meter]]
ReadLedger = Callable[[Database], Awaitable[Any]]
NOON = datetime(2026, 5, 15, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def tokens(event_id: str = "", quantity: int = 1_500, **other: Any) -> Use:
    return Use("llm_token", "llm", quantity * 100_000, NOON, event_id, **other)


async def acked(database: Database, through: int) -> None:
    """The cloud acknowledged the journal that far."""
    async with database.transaction(Role.APP) as conn:
        link = await positions.hash_at(conn, through)
        assert link is not None
        await positions.mark_acked(conn, through, link, duplicates=0, error=None, now=NOON)


async def held(database: Database) -> list[int]:
    async with database.transaction(Role.APP) as conn:
        rows = await conn.fetch("select seq from usage_events where seq is not null order by seq")
    return [row["seq"] for row in rows]


async def test_a_use_is_an_event_with_all_that_was_said(
    new_database: Database, running_meter: Running, read_ledger: ReadLedger
) -> None:
    told = []
    async with running_meter(new_database, journalled=lambda: told.append(1)) as meter:
        first = meter.track(tokens(request_id="r-1", dimensions={"agent": "scene"}))
        second = meter.track(Use("sms", "+61 4", 100_000, NOON))
        assert not first.done(), "nothing is waited for"
        assert (await first, await second) == (Taken.ACCEPTED, Taken.ACCEPTED)
        assert told, "it is sent at once, and not when a minute ends"
    events = (await read_ledger(new_database)).events
    assert [(e.event_type, e.resource_id, e.quantity_e5) for e in events] == [
        ("llm_token", "llm", 150_000_000),
        ("sms", "+61 4", 100_000),
    ]
    assert (events[0].request_id, dict(events[0].dimensions)) == ("r-1", {"agent": "scene"})
    assert events[0].event_time_us == int(NOON.timestamp()) * 1_000_000


async def test_an_id_counts_once_within_a_group_and_after_a_restart(
    new_database: Database, running_meter: Running, read_ledger: ReadLedger
) -> None:
    async with running_meter(new_database) as meter:
        ends = [meter.track(tokens("a")), meter.track(tokens("a")), meter.track(tokens("a", 7))]
        assert await asyncio.gather(*ends) == [Taken.ACCEPTED, Taken.DUPLICATE, Taken.CONFLICT]
    async with running_meter(new_database) as meter:
        later = Use(
            "llm_token", "llm", 150_000_000, NOON + HOUR, "b", stamped=True, lease=span(NOON)
        )
        again = Use("llm_token", "llm", 150_000_000, NOON + DAY, "b", stamped=True)
        ends = [meter.track(each) for each in (tokens("a"), tokens("a", 8), later, again)]
        assert await asyncio.gather(*ends) == [
            Taken.DUPLICATE,
            Taken.CONFLICT,
            Taken.ACCEPTED,
            Taken.DUPLICATE,
        ]
    events = (await read_ledger(new_database)).events
    assert [event.quantity_e5 for event in events] == [150_000_000] * 2
    assert events[1].event_time_us == int((NOON + HOUR).timestamp()) * 1_000_000 - 1


def span(begins: datetime) -> LeaseSpan:
    """A lease of an hour."""
    return LeaseSpan(uuid4(), begins, begins + HOUR)


@pytest.mark.parametrize(
    ("field", "use"),
    [
        ("event_type", Use("", "llm", 1, NOON)),
        ("resource_id", Use("sms", "x" * 256, 1, NOON)),
        ("resource_id", Use("sms", "\ud800", 1, NOON)),
        ("request_id", Use("sms", "x", 1, NOON, "", "a\0")),
        ("event_id", Use("sms", "x", 1, NOON, "é" * 65)),
        ("quantity", Use("sms", "x", -1, NOON)),
        ("quantity", Use("sms", "x", 2**63, NOON)),
        ("event_time", Use("sms", "x", 1, NOON.replace(tzinfo=None))),
        ("dimensions", Use("sms", "x", 1, NOON, dimensions={str(n): "" for n in range(17)})),
        (
            "dimensions",
            Use("sms", "x", 1, NOON, dimensions={f"{n}": "語" * 255 for n in range(12)}),
        ),
    ],
)
async def test_a_use_that_breaks_a_rule_hurts_no_other(
    new_database: Database, running_meter: Running, field: str, use: Use
) -> None:
    async with running_meter(new_database) as meter:
        good = meter.track(tokens())
        with pytest.raises(InvalidArgument) as caught:
            meter.track(use)
        assert await good is Taken.ACCEPTED
    assert [each.field for each in caught.value.violations] == [field]


class Away(Database):
    """A database that is away until told otherwise."""

    away = True

    @asynccontextmanager
    async def transaction(self, role: Role) -> AsyncIterator[Connection]:
        if self.away:
            raise Unavailable("postgres")
        async with super().transaction(role) as conn:
            yield conn


async def test_what_waits_is_bounded_and_none_of_it_is_lost(
    new_database: Database, running_meter: Running, read_ledger: ReadLedger
) -> None:
    database, budget = Away(new_database._pools), Budget(PLENTY)
    database.away = False
    async with running_meter(database, options=MeterOptions(most=50), budget=budget) as meter:
        database.away = True
        waiting = [meter.track(tokens(str(n))) for n in range(50)]
        for refused in (
            lambda: meter.track(tokens("x")),
            lambda: meter.track_frames([FrameResult("cam", "m", "base", 0, NOON, ())]),
            lambda: meter.track_call("/edge/GetNode"),
        ):
            with pytest.raises(Unavailable):
                refused()
        assert budget.refused == 3
        database.away = False
        assert set(await asyncio.gather(*waiting)) == {Taken.ACCEPTED}
        assert await meter.track(tokens("y")) is Taken.ACCEPTED
    assert len((await read_ledger(new_database)).events) == 51


async def test_telemetry_that_waits_is_bounded_by_its_bytes(
    new_database: Database, running_meter: Running
) -> None:
    options = MeterOptions(most_bytes=5_000)
    async with running_meter(new_database, options=options) as meter:
        big = tokens(dimensions={"text": "x" * 255})
        waiting = []
        with pytest.raises(Unavailable):
            while len(waiting) < 100:
                waiting.append(meter.track(big))
        assert 5 < len(waiting) < 20
        await asyncio.gather(*waiting)


async def watched(
    database: Database, budget: Budget, clock: ManualClock, *, connected: bool = False
) -> UsageWatch:
    line = LineState()
    line.connected = connected
    watch = UsageWatch(database, budget, line, clock)
    await watch.look()
    return watch


async def test_a_spent_budget_is_refused_loudly_until_the_cloud_acknowledges(
    new_database: Database, running_meter: Running, clock: ManualClock, read_ledger: ReadLedger
) -> None:
    budget = Budget(10 * (ROW_BYTES + 30))
    async with running_meter(new_database, budget=budget) as meter:
        count = 0
        while not budget.full:
            assert await meter.track(tokens()) is Taken.ACCEPTED
            count += 1
        assert count == 10
        with pytest.raises(StorageFull) as caught:
            meter.track(tokens())
        assert "BRINKBYTE_EDGE_USAGE_MAX_BYTES" in caught.value.message
        assert "10 events wait for the cloud" in caught.value.message
        with pytest.raises(StorageFull):
            await meter.commit([FrameResult("cam", "m", "base", 0, NOON, ())])
        watch = await watched(new_database, budget, clock)
        assert await held(new_database) == list(range(1, 11)), "what is not acked never goes"
        assert len((await read_ledger(new_database)).events) == 10
        await acked(new_database, 4)
        await watch.look()
        assert await held(new_database) == list(range(5, 11))
        assert await meter.track(tokens()) is Taken.ACCEPTED
    async with new_database.transaction(Role.APP) as conn:
        size = await conn.fetchval(
            "select sum(octet_length(payload) + $1) from usage_events", ROW_BYTES
        )
    assert budget.held_bytes == size
    assert (await watched(new_database, Budget(1), clock)).budget.held_bytes == size


class Rights:
    epoch = Epoch("history", 7)

    def tell_what_time_changed(self) -> None:
        """Nobody asks."""


def housekeeping(
    database: Database, meter: Meter, clock: ManualClock, budget: Budget
) -> Housekeeping:
    time = ForwardClock(clock, None)
    return Housekeeping(
        database,
        meter,
        time,
        Rights(),
        watch=UsageWatch(database, budget, LineState(), clock),
        storage=StorageMeter(database, meter, (), time, NoFaults()),
        publish=lambda: None,
    )


async def test_a_backlog_of_forty_days_is_kept_and_what_was_acked_goes_after_thirty_five(
    new_database: Database, running_meter: Running, clock: ManualClock
) -> None:
    clock.turn_to(NOON)
    async with running_meter(new_database) as meter:
        for day in range(41):
            at = NOON + day * DAY
            clock.turn_to(at)
            cameras = [FrameResult(f"cam-{n}", "m", "base", 0, at, ()) for n in range(100)]
            await meter.commit(cameras)
            await meter.track(Use("sms", "x", 100_000, at, f"day-{day}"))
            await meter.close_minutes(at + timedelta(minutes=2))
        clock.turn_to(NOON + 40 * DAY + HOUR)
        await housekeeping(new_database, meter, clock, Budget(PLENTY)).tidy()
        assert len(await held(new_database)) == 41 * 101
        await acked(new_database, 30 * 101)
        await housekeeping(new_database, meter, clock, Budget(PLENTY)).tidy()
        left = await held(new_database)
        assert left[0] == 6 * 101 + 1, "those of the last 35 days stay"
        assert left == list(range(left[0], 41 * 101 + 1))
        ends = [meter.track(Use("sms", "x", 100_000, NOON, f"day-{day}")) for day in (5, 7)]
        assert await asyncio.gather(*ends) == [Taken.ACCEPTED, Taken.CONFLICT], "ids go with events"


async def test_lag_shows_and_counts_against_the_node_only_while_the_cloud_is_there(
    new_database: Database, running_meter: Running, clock: ManualClock
) -> None:
    health: list[bool] = []
    async with running_meter(new_database) as meter:
        watch = await watched(new_database, Budget(PLENTY), clock, connected=True)
        watch.tell(health.append)
        registry = CollectorRegistry()
        export_usage(watch, registry)

        def shown(name: str) -> float | None:
            return registry.get_sample_value(f"brinkbyte_edge_usage_{name}")

        assert (watch.lag, watch.behind) == (timedelta(), False)
        await meter.track(tokens())
        clock.advance(timedelta(minutes=5))
        await watch.look()
        assert (watch.lag, watch.behind) == (timedelta(minutes=5), False)
        clock.advance(timedelta(seconds=1))
        await watch.look()
        assert watch.behind
        assert (shown("lag_seconds"), shown("pending_events"), shown("behind")) == (301, 1, 1)
        assert (shown("held_bytes") or 0) > ROW_BYTES
        assert (shown("max_bytes"), shown("refused_total")) == (PLENTY, 0)
        watch._line.connected = False
        await watch.look()
        assert not watch.behind, "an outage is no fault of the node"
        watch._line.connected = True
        await watch.look()
        await acked(new_database, 1)
        await watch.look()
        assert (watch.lag, watch.behind) == (timedelta(), False)
    assert health == [True, False, True, False, True]


async def storage_quantities(read_ledger: ReadLedger, database: Database) -> list[tuple[int, int]]:
    events = (await read_ledger(database)).events
    assert {event.event_type for event in events} <= {"storage_gb_day"}
    start = int(NOON.timestamp()) * 1_000_000
    return [((e.event_time_us - start) // 3_600_000_000, e.quantity_e5) for e in events]


async def test_storage_is_what_was_held_while_the_node_ran(
    new_database: Database,
    running_meter: Running,
    clock: ManualClock,
    read_ledger: ReadLedger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    size = 123_456_789

    async def database_size(_: Connection) -> int:
        return size

    monkeypatch.setattr("edge.usage.store.database_size", database_size)
    clock.turn_to(NOON)

    async def run(meter: Meter, minutes: int, faults: Any = None) -> None:
        storage = StorageMeter(
            new_database, meter, (), ForwardClock(clock, None), faults or NoFaults()
        )
        await storage.tick()
        for _ in range(minutes):
            clock.advance(timedelta(minutes=1))
            try:
                await storage.tick()
            except (InjectedFault, Unavailable):
                await storage.tick()

    database = BreaksOneAnswer(new_database._pools)
    async with running_meter(database) as meter:
        await run(meter, 30)
        database.answer = Unavailable("postgres")  # and yet it was committed
        await run(meter, 60)
        assert database.answer is None
        clock.turn_to(clock.now() + 5 * HOUR)  # off for five hours
        broken = ArmedFaults(
            {"edge.storage.before_commit": Fault("edge.storage.before_commit", "error", 20)}, None
        )
        await run(meter, 60, broken)
        clock.turn_to(clock.now() - 3 * HOUR)  # turned back: the hours come again
        await run(meter, 60)
    counted = await storage_quantities(read_ledger, new_database)
    assert [hour for hour, _ in counted] == [0, 1, 6, 7, 4]
    async with new_database.transaction(Role.APP) as conn:
        left = await conn.fetchval("select value -> 'held' ->> 'database' from config")
    ran_us = 210 * 60 * 1_000_000
    total = sum(quantity for _, quantity in counted) * BYTE_MICROSECONDS + int(left)
    assert total == size * ran_us, "to the byte and microsecond: nothing lost, nothing invented"


async def test_media_are_measured_with_the_database(
    new_database: Database,
    running_meter: Running,
    clock: ManualClock,
    read_ledger: ReadLedger,
    tmp_path: Any,
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "clip").write_bytes(bytes(3_000_000))
    (tmp_path / "again").hardlink_to(tmp_path / "deep" / "clip")
    (tmp_path / "link").symlink_to("/proc/self/exe")
    async with running_meter(new_database) as meter:
        storage = StorageMeter(
            new_database, meter, [tmp_path], ForwardClock(clock, None), NoFaults()
        )
        await storage.tick()
        for _ in range(61):
            clock.advance(timedelta(minutes=1))
            await storage.tick()
    events = {e.resource_id: e.quantity_e5 for e in (await read_ledger(new_database)).events}
    assert set(events) == {"database", "media"}
    assert events["media"] == 3_000_000 * 31 * 60_000_000 // BYTE_MICROSECONDS
