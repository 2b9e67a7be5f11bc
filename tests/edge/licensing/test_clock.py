"""A clock that is wrong buys no time and costs no honest node its rights."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from edge.housekeeping import Housekeeping
from edge.licensing.clock import ClockState, ForwardClock
from edge.licensing.service import Licenses
from edge.licensing.timekeeping import keep_clock, read_clock
from edge.uplink.status import LineState
from edge.usage.budget import Budget
from edge.usage.storage import StorageMeter
from edge.usage.watch import UsageWatch
from mesh.clock import ManualClock
from mesh.database import Database, Role
from mesh.faults import NoFaults
from rights.claims import Epoch
from tests.edge.conftest import PLENTY

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EPOCH_1970 = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)


@dataclass
class Node:
    """A node that is started anew on the same disk, with whatever its battery clock says."""

    start: Callable[[], Awaitable[Licenses]]
    database: Database
    machine: ManualClock
    gate: Licenses | None = None

    async def boot(self, machine_time: datetime | None = None) -> Licenses:
        if self.gate is not None:
            await self.keep()
        if machine_time is not None:
            self.machine.turn_to(machine_time)
        self.gate = await self.start()
        await self.gate.ensure(["cam"])
        return self.gate

    async def keep(self) -> None:
        assert self.gate is not None
        self.gate.clock.observe()
        await keep_clock(self.database, self.gate.clock, self.gate.epoch)

    async def complaints(self) -> list[str]:
        async with self.database.transaction(Role.APP) as conn:
            rows = await conn.fetch(
                "select message from license_validation_log where reason = 'CLOCK_INVALID' "
                "and source = 'clock' and camera_id is null order by validation_id"
            )
        return [row["message"] for row in rows]


@pytest.fixture
def node(start: Any, source: Any, new_database: Database, clock: ManualClock) -> Node:
    """One camera, paid for ten more days, thirty of grace."""
    source.cloud.grant("cam", until=clock.now() + 10 * DAY)
    return Node(start, new_database, clock)


async def test_two_days_back_buy_no_time(node: Node, source: Any, clock: ManualClock) -> None:
    await node.boot()
    source.away()
    clock.advance(39 * DAY + 23 * HOUR)
    before = clock.now()
    gate = await node.boot(before - 2 * DAY)
    assert gate.camera("cam").allowed
    assert gate.clock.now() >= before
    clock.advance(HOUR)
    assert not gate.camera("cam").allowed, "the time goes on by the monotonic clock"
    await node.keep()
    assert any("turned back" in line for line in await node.complaints())


async def test_an_honest_node_two_days_back_goes_on_with_the_cloud(
    node: Node, source: Any, clock: ManualClock
) -> None:
    await node.boot()
    true_time = clock.now() + HOUR
    gate = await node.boot(true_time - 2 * DAY)
    source.cloud.clock = ManualClock(true_time)
    await gate.refresh()
    assert gate.camera("cam").allowed
    assert abs(gate.clock.now() - true_time) < timedelta(seconds=1)


async def test_two_days_ahead_are_healed_by_the_clouds_signed_time(
    node: Node, source: Any, clock: ManualClock
) -> None:
    await node.boot()
    true_time = clock.now() + 9 * DAY
    source.away()
    gate = await node.boot(true_time + 2 * DAY)
    assert gate.camera("cam").step is not None, "the node cannot know better yet"
    gate = await node.boot()
    source.cloud.clock = ManualClock(true_time)
    source.back()
    await gate.refresh()
    assert (gate.camera("cam").allowed, gate.camera("cam").step) == (True, None)
    clock.advance(timedelta(minutes=1))
    assert gate.camera("cam").step is None, "the wall clock, still ahead, decides nothing any more"
    await node.keep()
    assert any("set right" in line for line in await node.complaints())
    kept = await read_clock(node.database)
    assert kept is not None and kept.high_water < true_time + HOUR


async def test_a_far_future_locks_nothing_out_once_the_cloud_answers(
    node: Node, source: Any, clock: ManualClock
) -> None:
    await node.boot()
    right = clock.now() + HOUR
    source.away()
    gate = await node.boot(right + 800 * DAY)
    assert not gate.camera("cam").allowed
    gate = await node.boot(right)
    assert not gate.camera("cam").allowed, "what was seen is kept"
    source.back()
    await gate.refresh()
    assert gate.camera("cam").allowed


async def test_1970_after_a_flat_battery(node: Node, source: Any, clock: ManualClock) -> None:
    await node.boot()
    true_time = clock.now()
    source.away()
    gate = await node.boot(EPOCH_1970)
    assert gate.camera("cam").allowed
    assert gate.clock.now() >= true_time
    clock.advance(41 * DAY)
    assert not gate.camera("cam").allowed, "grace runs out although the calendar says 1970"
    source.cloud.clock = ManualClock(true_time + 41 * DAY)
    source.cloud.grant("cam")
    source.back()
    await gate.refresh()
    assert gate.camera("cam").allowed
    await node.keep()
    assert any("turned back" in line for line in await node.complaints())


async def test_1970_on_the_very_first_start(node: Node, source: Any, clock: ManualClock) -> None:
    true_time = clock.now()
    source.cloud.clock = ManualClock(true_time)
    gate = await node.boot(EPOCH_1970)
    assert gate.camera("cam").allowed
    assert gate.clock.now() >= true_time


async def test_a_replayed_answer_wins_no_running_time(
    node: Node, source: Any, clock: ManualClock
) -> None:
    gate = await node.boot()
    token = source.cloud.token(list(source.cloud.licenses.values()))
    clock.advance(30 * DAY)
    ran = gate.clock.now()
    source.tamper = lambda _: token
    await gate.refresh()
    assert gate.clock.now() >= ran


async def test_the_running_node_keeps_its_time_and_its_complaints(
    new_database: Database, clock: ManualClock, running_meter: Any, eventually: Any
) -> None:
    import asyncio

    time = ForwardClock(clock, None)

    class Rights:
        epoch = Epoch("history", 7)

        def tell_what_time_changed(self) -> None:
            pass

    async with running_meter(new_database) as meter:
        watch = UsageWatch(new_database, Budget(PLENTY), LineState(), clock)
        storage = StorageMeter(new_database, meter, (), time, NoFaults())
        housekeeping = Housekeeping(
            new_database,
            meter,
            time,
            Rights(),
            watch=watch,
            storage=storage,
            publish=lambda: None,
        )
        working = asyncio.create_task(housekeeping.run())
        await asyncio.sleep(0)
        clock.turn_to(clock.now() - 2 * DAY)
        await eventually(lambda: bool(time.fault) and not time.events)
        working.cancel()
    kept = await read_clock(new_database)
    assert kept is not None
    assert kept.high_water > clock.now() + DAY
    async with new_database.transaction(Role.APP) as conn:
        line = await conn.fetchrow("select * from license_validation_log")
    assert line is not None
    assert (line["reason"], line["epoch_number"], line["is_valid"]) == ("CLOCK_INVALID", 7, False)


def test_a_jump_back_and_forth_is_told_once_each() -> None:
    machine = ManualClock(datetime(2026, 5, 15, tzinfo=UTC))
    time = ForwardClock(machine, None)
    for _ in range(3):
        machine.turn_to(datetime(2026, 5, 13, tzinfo=UTC))
        time.observe()
    assert len(time.events) == 1
    machine.turn_to(datetime(2026, 5, 15, tzinfo=UTC))
    time.observe()
    assert time.fault == ""
    machine.turn_to(datetime(2026, 5, 17, tzinfo=UTC))
    time.observe()
    assert [line.split(" by ")[0] for line in time.events] == [
        "the clock was turned back",
        "the clock jumped ahead",
    ]


def test_a_signed_file_moves_time_forward_and_heals_only_what_was_not_run() -> None:
    noon = datetime(2026, 5, 15, 12, tzinfo=UTC)
    machine = ManualClock(noon)
    time = ForwardClock(machine, ClockState(noon, noon, noon))
    machine.advance(5 * DAY)
    machine.turn_to(noon)
    time.read(noon + DAY)
    assert time.now() == noon + 5 * DAY, "five days were run: an older file takes none back"
    machine.turn_to(noon + 900 * DAY)
    assert time.now() == noon + 900 * DAY
    time.read(noon + 6 * DAY)
    machine.turn_to(noon + 6 * DAY)
    assert time.now() == noon + 6 * DAY
    assert any("signed file" in line for line in time.events)
