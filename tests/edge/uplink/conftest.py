"""A journal with events, and its upload."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from edge.uplink.link import CloudLink
from edge.uplink.sync import UsageSync
from edge.usage import positions
from edge.usage.counts import FrameResult
from edge.usage.meter import Meter
from edge.usage.positions import Position
from mesh.clock import SystemClock
from mesh.database import Database, Role
from mesh.faults import NoFaults

NOON = datetime(2026, 5, 15, 12, tzinfo=UTC)
Running = Callable[..., AbstractAsyncContextManager[Meter]]
Use = Callable[..., Awaitable[None]]


@pytest.fixture
def use(new_database: Database, running_meter: Running) -> Use:
    """Journals one event per minute: `use(first, count)`."""

    async def count(first: int, events: int) -> None:
        minutes = [NOON + timedelta(minutes=first + each) for each in range(events)]
        async with running_meter(new_database) as meter:
            await meter.commit(
                [FrameResult("cam", "m", "base", 0, minute, ()) for minute in minutes]
            )
            await meter.close_camera("cam")

    return count


@pytest.fixture
def position(new_database: Database) -> Callable[[], Awaitable[Position]]:
    """Where the journal stands."""

    async def read() -> Position:
        async with new_database.transaction(Role.APP) as conn:
            return await positions.read_position(conn)

    return read


@pytest.fixture
def syncing(
    new_database: Database, link: CloudLink
) -> Callable[..., AbstractAsyncContextManager[UsageSync]]:
    """Runs the upload for the length of a block."""

    @asynccontextmanager
    async def run(batch: int = 1000) -> AsyncIterator[UsageSync]:
        sync = UsageSync(new_database, link, clock=SystemClock(), faults=NoFaults(), batch=batch)
        task = asyncio.create_task(sync.run())
        try:
            yield sync
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return run
