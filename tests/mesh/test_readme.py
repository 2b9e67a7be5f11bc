"""What README tells a reader to paste, pasted, and what the walk-through asks the node."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GRPCURL = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3"


def commands(program: str, page: str = "README.md") -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    lines = [line for block in blocks for line in block.strip().split("\n\n")]
    return [line for line in lines if line.startswith(program)]


def paste(line: str, env: dict[str, str], path: str = "") -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line],
        env={**env, "PATH": f"{path}{os.pathsep}{os.environ['PATH']}", "HOME": os.environ["HOME"]},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("line", commands("curl"), ids=lambda line: line.split("/")[-1][:40])
async def test_curl(mesh, line: str) -> None:
    answer = json.loads(await asyncio.to_thread(paste, line, mesh.env))
    assert "status" not in answer or answer["status"] in {"ok", "active"}, answer


@pytest.fixture(scope="session")
def grpcurl(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder that holds grpcurl, installed by Go where it is missing."""
    found = shutil.which("grpcurl")
    if found:
        return str(Path(found).parent)
    go = shutil.which("go")
    if go is None:
        pytest.skip("neither grpcurl nor go is installed")
    folder = Path.home() / ".cache" / "brinkbyte" / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "grpcurl").exists():
        done = subprocess.run(
            [go, "install", GRPCURL],
            env={**os.environ, "GOBIN": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"grpcurl cannot be installed here: {done.stderr.splitlines()[-1]}")
    return str(folder)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("line", commands("grpcurl"), ids=lambda line: line.split("/")[-1][:40])
async def test_grpcurl(mesh, grpcurl: str, line: str) -> None:
    said = await asyncio.to_thread(paste, line, mesh.env, grpcurl)
    assert "brinkbyte" in said or "cam-" in said or json.loads(said)


async def test_the_node_says_what_it_counted(mesh) -> None:
    (line,) = commands(".venv/bin/brinkbyte edge", "docs/walkthrough.md")
    line = line.replace(".venv/bin/brinkbyte", f"{sys.executable} -m deploy.cli")
    async with asyncio.timeout(90):
        while "inference_frame" not in await asyncio.to_thread(paste, line, mesh.env):
            await asyncio.sleep(0.5)
