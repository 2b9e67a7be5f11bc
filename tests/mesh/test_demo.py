"""The demo itself, as a newcomer runs it."""

import asyncio
import os
import sys
from pathlib import Path

import pytest


@pytest.mark.timeout(400)
async def test_every_sum_is_equal(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "deploy.cli", "local", "demo"),
        env={**os.environ, "BRINKBYTE_RUN_DIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    assert "Every sum is equal" in said
    assert said.count("signal 9") == 2
