"""A process that runs one camera over a clip: dsn, Triton's address, clip, output directory.

BRINKBYTE_FAULTS says where it dies. It goes on after the last frame that it kept.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from edge.cameras.state import PipelineState
from edge.inference.triton import TritonDetector
from edge.telemetry import store as telemetry
from edge.usage import store
from edge.usage.budget import Budget
from edge.usage.meter import Meter
from mesh.clock import ManualClock, SystemClock
from mesh.database import Database, Role
from mesh.faults import load_faults
from tests.edge.cameras.site import HandGate, Site, camera
from tests.edge.servers import MODEL


async def watch(dsn: str, triton: str, clip: str, output: str) -> int:
    database = await Database.open({Role.APP: dsn}, pool_size=2)
    async with database.transaction(Role.APP) as conn:
        await store.begin_journal(conn, uuid4())
    faults = load_faults(os.environ)
    meter = Meter(
        database,
        telemetry.insert,
        clock=SystemClock(),
        journalled=lambda: None,
        faults=faults,
        budget=Budget(2**40),
    )
    metering = asyncio.create_task(meter.run())
    detector = TritonDetector(triton, MODEL, node=output)
    gate = HandGate(ManualClock(datetime(2026, 5, 15, tzinfo=UTC)))
    gate.grant("cam")
    site = Site(database, gate, meter, detector, Path(output), faults)
    manager = await site.start(camera("cam", clip, resume=True))
    await manager.finished()
    (status,) = manager.snapshot()
    meter.stop()
    await metering
    await detector.close()
    await database.close()
    return 0 if status.state is PipelineState.FINISHED else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(watch(*sys.argv[1:])))
