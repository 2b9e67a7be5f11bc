"""A node's own database on a real PostgreSQL, a meter on it, and clocks that tests move."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from brinkbyte.usage.v1.usage_service_pb2 import JournalEvent

import edge
from deploy.local.databases import create_edge_database
from deploy.local.postgres import PostgresServer
from deploy.local.testing import postgres_server
from edge.telemetry import store as telemetry
from edge.uplink.enrollment import Enrollment, EnrollmentSettings
from edge.uplink.identity import StateDirectory
from edge.uplink.link import CloudLink
from edge.usage import store
from edge.usage.budget import Budget
from edge.usage.meter import Meter, MeterOptions
from mesh.clock import ManualClock, SystemClock
from mesh.database import Database, Role
from mesh.faults import Faults, NoFaults
from mesh.migrate import migrate
from rights import journal
from rights.quantity import UNITS_PER_ONE
from tests.edge.cloud_double.cloud import TOKEN, Cloud
from tests.edge.cloud_double.server import CloudServer

PASSWORD = "edge-tests"
PLENTY = 2**40
TEMPLATE = "edge_template"
MIGRATIONS = Path(edge.__path__[0]) / "migrations"


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PostgresServer]:
    """One server, with a migrated template of the node's database."""
    async with postgres_server(tmp_path_factory.mktemp("postgres")) as server:
        dsn = await create_edge_database(server, TEMPLATE, PASSWORD)
        await migrate(dsn, MIGRATIONS)
        yield server


async def fresh_database(server: PostgresServer) -> str:
    """The DSN of a new, migrated and empty database."""
    name = f"edge_{uuid4().hex}"
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        await connection.execute(
            f'create database "{name}" template "{TEMPLATE}" owner brinkbyte_edge'
        )
    finally:
        await connection.close()
    return await create_edge_database(server, name, PASSWORD)


@pytest.fixture(scope="module")
async def edge_dsn(postgres: PostgresServer) -> str:
    """A migrated database of this module's own."""
    return await fresh_database(postgres)


@pytest.fixture(scope="module")
async def edge_database(edge_dsn: str) -> AsyncIterator[Database]:
    """The module's database, open."""
    database = await Database.open({Role.APP: edge_dsn}, pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def new_dsn(postgres: PostgresServer) -> str:
    """A migrated database of this test's own."""
    return await fresh_database(postgres)


@pytest.fixture
async def new_database(new_dsn: str) -> AsyncIterator[Database]:
    """The test's database, open."""
    database = await Database.open({Role.APP: new_dsn}, pool_size=4)
    yield database
    await database.close()


@pytest.fixture
def clock() -> ManualClock:
    """A clock at half past noon on 15 May 2026, UTC."""
    return ManualClock(datetime(2026, 5, 15, 12, 30, tzinfo=UTC))


async def begin_journal(database: Database) -> None:
    """Gives the database its journal."""
    async with database.transaction(Role.APP) as conn:
        await store.begin_journal(conn, uuid4())


Running = Callable[..., AbstractAsyncContextManager[Meter]]


@pytest.fixture
def running_meter(clock: ManualClock) -> Running:
    """Starts a meter on a database; it ends with the block."""

    @asynccontextmanager
    async def run(
        database: Database,
        *,
        faults: Faults | None = None,
        journalled: Callable[[], None] = lambda: None,
        options: MeterOptions | None = None,
        budget: Budget | None = None,
    ) -> AsyncIterator[Meter]:
        await begin_journal(database)
        meter = Meter(
            database,
            telemetry.insert,
            clock=clock,
            journalled=journalled,
            faults=faults or NoFaults(),
            budget=budget or Budget(PLENTY),
            options=options,
        )
        task = asyncio.create_task(meter.run())
        try:
            yield meter
        finally:
            meter.stop()
            await task

    return run


@dataclass(frozen=True, slots=True)
class Ledger:
    """Frames by where they are, and the events in order."""

    open_frames: int
    events: list[JournalEvent]

    @property
    def journalled_frames(self) -> int:
        """Frames that are in events."""
        return sum(event.quantity_e5 for event in self.events) // UNITS_PER_ONE

    @property
    def frames(self) -> int:
        """All frames counted."""
        return self.open_frames + self.journalled_frames


async def _read_ledger(database: Database) -> Ledger:
    """Everything counted, after checking that the journal is gapless and its chain holds."""
    async with database.transaction(Role.APP) as conn:
        head = await conn.fetchrow("select * from billing_sync_status")
        rows = await conn.fetch("select * from usage_events where seq is not null order by seq")
        open_units = await conn.fetchval(
            "select coalesce(sum(quantity_e5), 0)::bigint from usage_events where seq is null"
        )
    assert head is not None
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    last = journal.GENESIS
    events = []
    for row in rows:
        last = journal.link(last, row["payload"])
        assert row["hash"] == last
        event = JournalEvent.FromString(row["payload"])
        assert event.quantity_e5 == row["quantity_e5"]
        events.append(event)
    assert (head["last_seq"], head["last_hash"]) == (len(rows), last)
    return Ledger(open_units // UNITS_PER_ONE, events)


@pytest.fixture
def read_ledger() -> Callable[[Database], Awaitable[Ledger]]:
    """Reads everything counted, after checking that the journal is gapless and its chain holds."""
    return _read_ledger


@pytest.fixture
async def cloud_server() -> AsyncIterator[CloudServer]:
    """A running stand-in for the cloud, on the machine's clock."""
    server = CloudServer(Cloud(SystemClock()))
    await server.up()
    yield server
    await server.down()


@pytest.fixture
def cloud(cloud_server: CloudServer) -> Cloud:
    """What the stand-in grants and what it was told."""
    return cloud_server.cloud


@pytest.fixture
def state(tmp_path: Path) -> StateDirectory:
    """A node's state directory."""
    return StateDirectory(tmp_path / "state")


@pytest.fixture
def enrollment(
    cloud_server: CloudServer, state: StateDirectory, new_database: Database
) -> Enrollment:
    """A node that holds an enrolment token."""
    settings = EnrollmentSettings(
        cloud_server.api_addr, cloud_server.ca.cert_pem, TOKEN, "hw-1", "node one"
    )
    return Enrollment(settings, state, new_database, SystemClock())


@pytest.fixture
async def link(enrollment: Enrollment, cloud_server: CloudServer) -> AsyncIterator[CloudLink]:
    """An enrolled node's channel."""
    link = CloudLink(cloud_server.mtls_addr, cloud_server.ca.cert_pem, await enrollment.identity())
    yield link
    await link.close()


async def _eventually(holds: Callable[[], object], within_s: float = 25.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.fixture
def eventually() -> Callable[..., Awaitable[None]]:
    """Waits until a condition holds; raises TimeoutError when it does not in time."""
    return _eventually
