"""A program that cannot start says why in one clear line, and ends with status 1."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from deploy.local.ports import free_port


async def serve(program: str, variables: dict[str, str]) -> tuple[int | None, list[str]]:
    """The exit status of `brinkbyte PROGRAM serve`, and what it said on standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "deploy.cli", program, "serve"),
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **variables},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        said = (await asyncio.wait_for(process.communicate(), 150))[1]
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return process.returncode, said.decode().strip().splitlines()


@pytest.mark.parametrize("program", ["billing", "edge", "gateway"])
async def test_a_missing_setting_is_named(program: str) -> None:
    status, said = await serve(program, {})
    assert status == 1
    assert said
    assert all(line.startswith("BRINKBYTE_") and " is not set; " in line for line in said), said


async def test_a_wrong_setting_is_named() -> None:
    status, said = await serve("gateway", {"BRINKBYTE_GATEWAY_ADDR": "nowhere"})
    assert status == 1
    assert any("BRINKBYTE_GATEWAY_ADDR" in line for line in said), said


def edge_variables(mesh, work: Path) -> dict[str, str]:
    """A node beside the mesh's own, with its database and licence but no cameras of its own."""
    return {
        "BRINKBYTE_EDGE_STATE_DIR": str(mesh.stack.plan.run.root / "edge"),
        "BRINKBYTE_EDGE_DATABASE_URL": mesh.env["BRINKBYTE_EDGE_DATABASE_URL"],
        "BRINKBYTE_BILLING_ADDR": mesh.env["BRINKBYTE_BILLING_ADDR"],
        "BRINKBYTE_BILLING_API_ADDR": mesh.env["BRINKBYTE_BILLING_API_ADDR"],
        "BRINKBYTE_CA_CERT": mesh.env["BRINKBYTE_CA_CERT"],
        "BRINKBYTE_TRITON_ADDR": mesh.env["BRINKBYTE_TRITON_ADDR"],
        "BRINKBYTE_EDGE_ADDR": f"127.0.0.1:{free_port()}",
        "BRINKBYTE_EDGE_OUTPUT_DIR": str(work),
    }


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"BRINKBYTE_EDGE_MODEL": "no_such_model"}, "no_such_model"),
        ({"BRINKBYTE_TRITON_ADDR": "127.0.0.1:1"}, "127.0.0.1:1"),
        ({"BRINKBYTE_EDGE_CAMERAS_FILE": "/nonexistent.yaml"}, "/nonexistent.yaml"),
        ({"BRINKBYTE_EDGE_DATABASE_URL": "postgresql://a:b@127.0.0.1:1/x"}, "127.0.0.1"),
        ({"BRINKBYTE_CA_CERT": "/nonexistent.pem"}, "/nonexistent.pem"),
    ],
    ids=["missing model", "dead Triton", "no cameras file", "dead PostgreSQL", "no CA"],
)
async def test_a_node_that_cannot_work(
    mesh, tmp_path: Path, change: dict[str, str], named: str
) -> None:
    status, said = await serve("edge", edge_variables(mesh, tmp_path) | change)
    assert status == 1
    assert len(said) == 1, said
    assert named in said[0]


async def test_a_port_in_use_is_named(mesh, tmp_path: Path) -> None:
    taken = mesh.env["BRINKBYTE_EDGE_ADDR"]
    variables = edge_variables(mesh, tmp_path) | {"BRINKBYTE_EDGE_ADDR": taken}
    status, said = await serve("edge", variables)
    assert status == 1
    assert len(said) == 1, said
    assert taken in said[0]
