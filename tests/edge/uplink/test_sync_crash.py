"""SIGKILL between any two steps of the upload repeats nothing and loses nothing."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.edge.cloud_double.cloud import Cloud
from tests.edge.cloud_double.server import CloudServer

PROGRAM = Path(__file__).parent / "syncing_node.py"


async def upload(dsn: str, state: Path, server: CloudServer, faults: str = "") -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        dsn,
        str(state),
        server.mtls_addr,
        env={**os.environ, "BRINKBYTE_FAULTS": faults},
    )
    async with asyncio.timeout(150):
        return await process.wait()


@pytest.mark.parametrize(
    ("fault", "duplicates"),
    [
        ("edge.sync.before_send=kill@2", {0, 10}),
        ("edge.sync.after_send=kill@2", {0, 10}),
        ("edge.sync.after_ack=kill@2", {10}),
    ],
)
@pytest.mark.usefixtures("link")
async def test_a_killed_upload_ends_with_everything_once(
    new_dsn: str,
    tmp_path: Path,
    use: Any,
    position: Any,
    cloud_server: CloudServer,
    *,
    fault: str,
    duplicates: set[int],
) -> None:
    await use(0, 45)
    cloud_server.cloud.window = 1
    assert await upload(new_dsn, tmp_path / "state", cloud_server, fault) == -signal.SIGKILL
    assert await upload(new_dsn, tmp_path / "state", cloud_server) == 0
    at = await position()
    assert at.acked_seq == at.last_seq == 45
    assert recorded(cloud_server.cloud) == 45
    assert at.duplicates in duplicates


def recorded(cloud: Cloud) -> int:
    (journal,) = cloud.journals.values()
    return len(journal.payloads)
