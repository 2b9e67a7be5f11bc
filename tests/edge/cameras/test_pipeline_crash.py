"""SIGKILL between any two steps of a frame: nothing leaves uncounted, nothing counts twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from edge.inference.region import SHARED_MEMORY, region_prefix
from mesh.database import Database
from tests.edge.cameras.site import Site
from tests.edge.servers import MODEL

PROGRAM = Path(__file__).parent / "watching_node.py"
ALL = list(range(60))


def watch(dsn: str, triton: str, clip: Path, output: Path, faults: str = "") -> int:
    """Runs the node until it ends or dies; its exit status."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), dsn, triton, str(clip), str(output)],
        env={**os.environ, "BRINKBYTE_FAULTS": faults},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    return done.returncode


def regions(output: Path) -> list[Path]:
    return list(SHARED_MEMORY.glob(f"{region_prefix(str(output), MODEL)}*"))


@pytest.mark.parametrize(
    "fault",
    [
        "edge.pipeline.after_infer=kill@50",
        "edge.meter.before_commit=kill@3",
        "edge.meter.after_commit=kill@3",
    ],
)
async def test_a_killed_node_goes_on_and_every_frame_is_counted_once(
    site: Site,
    new_dsn: str,
    clip: Path,
    read_ledger: Callable[[Database], Awaitable[Any]],
    fault: str,
) -> None:
    assert watch(new_dsn, site.detector.address, clip, site.output, fault) == -signal.SIGKILL
    out = site.frames_out("cam")
    stored = await site.frames_stored("cam")
    assert 0 < len(stored) < 60
    assert stored == ALL[: len(stored)]
    assert out == stored[: len(out)], "only what was committed may leave"
    assert (await read_ledger(site.database)).frames == len(stored)
    assert len(regions(site.output)) == 1

    assert watch(new_dsn, site.detector.address, clip, site.output) == 0
    assert await site.frames_stored("cam") == ALL
    assert (await read_ledger(site.database)).frames == 60
    assert site.frames_out("cam") == [*out, *ALL[len(stored) :]]
    assert regions(site.output) == []
