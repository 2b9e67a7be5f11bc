"""What handing a use over costs its caller, and how fast the journal takes uses.

    python -m bench.track [--quick]

A node's meter writes to a PostgreSQL with fsync on while its callers hand over frames and single
uses, never waiting for a commit; then every commit is awaited and the journal is checked to hold
each of them. The figure is the median time of one hand-over, promised to be at most 20 us.
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvloop

import edge
from deploy.local.databases import create_edge_database
from deploy.local.testing import postgres_server
from edge.telemetry import store as telemetry
from edge.usage import store as usage
from edge.usage.budget import Budget
from edge.usage.counts import FrameResult
from edge.usage.meter import Meter
from edge.usage.uses import Use
from mesh.clock import SystemClock
from mesh.database import Database, Role
from mesh.faults import NoFaults
from mesh.migrate import migrate
from mesh.telemetry import configure_logs

PROMISE_US = 20.0
BURST = 100
_PLENTY = 2**40


@dataclass(frozen=True, slots=True)
class TrackFigures:
    """Microseconds of one hand-over, median and 99th percentile, and durable uses a second."""

    median_us: float
    p99_us: float
    per_second: float


async def measure(count: int) -> dict[str, TrackFigures]:
    """Hands over `count` single uses and as many frames. Raises RuntimeError when the journal does
    not hold them all."""
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as directory:
        async with _database(Path(directory)) as database, _running(database) as meter:
            now = clock.now()

            def use() -> "asyncio.Future[Any]":
                labels = {"agent": "scene", "model": "large"}
                event_id = str(uuid4())
                return meter.track(
                    Use("llm_token", "llm", 1_234_500_000, now, event_id, "", labels)
                )

            def frame() -> "asyncio.Future[Any]":
                result = FrameResult("cam-17", "scene_detector", "base", 0, now, ())
                return meter.track_frames([result])

            figures = {
                "a single use": await _hand_over(use, count),
                "a frame": await _hand_over(frame, count),
            }
            await _check(database, count)
    return figures


async def _hand_over(track: Callable[[], "asyncio.Future[Any]"], count: int) -> TrackFigures:
    """In bursts, as cameras and applications come, with the loop's other work between them."""
    took: list[float] = []
    pending: list[asyncio.Future[Any]] = []
    began = time.perf_counter()
    for _ in range(count // BURST):
        for _ in range(BURST):
            before = time.perf_counter()
            pending.append(track())
            took.append(time.perf_counter() - before)
        if len(pending) >= 10_000:
            await asyncio.gather(*pending)
            pending.clear()
        await asyncio.sleep(0)
    await asyncio.gather(*pending)
    elapsed = time.perf_counter() - began
    took.sort()
    return TrackFigures(
        statistics.median(took) * 1e6, took[int(len(took) * 0.99)] * 1e6, len(took) / elapsed
    )


@contextlib.asynccontextmanager
async def _database(work: Path) -> AsyncIterator[Database]:
    async with postgres_server(work, durable=True) as postgres:
        dsn = await create_edge_database(postgres)
        await migrate(dsn, Path(edge.__path__[0]) / "migrations")
        database = await Database.open({Role.APP: dsn})
        async with database.transaction(Role.APP) as conn:
            await usage.begin_journal(conn, uuid4())
        yield database
        await database.close()


@contextlib.asynccontextmanager
async def _running(database: Database) -> AsyncIterator[Meter]:
    meter = Meter(
        database,
        telemetry.insert,
        clock=SystemClock(),
        journalled=lambda: None,
        faults=NoFaults(),
        budget=Budget(_PLENTY),
    )
    task = asyncio.create_task(meter.run())
    yield meter
    meter.stop()
    await task


async def _check(database: Database, count: int) -> None:
    async with database.transaction(Role.APP) as conn:
        events = await conn.fetchval("select count(*) from usage_events where seq is not null")
        frames = await conn.fetchval(
            "select sum(quantity_e5) / 100000 from usage_events where seq is null"
        )
    if (events, frames) != (count, count):
        raise RuntimeError(f"of {count} each, {events} uses and {frames} frames are counted")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; 1 when the promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few uses, no verdict")
    parser.add_argument("--count", type=int, default=100_000, help="uses handed over")
    chosen = parser.parse_args(arguments)
    configure_logs("warning", json=False)
    figures = uvloop.run(measure(2_000 if chosen.quick else chosen.count))
    for name, each in figures.items():
        print(
            f"{name:<13} {each.median_us:6.1f} us to hand over (99%: {each.p99_us:.1f}), "
            f"{each.per_second:,.0f} durable a second"
        )
    worst = max(each.median_us for each in figures.values())
    print(f"promised      <= {PROMISE_US:.0f} us")
    return 0 if chosen.quick or worst <= PROMISE_US else 1


if __name__ == "__main__":
    sys.exit(main())
