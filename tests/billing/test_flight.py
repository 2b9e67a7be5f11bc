"""Shared loads: one for many, never an old one, never too many."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from billing.flight import SingleFlight
from mesh.clock import ManualClock
from mesh.errors import RateLimited

SECOND = timedelta(seconds=1)


async def test_a_load_is_shared_until_what_it_read_may_be_too_old() -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    flight: SingleFlight[str, int] = SingleFlight(SECOND, clock)
    release = asyncio.Event()
    begun: list[float] = []

    async def work(moment: float) -> int:
        begun.append(moment)
        mine = len(begun)
        await release.wait()
        return mine

    callers = [asyncio.create_task(flight.load("k", work)) for _ in range(3)]
    await asyncio.sleep(0)
    clock.advance(SECOND)
    late = asyncio.create_task(flight.load("k", work))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    release.set()
    assert [await each for each in callers] == [1, 1, 1]
    assert await late == 2
    assert begun[1] - begun[0] == 1
    assert await flight.load("k", work) == 3


async def test_loads_whose_callers_left_are_bounded_by_themselves() -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    flight: SingleFlight[int, int] = SingleFlight(SECOND, clock, max_running=2)
    release = asyncio.Event()

    async def work(_: float) -> int:
        await release.wait()
        return 1

    for key in range(2):
        caller = asyncio.create_task(flight.load(key, work))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
    with pytest.raises(RateLimited):
        await flight.load(2, work)
    release.set()
    while True:
        try:
            assert await flight.load(2, work) == 1
            break
        except RateLimited:
            await asyncio.sleep(0)
