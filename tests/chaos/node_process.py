"""A node in a process of its own: its real meter, journal and upload, fed with made-up frames.

Each frame, call and single use is in the oracle before it is counted ("used"), and again once its
result may leave the node ("left"). A single use has an id, and is tracked again after a crash.
"""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import structlog
import uvloop

from edge.telemetry import store as telemetry
from edge.telemetry.store import TelemetryRow
from edge.uplink.identity import StateDirectory
from edge.uplink.link import CloudLink
from edge.uplink.sync import UsageSync
from edge.usage import positions, store
from edge.usage.budget import Budget
from edge.usage.counts import FrameResult
from edge.usage.meter import Meter, MeterOptions
from edge.usage.uses import Use
from mesh.database import Database, Role
from mesh.errors import MeshError, StartError
from mesh.faults import FAULTS, FAULTS_DIR, Faults, load_faults
from tests.chaos import oracle
from tests.chaos.control import ShiftedClock, obey
from tests.chaos.oracle import LEFT, USED, Oracle

_OPTIONS = MeterOptions(group=8, linger=timedelta(milliseconds=3))
TOKENS = "llm_token"
_MODELS = ("scene_detector", "plate_reader")
_PACKS = ("base", "industry")


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """A node and what it is to do: `frames` frames from `taken_from` (aware) on, `step` apart."""

    dsn: str
    state: Path
    cloud_addr: str
    oracle: Path
    log: Path
    journal_id: UUID
    frames: int
    taken_from: datetime
    step: timedelta
    seed: int
    offset: timedelta
    faults: str
    markers: Path
    batch: int = 7


@dataclass(slots=True)
class _Node:
    settings: NodeSettings
    database: Database
    meter: Meter
    sync: UsageSync
    faults: Faults
    oracle: Oracle
    loaded: bool = False
    index: int = 0
    again: list[dict[str, Any]] = field(default_factory=list)
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def start(self) -> None:
        async with self.database.transaction(Role.APP) as conn:
            await store.begin_journal(conn, self.settings.journal_id)
        used = {line["index"]: line for line in oracle.read(self.settings.oracle, USED)}
        left = {line["index"] for line in oracle.read(self.settings.oracle, LEFT)}
        self.index = max(used, default=-1) + 1
        self.again = [
            line for line in used.values() if line["tokens"] and line["index"] not in left
        ]
        for work in (self.meter.run(), self.sync.run(), self._load()):
            task = asyncio.create_task(work)
            task.add_done_callback(_fatal)
            self._tasks.append(task)

    async def _load(self) -> None:
        random = Random(f"{self.settings.seed}/{self.index}")
        if self.again:
            await self._count(self.again)
            self.oracle.note(LEFT, self.again)
        while self.index < self.settings.frames:
            size = min(random.randint(1, 12), self.settings.frames - self.index)
            group = [self._use(random, self.index + at) for at in range(size)]
            self.oracle.note(USED, group)
            self.index += size
            self.faults.hit("edge.infer.after")
            await self._count(group)
            self.oracle.note(LEFT, group)
            if random.random() < 0.4:
                await self.meter.close_minutes(self._time(self.index))
        await self.meter.close_all()
        self.loaded = True

    async def _count(self, group: Sequence[dict[str, Any]]) -> None:
        await asyncio.gather(*(self._handed_over(use) for use in group))

    def _handed_over(self, use: dict[str, Any]) -> "asyncio.Future[Any]":
        if use["camera"]:
            return self.meter.track_frames([self._frame(use)])
        if use["tokens"]:
            at = self._time(use["index"])
            event_id = f"use-{use['index']}"
            return self.meter.track(Use(TOKENS, "model", use["tokens"] * 100_000, at, event_id))
        return self.meter.track_call("/chaos")

    def _use(self, random: Random, index: int) -> dict[str, Any]:
        camera = f"camera-{random.randint(1, 3)}" if random.random() < 0.8 else ""
        tokens = 0 if camera or random.random() < 0.5 else random.randint(1, 500)
        return {"index": index, "camera": camera, "tokens": tokens, "model": random.randrange(2)}

    def _frame(self, use: dict[str, Any]) -> FrameResult:
        index, taken_at = use["index"], self._time(use["index"])
        row = TelemetryRow(uuid4(), use["camera"], "chaos", taken_at, index, "{}")
        model, pack = _MODELS[use["model"]], _PACKS[use["model"]]
        return FrameResult(use["camera"], model, pack, index, taken_at, [row])

    def _time(self, index: int) -> datetime:
        return self.settings.taken_from + index * self.settings.step

    async def handle(self, name: str, value: Any) -> Any:
        if name == "resync":
            self.sync.resync(value)
            return name
        async with self.database.transaction(Role.APP) as conn:
            position = await positions.read_position(conn)
        return {
            "index": self.index,
            "loaded": self.loaded,
            "last_seq": position.last_seq,
            "backlog": position.last_seq - position.acked_seq,
            "duplicates": position.duplicates,
            "error": position.last_error,
        }


def main(settings: NodeSettings, pipe: Connection) -> None:
    """The process."""
    log = settings.log.open("a", buffering=1)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
    with suppress(StartError, MeshError):
        uvloop.run(_run(settings, pipe))
    os._exit(3)


async def _run(settings: NodeSettings, pipe: Connection) -> None:
    clock = ShiftedClock(settings.offset)
    faults = load_faults({FAULTS: settings.faults, FAULTS_DIR: str(settings.markers)})
    database = await Database.open({Role.APP: settings.dsn}, pool_size=4)
    identity = StateDirectory(settings.state).load()
    assert identity is not None
    link = CloudLink(settings.cloud_addr, identity.ca_pem, identity)
    sync = UsageSync(database, link, clock=clock, faults=faults, batch=settings.batch)
    meter = Meter(
        database,
        telemetry.insert,
        clock=clock,
        journalled=sync.journalled,
        faults=faults,
        budget=Budget(2**40),
        options=_OPTIONS,
    )
    node = _Node(settings, database, meter, sync, faults, Oracle(settings.oracle))
    await node.start()
    await obey(pipe, node.handle)


def _fatal(task: "asyncio.Task[None]") -> None:
    """A task that fails takes the process down, where the runner sees it."""
    with suppress(asyncio.CancelledError):
        if error := task.exception():
            structlog.get_logger().error("node_failed", why=repr(error))
            os._exit(2)
