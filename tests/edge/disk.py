"""A small disk that a test can fill, with a PostgreSQL on it. Only root can have one."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.ports import free_port
from deploy.local.postgres import PostgresServer
from deploy.local.rundir import RunDir
from deploy.local.supervisor import Event, RestartPolicy, Service, Supervisor

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """`path` is the disk; databases of `run` lie on it, its logs and records do not."""

    run: RunDir

    @property
    def path(self) -> Path:
        return self.run.data

    def fill(self) -> None:
        """Takes all the room that is left."""
        with (self.path / "filler").open("ab", buffering=0) as file:
            for size in (MIB, 4096):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)) == size:
                        pass

    def make_room(self) -> None:
        """Gives back what `fill` took."""
        (self.path / "filler").unlink()


@contextmanager
def small_disk(size: int = 128 * MIB) -> Iterator[SmallDisk]:
    """A file system of `size` bytes in memory; skips the test where none can be mounted."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    root = Path(tempfile.mkdtemp(prefix="brinkbyte-disk-"))
    root.chmod(0o711)
    run = RunDir(root / "run").create()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0711", "tmpfs", str(run.data)],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        if mounted.returncode:
            pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
        yield SmallDisk(run)
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", str(run.data)], check=True)
        RunDir(root).remove()


@dataclass(frozen=True, slots=True)
class KeptPostgres:
    """A durable server that is started again whenever it dies, as in the local stack."""

    server: PostgresServer
    supervisor: Supervisor
    events: list[Event]


@asynccontextmanager
async def kept_postgres(disk: SmallDisk) -> AsyncIterator[KeptPostgres]:
    """A PostgreSQL whose data lie on the disk."""
    server = PostgresServer("postgres", disk.run, free_port(), disk.run.secret("postgres"))
    events: list[Event] = []
    policy = RestartPolicy(first_s=0.05, last_s=0.1, quick_deaths=1000)
    supervisor = Supervisor([Service(server)], events.append, policy)
    await supervisor.start()
    try:
        yield KeptPostgres(server, supervisor, events)
    finally:
        await supervisor.stop()
