"""Real servers for tests, each on free ports with a run directory of its own."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from deploy.local.ports import free_base, free_port
from deploy.local.postgres import PostgresServer
from deploy.local.redis import RedisServer
from deploy.local.rundir import RunDir
from deploy.local.triton import TritonPorts, TritonServer

TRITON_ENVIRONMENT = Path(__file__).parents[2] / ".venv-triton"


@contextlib.asynccontextmanager
async def postgres_server(
    tmp_path: Path, durable: bool = False, name: str = "postgres"
) -> AsyncIterator[PostgresServer]:
    """An empty PostgreSQL in `tmp_path`/run-`name`, stopped and removed at the end."""
    with _run_dir(tmp_path, name) as run:
        server = PostgresServer(name, run, free_port(), run.secret(name), durable)
        await server.start()
        try:
            yield server
        finally:
            await server.stop("fast" if durable else "immediate")


@contextlib.asynccontextmanager
async def redis_server(tmp_path: Path, name: str = "redis") -> AsyncIterator[RedisServer]:
    """An empty Redis with a password, stopped at the end."""
    with _run_dir(tmp_path, name) as run:
        server = RedisServer(name, run, free_port(), run.secret(name))
        await server.start()
        try:
            yield server
        finally:
            await server.stop()


@contextlib.asynccontextmanager
async def triton_server(
    tmp_path: Path, model_repository: Path, name: str = "triton"
) -> AsyncIterator[TritonServer]:
    """A Triton with every model of the repository ready, stopped by force at the end."""
    with _run_dir(tmp_path, name) as run:
        base = free_base(3)
        ports = TritonPorts(base, base + 1, base + 2)
        server = TritonServer(name, run, ports, model_repository, TRITON_ENVIRONMENT)
        await server.start()
        try:
            yield server
        finally:
            await server.stop(timeout_s=0.05)


@contextlib.contextmanager
def _run_dir(tmp_path: Path, name: str) -> Iterator[RunDir]:
    run = RunDir((tmp_path / f"run-{name}").absolute()).create()
    try:
        yield run
    finally:
        run.remove()
