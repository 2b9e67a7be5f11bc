"""The real Triton that tests of frames share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import deploy
from deploy.local.testing import triton_server
from deploy.local.triton import TritonServer
from edge.inference.triton import TritonDetector

MODEL = "scene_detector"
MODELS = Path(deploy.__path__[0]) / "triton" / "models"


@asynccontextmanager
async def running_triton(directory: Path) -> AsyncIterator[TritonServer]:
    """A Triton with the scene detector; a test may stop and start it."""
    async with triton_server(directory, MODELS) as server:
        yield server


async def inferred(detector: TritonDetector, since: int, at_least: int) -> int:
    """Triton's count of frames since it was `since`; Triton counts a moment after it answers."""
    async with asyncio.timeout(60):
        while (count := await detector.inference_count() - since) < at_least:
            await asyncio.sleep(0.005)
    return count
