"""A camera past its paid time thins out, drops its packs and stops, and comes back by itself."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.cameras.manager import CameraManager
from edge.cameras.state import CameraStatus, PipelineState
from mesh.database import Database
from rights.grace import GraceStep
from tests.edge.cameras.site import Site, camera, until

ReadLedger = Callable[[Database], Awaitable[Any]]
FINISHED, RUNNING, REFUSED = PipelineState.FINISHED, PipelineState.RUNNING, PipelineState.REFUSED
PAID = timedelta(days=30)


@pytest.fixture
def offline_site(site: Site) -> Site:
    """A camera with a pack, and a cloud that went away while it was paid for."""
    site.gate.grant("cam", "advanced_analytics")
    site.gate.offline_since = site.gate.clock.now()
    return site


async def run_clip(site: Site, clip: Path, past: timedelta) -> tuple[CameraManager, CameraStatus]:
    """The whole clip, so long after the paid time."""
    site.gate.clock.advance(PAID + past)
    manager = await site.start(camera("cam", clip, "object_size"))
    return manager, await until(manager, "cam", FINISHED)


async def test_a_warning_changes_nothing_that_runs(offline_site: Site, clip: Path) -> None:
    _, status = await run_clip(offline_site, clip, timedelta(0))
    assert (status.grace_step, status.frame_stride, status.frames) == (GraceStep.WARN, 1, 60)
    assert "object_size" in status.features
    assert "grace until" in status.grace_message


async def test_fewer_frames_are_inferred_counted_and_let_out(
    offline_site: Site, clip: Path, read_ledger: ReadLedger
) -> None:
    _, status = await run_clip(offline_site, clip, timedelta(days=15))
    assert (status.grace_step, status.frame_stride) == (GraceStep.FEWER_FRAMES, 2)
    assert offline_site.frames_out("cam") == list(range(0, 60, 2))
    assert "object_size" in status.features
    assert (await read_ledger(offline_site.database)).frames == 30


async def test_packs_are_dropped_and_base_goes_on(offline_site: Site, clip: Path) -> None:
    _, status = await run_clip(offline_site, clip, timedelta(days=24))
    assert status.grace_step is GraceStep.DROP_PACKS
    assert status.frames == 30
    refused = {each.feature: each.reason for each in status.refused}
    assert refused["object_size"] == "LICENSE_EXPIRED"
    assert "detection" in status.features


async def test_a_running_camera_goes_down_the_ladder_and_comes_back(
    offline_site: Site, clip: Path
) -> None:
    gate, day = offline_site.gate, timedelta(days=1)
    manager = await offline_site.start(camera("cam", clip, "object_size", loop=True))

    async def sees(step: GraceStep | None, feature: bool) -> None:
        frames = manager.status("cam").frames
        status = await until(manager, "cam", RUNNING, frames=frames + 70)
        assert status.grace_step is step
        assert ("object_size" in status.features) is feature

    await sees(None, True)
    gate.clock.advance(PAID)
    await sees(GraceStep.WARN, True)
    gate.clock.advance(24 * day)
    await sees(GraceStep.DROP_PACKS, False)
    gate.clock.advance(6 * day)
    status = await until(manager, "cam", REFUSED)
    assert (status.reason, status.grace_step) == ("LICENSE_EXPIRED", GraceStep.STOP)
    gate.offline_since = None
    gate.grant("cam", "advanced_analytics")
    await sees(None, True)
