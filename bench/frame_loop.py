"""What licences, metering and storage cost the frame loop.

    python -m bench.frame_loop [--quick]

The same clip is read and inferred by the same Triton in two ways, in turn: by tritonclient
alone, and by a node's whole pipeline (licence gate for the camera and every class, each
frame's detections and count committed to a PostgreSQL with fsync on before its result goes to
the JSON output). As many frames are at Triton at once in both. The figure is the ratio of
their times, median over the rounds, promised to be at most 1.10.
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import uvloop
from tritonclient.grpc.aio import InferenceServerClient, InferInput, InferRequestedOutput

import edge
from deploy.detector.video import write_clip
from deploy.local.databases import create_edge_database
from deploy.local.postgres import PostgresServer
from deploy.local.testing import postgres_server, triton_server
from edge.cameras.manager import CameraManager
from edge.cameras.model import Camera, Component
from edge.cameras.parts import PipelineParts
from edge.cameras.settings import Pacing, VideoSettings, read_settings
from edge.cameras.source import Frame, VideoSource
from edge.cameras.state import PipelineState
from edge.entitlements.wallet import Wallet
from edge.inference.region import FrameRegion
from edge.inference.spec import ModelSpec
from edge.inference.triton import TritonDetector
from edge.licensing.held import CameraRights, HeldRights, SignedLicense
from edge.telemetry import store as telemetry
from edge.usage import store as usage
from edge.usage.budget import Budget
from edge.usage.meter import Meter
from mesh.clock import SystemClock
from mesh.database import Database, Role
from mesh.faults import NoFaults
from mesh.migrate import migrate
from mesh.telemetry import configure_logs
from rights.catalog.load import load_catalog
from rights.catalog.model import Catalog, WhenUnknown
from rights.decision import NO_GRACE, Decision
from rights.feature_rules import FeatureRules
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus

PROMISE = 1.10
MODEL = "scene_detector"
MODELS = Path(__file__).parents[1] / "deploy" / "triton" / "models"
CATALOG = Path(__file__).parents[1] / "rights" / "catalog" / "catalog.yaml"
SEED = 700_001
INFERRING = 2


@dataclass(frozen=True, slots=True)
class FrameLoopFigures:
    """Median milliseconds a frame of each loop, and the median of their ratios by round."""

    alone_ms: float
    whole_ms: float
    ratio: float


class HeldGate:
    """The node's decisions from memory, for one camera whose licence does not change."""

    def __init__(self, catalog: Catalog, camera_id: str, now: datetime) -> None:
        """A base licence with the pack of bicycles."""
        until = now + timedelta(days=1)
        license_ = CameraLicense(
            camera_id,
            LicenseMode.BASE,
            LicenseStatus.ACTIVE,
            frozenset({"active_transport"}),
            until,
        )
        signed = SignedLicense(license_, now, until, NO_GRACE, kid="bench")
        self._rights = CameraRights(
            HeldRights(signed, None, until, "cloud"), FeatureRules.of(catalog), now, offline=False
        )
        self._clock = SystemClock()

    def camera(self, _: str) -> Decision:
        """Allowed."""
        return self._rights.camera(self._clock.now())

    def feature(self, _: str, feature: str) -> Decision:
        """As the licence says."""
        return self._rights.feature(feature, self._clock.now())

    async def ensure(self, camera_ids: Collection[str]) -> None:
        """The licence is held already."""

    def watch(self, changed: Callable[[str], None]) -> None:
        """Nothing ever changes."""


class TritonAlone:
    """The least that infers a clip: tritonclient, with frames in shared memory."""

    def __init__(self, address: str, spec: ModelSpec) -> None:
        """Needs the model's spec."""
        self._client = InferenceServerClient(address)
        self._spec = spec
        self._region = FrameRegion("brinkbyte-bench-", INFERRING, spec.frame_bytes)
        self._inputs: list[InferInput] = []

    async def open(self) -> None:
        """Registers the memory."""
        region, size = self._region, self._spec.frame_bytes
        await self._client.register_system_shared_memory(region.name, region.key, region.byte_size)
        for slot in range(INFERRING):
            tensor = InferInput(self._spec.input_name, self._spec.shape, "UINT8")
            tensor.set_shared_memory(region.name, size, slot * size)
            self._inputs.append(tensor)

    async def close(self) -> None:
        """Gives everything back."""
        await self._client.unregister_system_shared_memory(self._region.name)
        await self._client.close()
        self._region.close()

    async def run(self, clip: VideoSettings) -> int:
        """Infers every frame; how many there were."""
        slots = asyncio.LifoQueue[int]()
        for slot in range(INFERRING):
            slots.put_nowait(slot)
        count = 0
        source = VideoSource(
            clip, self._spec.width, self._spec.height, clock=SystemClock(), start_frame=0
        )
        async with source, asyncio.TaskGroup() as group:
            async for frame in source:
                slot = await slots.get()
                task = group.create_task(self._infer(frame, slot))
                task.add_done_callback(lambda _, slot=slot: slots.put_nowait(slot))  # type: ignore[misc]
                count += 1
        return count

    async def _infer(self, frame: Frame, slot: int) -> None:
        self._region.write(slot, frame.image)
        outputs = [InferRequestedOutput(self._spec.output_name)]
        answer = await self._client.infer(MODEL, [self._inputs[slot]], outputs=outputs)
        answer.as_numpy(self._spec.output_name)


@dataclass(frozen=True, slots=True)
class Stand:
    """What both loops stand on."""

    clip: VideoSettings
    database: Database
    detector: TritonDetector
    alone: TritonAlone
    meter: Meter
    catalog: Catalog
    output: Path

    def parts(self, camera_id: str) -> PipelineParts:
        """For one camera's pipeline."""
        clock = SystemClock()
        return PipelineParts(
            gate=HeldGate(self.catalog, camera_id, clock.now()),
            meter=self.meter,
            detector=self.detector,
            clock=clock,
            faults=NoFaults(),
            output=self.output,
            last_frame=_no_frame,
            quota=_frames(clock),
            inferring=INFERRING,
        )


async def measure(frames: int, rounds: int) -> FrameLoopFigures:
    """Runs both loops in turn, `rounds` times over a clip of `frames` frames.

    Raises RuntimeError when the whole loop did not count every frame.
    """
    with tempfile.TemporaryDirectory() as directory:
        async with _stand(Path(directory), frames) as stand:
            await stand.alone.run(stand.clip)
            await _whole(stand, "warm-up", frames)
            pairs = [await _round(stand, number, frames) for number in range(rounds)]
            await _check(stand.database, frames * (rounds + 1))
    return FrameLoopFigures(
        statistics.median(alone for alone, _ in pairs) / frames * 1000,
        statistics.median(whole for _, whole in pairs) / frames * 1000,
        statistics.median(whole / alone for alone, whole in pairs),
    )


async def _round(stand: Stand, number: int, frames: int) -> tuple[float, float]:
    """Seconds of tritonclient alone and of the whole, which take turns at going first."""
    camera_id = f"bench-{number}"
    if number % 2:
        whole = await _seconds(_whole(stand, camera_id, frames))
        return await _seconds(stand.alone.run(stand.clip)), whole
    alone = await _seconds(stand.alone.run(stand.clip))
    return alone, await _seconds(_whole(stand, camera_id, frames))


@contextlib.asynccontextmanager
async def _stand(work: Path, frames: int) -> AsyncIterator[Stand]:
    write_clip(work / "clip.mp4", SEED, frames, 25)
    catalog = load_catalog(CATALOG.read_text(encoding="utf-8"))
    async with (
        triton_server(work, MODELS) as triton,
        postgres_server(work, durable=True) as postgres,
        _database(postgres) as database,
        _running(database) as meter,
    ):
        detector = TritonDetector(triton.address, MODEL, node=str(work))
        alone = TritonAlone(triton.address, await detector.spec())
        await alone.open()
        clip = VideoSettings(url=str(work / "clip.mp4"), pacing=Pacing.FASTEST)
        yield Stand(clip, database, detector, alone, meter, catalog, work / "results")
        await alone.close()
        await detector.close()


@contextlib.asynccontextmanager
async def _database(postgres: PostgresServer) -> AsyncIterator[Database]:
    dsn = await create_edge_database(postgres)
    await migrate(dsn, Path(edge.__path__[0]) / "migrations")
    database = await Database.open({Role.APP: dsn})
    async with database.transaction(Role.APP) as conn:
        await usage.begin_journal(conn, uuid4())
        await telemetry.ensure_partitions(conn, SystemClock().now())
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
        budget=Budget(2**40),
    )
    task = asyncio.create_task(meter.run())
    yield meter
    meter.stop()
    await task


async def _seconds(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def _whole(stand: Stand, camera_id: str, frames: int) -> None:
    manager = CameraManager([_camera(camera_id, stand.clip)], stand.parts(camera_id))
    await manager.start()
    await manager.finished()
    (status,) = manager.snapshot()
    if status.state is not PipelineState.FINISHED or status.frames != frames:
        raise RuntimeError(f"the pipeline did not do its work: {status}")


async def _check(database: Database, frames: int) -> None:
    async with database.transaction(Role.APP) as conn:
        counted = await conn.fetchval("select sum(quantity_e5) / 100000 from usage_events")
        stored = await conn.fetchval(
            "select count(*) from telemetry_events where event_type = 'detection'"
        )
    if (counted, stored) != (frames, frames):
        raise RuntimeError(f"{frames} frames, {counted} counted, {stored} stored")


def _camera(camera_id: str, clip: VideoSettings) -> Camera:
    parts = [Component(name, read_settings(name, {})) for name in ("detection", "json_stream")]
    return Camera(camera_id, clip, (parts[0],), (parts[1],), ())


def _frames(clock: SystemClock) -> Wallet:
    """Frames without a limit."""
    return Wallet("inference_frame", WhenUnknown.OPEN, clock.now)


async def _no_frame(_: str) -> int | None:
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; 1 when the promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, no verdict")
    parser.add_argument("--frames", type=int, default=750, help="frames of the clip")
    parser.add_argument("--rounds", type=int, default=9, help="times that each loop runs")
    chosen = parser.parse_args(arguments)
    frames, rounds = (100, 1) if chosen.quick else (chosen.frames, chosen.rounds)
    configure_logs("warning", json=False)
    figures = uvloop.run(measure(frames, rounds))
    print(f"tritonclient alone   {figures.alone_ms:7.3f} ms a frame")
    print(f"the whole pipeline   {figures.whole_ms:7.3f} ms a frame")
    print(f"ratio                {figures.ratio:7.3f}   (promised <= {PROMISE:.2f})")
    return 0 if chosen.quick or figures.ratio <= PROMISE else 1


if __name__ == "__main__":
    sys.exit(main())
