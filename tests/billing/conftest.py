"""Real PostgreSQL and Redis, and cloud servers on them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from itertools import count
from pathlib import Path

import asyncpg
import grpc
import pytest

from billing.main import migrations
from deploy.local.databases import create_cloud_database
from deploy.local.ports import free_port
from deploy.local.postgres import PostgresServer
from deploy.local.proxy import Target, TcpProxy
from deploy.local.redis import RedisServer
from deploy.local.testing import postgres_server, redis_server
from mesh.database import Role
from mesh.migrate import migrate
from tests.billing.cloud_harness import Authorities, Cloud, Device, running_cloud

TEMPLATE = "cloud_template"
Dsns = Mapping[Role, str]
Replicas = tuple[Cloud, Cloud]
NewDatabase = Callable[[], Awaitable[tuple[Dsns, str]]]


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PostgresServer]:
    async with postgres_server(tmp_path_factory.mktemp("pg")) as server:
        yield server


@pytest.fixture(scope="session")
async def redis(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServer]:
    async with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    return Authorities.make(Path(tmp_path_factory.mktemp("authorities")))


@pytest.fixture(scope="session")
async def new_database(postgres: PostgresServer) -> NewDatabase:
    """Makes a migrated database; returns a DSN per role and the superuser's."""
    template = await create_cloud_database(postgres, TEMPLATE)
    await migrate(template[Role.OWNER], migrations())
    numbers = count(1)

    async def make() -> tuple[Dsns, str]:
        name = f"cloud_{next(numbers)}"
        connection = await asyncpg.connect(postgres.dsn("postgres"))
        try:
            await connection.execute(
                f"create database {name} template {TEMPLATE} owner brinkbyte_owner"
            )
        finally:
            await connection.close()
        dsns = {role: dsn.replace(f"/{TEMPLATE}", f"/{name}") for role, dsn in template.items()}
        return dsns, postgres.dsn(name)

    return make


@pytest.fixture(scope="module")
async def billing(new_database: NewDatabase, authorities: Authorities) -> AsyncIterator[Cloud]:
    """A server that the tests of a module share; they do not move its clock far."""
    dsns, superuser = await new_database()
    async with running_cloud(authorities, dsns, superuser) as cloud:
        yield cloud


@pytest.fixture
async def fresh_billing(
    new_database: NewDatabase, authorities: Authorities
) -> AsyncIterator[Cloud]:
    """A server of the test's own, whose clock it may move."""
    dsns, superuser = await new_database()
    async with running_cloud(authorities, dsns, superuser) as cloud:
        yield cloud


@pytest.fixture(params=["redis", "dead", "blackholed"], scope="module")
async def replicas(
    request: pytest.FixtureRequest,
    redis: RedisServer,
    new_database: NewDatabase,
    authorities: Authorities,
) -> AsyncIterator[Replicas]:
    """Two servers that agree with Redis, when nothing listens there, and when it listens and
    nothing arrives any more."""
    dsns, superuser = await new_database()
    proxy = TcpProxy(0, Target(redis.host, redis.port))
    await proxy.start()
    through = redis.url().replace(f":{redis.port}/", f":{proxy.port}/")
    dead = f"redis://127.0.0.1:{free_port()}"
    url = {"redis": redis.url(), "dead": dead, "blackholed": through}[request.param]
    try:
        async with (
            running_cloud(authorities, dsns, superuser, redis_url=url) as first,
            running_cloud(
                authorities, dsns, superuser, redis_url=url, vendor_key=first.vendor_key
            ) as second,
        ):
            if request.param == "blackholed":
                await proxy.blackhole()
            yield first, second
    finally:
        await proxy.stop()


def at(cloud: Cloud, device: Device) -> grpc.aio.Channel:
    """The device's channel to one of the replicas."""
    return cloud.with_certificate(device.certificate_pem, device.key_pem)
