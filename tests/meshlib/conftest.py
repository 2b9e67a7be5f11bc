"""An echo service of its own contract, stores, and certificates."""

import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import asyncpg
import grpc_tools
import pytest
from grpc_tools import protoc

from deploy.local.testing import postgres_server, redis_server
from mesh import tls
from mesh.clock import SystemClock

HERE = Path(__file__).parent
CONTRACTS = HERE.parents[1] / "proto"


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The generated modules: `echo.pb` and `echo.grpc`."""
    out = tmp_path_factory.mktemp("gen")
    includes = [HERE / "proto", CONTRACTS, Path(grpc_tools.__file__).parent / "_proto"]
    arguments = [f"-I{path}" for path in includes]
    arguments += [f"--python_out={out}", f"--grpc_python_out={out}", "meshtest/v1/echo.proto"]
    assert protoc.main(["protoc", *arguments]) == 0
    sys.path.insert(0, str(out))
    try:
        from meshtest.v1 import echo_pb2, echo_pb2_grpc

        yield SimpleNamespace(pb=echo_pb2, grpc=echo_pb2_grpc)
    finally:
        sys.path.remove(str(out))


@dataclass(frozen=True)
class Certificates:
    ca: tls.KeyPair
    server: tls.KeyPair


@pytest.fixture(scope="session")
def certificates() -> Certificates:
    ca = tls.create_ca("mesh test", SystemClock())
    return Certificates(ca, tls.issue_server(ca, clock=SystemClock()))


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[object]:
    async with postgres_server(tmp_path_factory.mktemp("postgres"), durable=False) as server:
        yield server


@pytest.fixture
async def dsn(postgres) -> str:
    """An empty database of its own for each test."""
    name = f"t{uuid4().hex}"
    conn = await asyncpg.connect(postgres.dsn("postgres"))
    await conn.execute(f'create database "{name}"')
    await conn.close()
    return postgres.dsn(name)


@pytest.fixture(scope="session")
async def redis_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server.url()


@pytest.fixture
def noon() -> datetime:
    return datetime(2026, 3, 1, 12, tzinfo=UTC)
