"""A node whose disk is full when it starts says so in one line and ends with status 1."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.databases import create_edge_database
from edge.config import EdgeConfig
from edge.main import EdgeNode
from mesh.clock import SystemClock
from mesh.database import Database, Role
from mesh.errors import StartError
from mesh.faults import NoFaults
from tests.edge.conftest import PASSWORD
from tests.edge.disk import MIB, SmallDisk, kept_postgres, small_disk


def serve(directory: Path, **settings: object) -> tuple[int, list[str]]:
    """Runs `brinkbyte edge serve`; its exit status and what it said."""
    ca = directory / "ca.pem"
    ca.write_text("")
    variables = {
        "ca_cert": ca,
        "edge_state_dir": directory / "state",
        "edge_enrollment_token": "token",
        **settings,
    }
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", "edge", "serve"],
        env={
            "PATH": os.environ["PATH"],
            **{f"BRINKBYTE_{name.upper()}": str(value) for name, value in variables.items()},
        },
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk() as disk:
        yield disk


async def test_the_disk_of_the_database(disk: SmallDisk, tmp_path: Path) -> None:
    async with kept_postgres(disk) as small:
        dsn = await create_edge_database(small.server, "node", PASSWORD)
        disk.fill()
        status, said = serve(tmp_path, edge_database_url=dsn)
    assert (status, said) == (
        1,
        ["the disk of the node's database is full; free space on it and start again"],
    )


async def test_the_disk_of_the_state_directory(new_dsn: str, tmp_path: Path) -> None:
    with small_disk(MIB) as disk:
        state = disk.path / "state"
        state.mkdir()
        disk.fill()
        status, said = serve(tmp_path, edge_database_url=new_dsn, edge_state_dir=state)
    assert status == 1
    (line,) = said
    assert "state/hardware_id: no space left on device; free space" in line


async def test_a_database_that_fills_up_between_two_starts(
    config: EdgeConfig, new_database: Database
) -> None:
    """Its tables are there, but no room for another row of them."""
    node = await EdgeNode.build(config, SystemClock(), NoFaults())
    try:
        async with new_database.transaction(Role.APP) as conn:
            await conn.execute(
                "create function full_disk() returns trigger language plpgsql as $$"
                "begin raise exception 'no space left' using errcode = '53100'; end $$;"
                "create trigger full_disk before insert or delete or update on cameras "
                "for each statement execute function full_disk()"
            )
        with pytest.raises(StartError, match="database is full; free space"):
            await EdgeNode.build(config, SystemClock(), NoFaults())
    finally:
        await node.drain()
