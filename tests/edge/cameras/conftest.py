"""Clips of rendered scenes, and a node's pipelines on real servers."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from deploy.detector.video import write_clip
from deploy.local.triton import TritonServer
from edge.inference.triton import TritonDetector
from edge.usage.meter import Meter
from mesh.clock import ManualClock
from mesh.database import Database
from tests.edge.cameras.site import HandGate, Site
from tests.edge.servers import MODEL, running_triton

Running = Callable[..., AbstractAsyncContextManager[Meter]]

CLIP_FRAMES = 60


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene of 60 frames, 25 a second."""
    path = tmp_path_factory.mktemp("clips") / "scene.mp4"
    write_clip(path, 900_022, CLIP_FRAMES, 25)
    return path


@pytest.fixture(scope="package")
async def triton(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TritonServer]:
    """Ready when a test begins; a test that stops it starts it again."""
    async with running_triton(tmp_path_factory.mktemp("triton")) as server:
        yield server


@pytest.fixture
async def site(
    triton: TritonServer,
    new_database: Database,
    running_meter: Running,
    clock: ManualClock,
    tmp_path: Path,
) -> AsyncIterator[Site]:
    """A node's pipelines on a real Triton, PostgreSQL and meter."""
    detector = TritonDetector(triton.address, MODEL, node=str(tmp_path))
    async with running_meter(new_database) as meter:
        made = Site(new_database, HandGate(clock), meter, detector, tmp_path / "results")
        yield made
        await made.stop()
    await detector.close()
