"""A node's pipelines with a licence gate that a test holds in its hand."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import rights.catalog
from edge.cameras.manager import CameraManager
from edge.cameras.model import Camera, Component
from edge.cameras.parts import Detector, FrameMeter, PipelineParts
from edge.cameras.settings import Pacing, VideoSettings, read_settings
from edge.cameras.state import CameraStatus, PipelineState
from edge.entitlements.lease import QuotaWord
from edge.entitlements.wallet import Wallet
from edge.inference.triton import TritonDetector
from edge.telemetry import store as telemetry
from mesh.clock import ManualClock, SystemClock
from mesh.database import Database, Role
from mesh.faults import Faults, NoFaults
from rights.catalog.load import load_catalog
from rights.catalog.model import WhenUnknown
from rights.decision import Decision, decide_camera, decide_feature
from rights.grace import Grace
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus

CATALOG = Path(rights.catalog.__path__[0]) / "catalog.yaml"


def unlimited_frames() -> Wallet:
    """Frames without a limit."""
    wallet = Wallet("inference_frame", WhenUnknown.OPEN, SystemClock().now)
    wallet.word = QuotaWord("inference_frame", False, None, None, None, SystemClock().now())
    return wallet


class HandGate:
    """The rules of `rights`, over licences that the test gives and takes."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self._catalog = load_catalog(CATALOG.read_text(encoding="utf-8"))
        self._held: dict[str, CameraLicense] = {}
        self._watchers: list[Callable[[str], None]] = []
        plan = self._catalog.plan("vision", "base")
        self._grace = Grace(timedelta(days=plan.offline_grace_days), plan.grace_ladder)
        self.offline_since: datetime | None = None

    def camera(self, camera_id: str) -> Decision:
        held, now = self._held.get(camera_id), self.clock.now()
        return decide_camera(held, now, self.offline_since, self._grace)

    def feature(self, camera_id: str, feature: str) -> Decision:
        held = self._held.get(camera_id)
        return decide_feature(
            self._catalog,
            held,
            feature,
            self.clock.now(),
            offline_since=self.offline_since,
            grace=self._grace,
        )

    async def ensure(self, camera_ids: Collection[str]) -> None:
        """Nothing to fetch."""

    def watch(self, changed: Callable[[str], None]) -> None:
        self._watchers.append(changed)

    def grant(self, camera_id: str, *packs: str) -> None:
        until = self.clock.now() + timedelta(days=30)
        self._held[camera_id] = CameraLicense(
            camera_id, LicenseMode.BASE, LicenseStatus.ACTIVE, frozenset(packs), until
        )
        self._tell(camera_id)

    def suspend(self, camera_id: str) -> None:
        self._held[camera_id] = replace(self._held[camera_id], status=LicenseStatus.SUSPENDED)
        self._tell(camera_id)

    def _tell(self, camera_id: str) -> None:
        for changed in self._watchers:
            changed(camera_id)


def camera(camera_id: str, url: Path | str, *processors: str, **source: Any) -> Camera:
    """Reads the clip as fast as it can; `detection` and json_stream are always there."""
    names = dict.fromkeys(("detection", *processors))
    return Camera(
        camera_id,
        VideoSettings(str(url), **{"pacing": Pacing.FASTEST, **source}),
        tuple(Component(name, read_settings(name, {})) for name in names),
        (Component("json_stream", read_settings("json_stream", {})),),
        (),
    )


@dataclass(slots=True)
class Site:
    """Starts cameras and reads what they left."""

    database: Database
    gate: HandGate
    meter: FrameMeter
    detector: TritonDetector
    output: Path
    faults: Faults = field(default_factory=NoFaults)
    quota: Wallet = field(default_factory=unlimited_frames)
    managers: list[CameraManager] = field(default_factory=list)

    async def start(
        self,
        *cameras: Camera,
        meter: FrameMeter | None = None,
        detector: Detector | None = None,
    ) -> CameraManager:
        parts = PipelineParts(
            self.gate,
            meter or self.meter,
            detector or self.detector,
            SystemClock(),
            self.faults,
            self.output,
            self._last_frame,
            self.quota,
        )
        manager = CameraManager(cameras, parts)
        self.managers.append(manager)
        await manager.start()
        return manager

    async def stop(self) -> None:
        for manager in self.managers:
            await manager.stop()

    async def _last_frame(self, camera_id: str) -> int | None:
        async with self.database.transaction(Role.APP) as conn:
            return await telemetry.last_frame(conn, camera_id, "detection")

    async def stored(self, camera_id: str, event_type: str = "detection") -> list[Any]:
        """The camera's events of a kind as (frame index, payload), in frame order."""
        async with self.database.transaction(Role.APP) as conn:
            rows = await telemetry.page(conn, camera_id, event_type, 10_000)
        return sorted(
            ((row.frame_index, json.loads(row.payload)) for row in rows), key=lambda row: row[0]
        )

    async def frames_stored(self, camera_id: str) -> list[int]:
        return [index for index, _ in await self.stored(camera_id)]

    def lines(self, camera_id: str) -> list[dict[str, Any]]:
        """What left by json_stream."""
        path = self.output / f"{camera_id}.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text().splitlines()]

    def frames_out(self, camera_id: str) -> list[int]:
        return [line["frame_index"] for line in self.lines(camera_id)]

    def labels_out(self, camera_id: str) -> Counter[str]:
        lines = self.lines(camera_id)
        return Counter(found["label"] for line in lines for found in line["detections"])


async def until(
    manager: CameraManager, camera_id: str, state: PipelineState, *, frames: int = 0
) -> CameraStatus:
    """Waits for a camera's state, and for at least so many frames."""
    async with asyncio.timeout(60):
        while True:
            status = manager.status(camera_id)
            if status.state is state and status.frames >= frames:
                return status
            await asyncio.sleep(0.005)
