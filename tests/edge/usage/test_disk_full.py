"""A disk that really is full: nothing is acknowledged that is not kept, nothing counts twice."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs

from deploy.local.databases import create_edge_database
from deploy.local.postgres import PostgresServer
from edge.telemetry.store import TelemetryRow
from edge.usage.counts import FrameResult
from edge.usage.meter import Meter
from mesh.database import Database, Role
from mesh.errors import MeshError, StorageFull
from mesh.migrate import migrate
from tests.edge.conftest import MIGRATIONS, PASSWORD
from tests.edge.disk import KeptPostgres, SmallDisk, kept_postgres, small_disk

Running = Callable[..., AbstractAsyncContextManager[Meter]]
ReadLedger = Callable[[Database], Awaitable[Any]]
NOON = datetime(2026, 5, 15, 12, 0, tzinfo=UTC)
CAMERAS = 4


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk() as disk:
        yield disk


@pytest.fixture
async def small(disk: SmallDisk) -> AsyncIterator[KeptPostgres]:
    async with kept_postgres(disk) as postgres:
        yield postgres


@dataclass(slots=True)
class Camera:
    """Commits a frame until it is acknowledged, then the next, until told to end."""

    name: str
    meter: Meter
    ending: asyncio.Event
    kept: list[int] = field(default_factory=list)
    refused: list[MeshError] = field(default_factory=list)

    async def run(self) -> None:
        while not self.ending.is_set():
            result = self._frame(len(self.kept))
            try:
                await self.meter.commit([result])
            except MeshError as error:
                self.refused.append(error)
                await asyncio.sleep(0.02)
            else:
                self.kept.append(result.frame_index)

    def _frame(self, index: int) -> FrameResult:
        taken_at = NOON + timedelta(milliseconds=index)
        noise = json.dumps({"noise": os.urandom(20_000).hex()})
        row = TelemetryRow(uuid4(), self.name, "detection", taken_at, index, noise)
        return FrameResult(self.name, "scene_detector", "base", index, taken_at, (row,))


@contextlib.asynccontextmanager
async def running_cameras(meter: Meter) -> AsyncIterator[list[Camera]]:
    ending = asyncio.Event()
    cameras = [Camera(f"cam-{number}", meter, ending) for number in range(CAMERAS)]
    async with asyncio.TaskGroup() as group:
        for camera in cameras:
            group.create_task(camera.run())
        try:
            yield cameras
        finally:
            ending.set()


async def frames_kept(database: Database) -> dict[str, list[int]]:
    """What the database holds, by camera."""
    async with database.transaction(Role.APP) as conn:
        rows = await conn.fetch(
            "select camera_id, array_agg(frame_index order by frame_index) as frames "
            "from telemetry_events group by camera_id"
        )
    return {row["camera_id"]: row["frames"] for row in rows}


async def use_up_the_log(server: PostgresServer) -> None:
    """Makes the server need new files for its write-ahead log until it dies of that."""
    connection = await asyncpg.connect(server.dsn("postgres"))
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):  # a backend that panics may say why
        while True:
            await connection.execute(
                "select pg_logical_emit_message(false, 'x', repeat('x', 8000000))"
            )
    connection.terminate()


async def test_a_full_disk_stops_counting_and_loses_nothing(
    disk: SmallDisk,
    small: KeptPostgres,
    running_meter: Running,
    read_ledger: ReadLedger,
    eventually: Any,
) -> None:
    dsn = await create_edge_database(small.server, "node", PASSWORD)
    await migrate(dsn, MIGRATIONS)
    database = await Database.open({Role.APP: dsn}, pool_size=4)
    with capture_logs() as logs:
        async with running_meter(database) as meter, running_cameras(meter) as cameras:
            await eventually(lambda: all(len(camera.kept) >= 20 for camera in cameras))
            disk.fill()
            await eventually(lambda: all(camera.refused for camera in cameras))
            begun = len(small.events)
            await use_up_the_log(small.server)
            await eventually(lambda: any("is full" in each.detail for each in small.events[begun:]))
            held = [len(camera.kept) for camera in cameras]
            disk.make_room()
            await eventually(
                lambda: all(
                    len(camera.kept) > before + 20
                    for camera, before in zip(cameras, held, strict=True)
                ),
                30,
            )
    kept = {camera.name: camera.kept for camera in cameras}
    assert await frames_kept(database) == kept
    assert (await read_ledger(database)).frames == sum(map(len, kept.values()))
    assert {type(error) for camera in cameras for error in camera.refused} == {StorageFull}
    told = [log.get("reason") for log in logs]
    assert told[0] == "STORAGE_FULL"
    assert told[-2:] == ["DEPENDENCY_UNAVAILABLE", None]
    assert all(one != next_one for one, next_one in pairwise(told)), "each change is told once"
    await database.close()
