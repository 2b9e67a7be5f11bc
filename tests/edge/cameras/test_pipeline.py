"""A camera runs exactly what its licence allows, and every frame is counted once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from edge.cameras.state import PipelineState
from edge.inference.detection import Detection
from edge.usage.counts import FrameResult
from mesh.database import Database
from mesh.errors import StorageFull
from mesh.faults import ArmedFaults, Fault
from tests.edge.cameras.site import Site, camera, until
from tests.edge.servers import inferred

ReadLedger = Callable[[Database], Awaitable[Any]]
ALL = list(range(60))
FINISHED, RUNNING, REFUSED, FAILED = (
    PipelineState.FINISHED,
    PipelineState.RUNNING,
    PipelineState.REFUSED,
    PipelineState.FAILED,
)


class HeldMeter:
    """Passes commits on to the real meter once it is let go."""

    def __init__(self, site: Site) -> None:
        self._meter = site.meter
        self.let_go = asyncio.Event()
        self.waiting = 0

    async def commit(self, results: list[FrameResult]) -> None:
        self.waiting += 1
        await self.let_go.wait()
        await self._meter.commit(results)

    async def close_camera(self, camera_id: str) -> None:
        await self._meter.close_camera(camera_id)


class FullDisk(HeldMeter):
    """Refuses every commit until there is room again."""

    async def commit(self, results: list[FrameResult]) -> None:
        if not self.let_go.is_set():
            raise StorageFull
        await self._meter.commit(results)


async def test_a_clip_is_inferred_counted_stored_and_let_out_frame_by_frame(
    site: Site, clip: Path, read_ledger: ReadLedger
) -> None:
    site.gate.grant("cam")
    before = await site.detector.inference_count()
    manager = await site.start(camera("cam", clip, "counting"))
    status = await until(manager, "cam", FINISHED)

    assert await inferred(site.detector, before, 60) == status.frames == 60
    assert await site.frames_stored("cam") == site.frames_out("cam") == ALL
    assert status.detections == sum(site.labels_out("cam").values()) > 100
    assert (status.reason, status.message) == ("", "")
    ledger = await read_ledger(site.database)
    assert (ledger.open_frames, ledger.journalled_frames) == (0, 60)
    (event,) = ledger.events
    assert event.resource_id == "cam"
    assert event.dimensions["model"] == "scene_detector"
    assert event.dimensions["pack"] == "base"


class OvertakingDetector:
    """The real detector, with the answer to every other frame late."""

    def __init__(self, site: Site) -> None:
        self.spec = site.detector.spec
        self._detect = site.detector.detect
        self._asked = 0

    async def detect(self, image: Any, width: int, height: int) -> tuple[Detection, ...]:
        self._asked += 1
        late = self._asked % 2 == 1
        found = await self._detect(image, width, height)
        if late:
            await asyncio.sleep(0.01)
        return found


async def test_answers_that_overtake_each_other_change_nothing(site: Site, clip: Path) -> None:
    for name, detector in (("calm", None), ("wild", OvertakingDetector(site))):
        site.gate.grant(name, "active_transport")
        manager = await site.start(camera(name, clip, "tracking", "counting"), detector=detector)
        await until(manager, name, FINISHED)
    calm, wild = (
        [(line["frame_index"], line["detections"], line["events"]) for line in site.lines(name)]
        for name in ("calm", "wild")
    )
    assert wild == calm


async def test_no_result_leaves_before_its_count_is_committed(site: Site, clip: Path) -> None:
    site.gate.grant("cam")
    meter = HeldMeter(site)
    manager = await site.start(camera("cam", clip), meter=meter)
    async with asyncio.timeout(60):
        while meter.waiting < 20:
            await asyncio.sleep(0.005)
    assert site.lines("cam") == []
    assert manager.status("cam").frames == 0
    meter.let_go.set()
    await until(manager, "cam", FINISHED)
    assert site.frames_out("cam") == ALL


async def test_a_slow_meter_holds_the_camera_back(site: Site, clip: Path) -> None:
    site.gate.grant("cam")
    before = await site.detector.inference_count()
    meter = HeldMeter(site)
    manager = await site.start(camera("cam", clip), meter=meter)
    async with asyncio.timeout(60):
        while meter.waiting < 32:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.1)
    assert await inferred(site.detector, before, 32) == meter.waiting == 32
    meter.let_go.set()
    await until(manager, "cam", FINISHED)


async def test_a_camera_without_a_licence_infers_nothing_until_it_gets_one(
    site: Site, clip: Path
) -> None:
    before = await site.detector.inference_count()
    manager = await site.start(camera("cam", clip))
    status = await until(manager, "cam", REFUSED)
    assert status.reason == "CAMERA_UNLICENSED"
    assert "licence" in status.message
    assert await site.detector.inference_count() == before
    site.gate.grant("cam")
    await until(manager, "cam", FINISHED)
    assert site.frames_out("cam") == ALL


async def test_a_revoked_camera_stops_and_goes_on_where_it_stopped(
    site: Site, clip: Path, read_ledger: ReadLedger
) -> None:
    site.gate.grant("cam")
    before = await site.detector.inference_count()
    manager = await site.start(camera("cam", clip, pacing="realtime"))
    await until(manager, "cam", RUNNING, frames=5)
    site.gate.suspend("cam")
    status = await until(manager, "cam", REFUSED)
    assert status.reason == "LICENSE_SUSPENDED"
    async with asyncio.timeout(60):
        while await site.detector.inference_count() - before != len(site.lines("cam")):
            await asyncio.sleep(0.005)
    kept = len(site.lines("cam"))
    await asyncio.sleep(0.2)
    assert await site.detector.inference_count() - before == len(site.lines("cam")) == kept < 60
    site.gate.grant("cam")
    await until(manager, "cam", FINISHED)
    assert site.frames_out("cam") == await site.frames_stored("cam") == ALL
    assert (await read_ledger(site.database)).frames == 60


class HeldDetector:
    """The real detector, which answers once it is let go."""

    def __init__(self, site: Site) -> None:
        self.spec = site.detector.spec
        self._detect = site.detector.detect
        self.let_go = asyncio.Event()
        self.asked = 0

    async def detect(self, image: Any, width: int, height: int) -> tuple[Detection, ...]:
        self.asked += 1
        await self.let_go.wait()
        return await self._detect(image, width, height)


async def test_frames_read_before_a_revocation_are_not_inferred_after_it(
    site: Site, clip: Path, read_ledger: ReadLedger
) -> None:
    site.gate.grant("cam")
    detector = HeldDetector(site)
    manager = await site.start(camera("cam", clip), detector=detector)
    async with asyncio.timeout(60):
        while detector.asked < 2:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.1)
    site.gate.suspend("cam")
    detector.let_go.set()
    await until(manager, "cam", REFUSED)
    assert detector.asked == 2
    site.gate.grant("cam")
    await until(manager, "cam", FINISHED)
    assert site.frames_out("cam") == ALL
    assert (await read_ledger(site.database)).frames == 60


async def test_a_licence_that_ends_by_itself_stops_its_camera(site: Site, clip: Path) -> None:
    site.gate.grant("cam")
    manager = await site.start(camera("cam", clip, loop=True))
    await until(manager, "cam", RUNNING, frames=5)
    site.gate.clock.advance(timedelta(days=30))
    status = await until(manager, "cam", REFUSED)
    assert status.reason == "LICENSE_EXPIRED"


async def test_classes_that_are_not_licensed_are_seen_by_nobody(site: Site, clip: Path) -> None:
    site.gate.grant("base-only")
    site.gate.grant("more", "active_transport")
    manager = await site.start(
        *(camera(name, clip, "counting", "tracking") for name in ("base-only", "more"))
    )
    status = await until(manager, "base-only", FINISHED)
    await until(manager, "more", FINISHED)

    assert site.labels_out("more")["bicycle"] > 10
    assert site.labels_out("base-only")["bicycle"] == 0
    for kind in ("detection", "counting"):
        assert "bicycle" not in str(await site.stored("base-only", kind))
        assert "bicycle" in str(await site.stored("more", kind))
    (refused,) = status.refused
    assert (refused.feature, refused.reason) == ("bicycle", "FEATURE_NOT_LICENSED")
    others = site.labels_out("more") - site.labels_out("base-only")
    assert set(others) == {"bicycle"}


async def test_a_refused_component_is_listed_and_the_others_run(site: Site, clip: Path) -> None:
    site.gate.grant("cam", "active_transport")
    manager = await site.start(camera("cam", clip, "object_size", pacing="realtime"))
    status = await until(manager, "cam", RUNNING, frames=5)
    assert [refused.feature for refused in status.refused] == ["object_size"]
    assert "json_stream" in status.features

    site.gate.grant("cam", "active_transport", "advanced_analytics")
    status = await until(manager, "cam", FINISHED)
    assert status.refused == ()
    sizes = [index for index, _ in await site.stored("cam", "object_size")]
    assert sizes == list(range(sizes[0], 60))
    assert sizes[0] >= 5


async def test_frames_wait_for_a_triton_that_is_away(
    site: Site, clip: Path, triton: Any, read_ledger: ReadLedger
) -> None:
    site.gate.grant("cam")
    manager = await site.start(camera("cam", clip, pacing="realtime"))
    await until(manager, "cam", RUNNING, frames=5)
    await triton.stop(timeout_s=0.05)
    status = await until(manager, "cam", FAILED)
    assert status.reason == "DEPENDENCY_UNAVAILABLE"
    assert triton.address in status.message
    await triton.start()
    await until(manager, "cam", FINISHED)
    assert site.frames_out("cam") == ALL
    assert (await read_ledger(site.database)).frames == 60


async def test_a_full_disk_stops_the_camera_loudly_and_loses_nothing(
    site: Site, clip: Path, read_ledger: ReadLedger
) -> None:
    site.gate.grant("cam")
    meter = FullDisk(site)
    manager = await site.start(camera("cam", clip), meter=meter)
    status = await until(manager, "cam", FAILED)
    assert (status.reason, status.frames) == ("STORAGE_FULL", 0)
    assert site.lines("cam") == []
    meter.let_go.set()
    await until(manager, "cam", FINISHED)
    assert site.frames_out("cam") == ALL
    assert (await read_ledger(site.database)).frames == 60


async def test_a_missing_video_fails_its_camera_alone_and_is_tried_again(
    site: Site, clip: Path, tmp_path: Path
) -> None:
    later = tmp_path / "later.mp4"
    for name in ("good", "late"):
        site.gate.grant(name)
    manager = await site.start(camera("good", clip), camera("late", later))
    status = await until(manager, "late", FAILED)
    assert status.message == f"the video {later}: there is no such file"
    await until(manager, "good", FINISHED)
    later.write_bytes(clip.read_bytes())
    await until(manager, "late", FINISHED)
    assert site.frames_out("late") == ALL


async def test_a_defect_in_the_middle_counts_no_frame_twice(
    site: Site, clip: Path, read_ledger: ReadLedger
) -> None:
    point = "edge.pipeline.after_infer"
    site.faults = ArmedFaults({point: Fault(point, "error", 17)}, None)
    site.gate.grant("cam")
    manager = await site.start(camera("cam", clip))
    await until(manager, "cam", FAILED)
    await until(manager, "cam", FINISHED)
    assert site.frames_out("cam") == await site.frames_stored("cam") == ALL
    assert (await read_ledger(site.database)).frames == 60


async def test_a_stopped_node_resumes_after_the_last_frame_that_it_kept(
    site: Site, clip: Path, read_ledger: ReadLedger
) -> None:
    site.gate.grant("cam")
    first = await site.start(camera("cam", clip, resume=True, pacing="realtime"))
    await until(first, "cam", RUNNING, frames=10)
    await first.stop()
    kept = len(site.lines("cam"))
    assert 10 <= kept < 60
    assert await site.frames_stored("cam") == list(range(kept))
    second = await site.start(camera("cam", clip, resume=True))
    status = await until(second, "cam", FINISHED)
    assert status.frames == 60 - kept
    assert site.frames_out("cam") == ALL
    assert (await read_ledger(site.database)).frames == 60


async def test_the_password_of_a_source_is_not_told(site: Site) -> None:
    site.gate.grant("cam")
    manager = await site.start(camera("cam", "rtsp://admin:s3cret@127.0.0.1:9/live"))
    status = await until(manager, "cam", FAILED)
    assert status.source == "rtsp://***@127.0.0.1:9/live"
    assert "s3cret" not in str(status)


async def test_a_hundred_cameras_run_side_by_side(site: Site, clip: Path) -> None:
    names = [f"cam-{number:03}" for number in range(100)]
    for name in names:
        site.gate.grant(name)
    manager = await site.start(*(camera(name, clip, start_frame=55) for name in names))
    await asyncio.wait_for(manager.finished(), timeout=150)
    assert {status.frames for status in manager.snapshot()} == {5}
    assert [status.camera_id for status in manager.snapshot()] == names
