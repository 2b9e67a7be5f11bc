"""A process that counts frames and writes each index once it may leave the node.

Run as a program: DSN, first frame index, number of frames. With each frame it tracks a text
message under an id of its own; a process that is started again tracks the last one again.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta

from edge.telemetry import store as telemetry
from edge.usage.budget import Budget
from edge.usage.counts import FrameResult
from edge.usage.meter import Meter
from edge.usage.uses import Use
from mesh.clock import SystemClock
from mesh.database import Database, Role
from mesh.faults import load_faults

START = datetime(2026, 5, 15, 12, 0, tzinfo=UTC)


async def main(dsn: str, first: int, count: int) -> None:
    """Counts `count` frames, one a second of their own time, closing minutes as they end."""
    database = await Database.open({Role.APP: dsn}, pool_size=2)
    meter = Meter(
        database,
        telemetry.insert,
        clock=SystemClock(),
        journalled=lambda: None,
        faults=load_faults(os.environ),
        budget=Budget(2**40),
    )
    running = asyncio.create_task(meter.run())
    if first:
        at = START + timedelta(seconds=first - 1)
        await meter.track(Use("sms", "+61 4", 100_000, at, f"sms-{first - 1}"))
    for index in range(first, first + count):
        taken_at = START + timedelta(seconds=index)
        frame = FrameResult("cam", "model", "base", index, taken_at, ())
        sms = Use("sms", "+61 4", 100_000, taken_at, f"sms-{index}")
        await asyncio.gather(meter.track_frames([frame]), meter.track(sms))
        sys.stdout.write(f"{index}\n")
        sys.stdout.flush()
        if index % 60 == 59:
            await meter.close_minutes(taken_at + timedelta(seconds=10))
    meter.stop()
    await running
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
