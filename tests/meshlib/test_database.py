"""Transactions on a real PostgreSQL."""

import asyncio
import contextlib
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from deploy.local.testing import postgres_server
from mesh import errors
from mesh.database import Database, Role, constraint_of, retry_serialization, savepoint
from mesh.retry import Backoff

ALICE, BOB = UUID(int=1), UUID(int=2)
SCHEMA = """
create table notes (tenant_id uuid not null, id int primary key, text text not null unique,
                    at timestamptz not null default now());
alter table notes enable row level security;
alter table notes force row level security;
create policy own on notes using
    (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
"""


@contextlib.asynccontextmanager
async def opened(dsn, **options):
    """The schema above, and a database whose app role cannot bypass its policies."""
    role = f"app_{uuid4().hex[:8]}"
    conn = await asyncpg.connect(dsn)
    await conn.execute(SCHEMA)
    await conn.execute(f"create role {role} login password 'pw'; grant all on notes to {role}")
    await conn.close()
    host = dsn.split("@")[1]
    database = await Database.open({Role.APP: f"postgresql://{role}:pw@{host}"}, **options)
    try:
        yield database
    finally:
        await database.close()


async def note(database, tenant, number, text=None):
    async with database.tenant(tenant) as conn:
        await conn.execute(
            "insert into notes (tenant_id, id, text) values ($1, $2, $3)",
            tenant,
            number,
            text or str(number),
        )


async def test_a_tenant_sees_its_own_rows_only(dsn):
    async with opened(dsn, pool_size=1) as database:
        await note(database, ALICE, 1)
        await note(database, BOB, 2)
        async with database.tenant(ALICE) as conn:
            rows = await conn.fetch("select tenant_id, id, at from notes")
        assert [(row["tenant_id"], row["id"]) for row in rows] == [(ALICE, 1)]
        assert rows[0]["at"].utcoffset() == timedelta(0)
        async with database.transaction(Role.APP) as conn:
            assert await conn.fetch("select * from notes") == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.tenant(ALICE) as conn:
                await conn.execute("insert into notes values ($1, 3, 'x')", BOB)


async def test_a_session_setting_left_behind_does_not_reach_the_next_transaction(dsn):
    async with opened(dsn, pool_size=1) as database:
        await note(database, ALICE, 1)
        async with database.transaction(Role.APP) as conn:
            await conn.execute(f"set app.tenant_id = '{ALICE}'")
        async with database.transaction(Role.APP) as conn:
            assert await conn.fetch("select * from notes") == []


async def test_text_is_no_tenant(dsn):
    async with opened(dsn) as database:
        with pytest.raises(TypeError):
            async with database.tenant("'; drop table notes; --"):
                pass


@pytest.mark.parametrize("failure", [ValueError, asyncio.CancelledError])
async def test_a_failed_transaction_leaves_no_row_and_a_usable_connection(dsn, failure):
    complaints = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context["message"]))
    async with opened(dsn, pool_size=1) as database:
        with pytest.raises(failure):
            async with database.tenant(ALICE) as conn:
                await conn.execute("insert into notes values ($1, 1, 'x')", ALICE)
                raise failure
        async with database.tenant(ALICE) as conn:
            assert await conn.fetchval("select count(*) from notes") == 0
    loop.set_exception_handler(None)
    assert complaints == []


async def test_a_hidden_failure_does_not_pass_for_a_commit(dsn):
    async with opened(dsn, pool_size=1) as database:
        with pytest.raises(RuntimeError, match="rolled back"):
            async with database.tenant(ALICE) as conn:
                await conn.execute("insert into notes values ($1, 1, 'x')", ALICE)
                with contextlib.suppress(asyncpg.PostgresError):
                    await conn.execute("insert into nowhere values (1)")
        async with database.tenant(ALICE) as conn:
            assert await conn.fetchval("select count(*) from notes") == 0


async def test_a_transaction_cancelled_in_the_middle_of_a_statement_is_rolled_back(dsn):
    async with opened(dsn, pool_size=1) as database:

        async def work():
            async with database.tenant(ALICE) as conn:
                await conn.execute("insert into notes values ($1, 1, 'x')", ALICE)
                started.set()
                await conn.execute("select pg_sleep(30)")

        started = asyncio.Event()
        task = asyncio.create_task(work())
        await started.wait()
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(60), database.tenant(ALICE) as conn:
            assert await conn.fetchval("select count(*) from notes") == 0


async def test_a_broken_constraint_is_left_to_the_store_and_named(dsn):
    async with opened(dsn) as database:
        await note(database, ALICE, 1, "same")
        with pytest.raises(asyncpg.UniqueViolationError) as caught:
            await note(database, ALICE, 2, "same")
    assert constraint_of(caught.value) == "notes_text_key"
    assert constraint_of(ValueError()) is None


async def test_a_savepoint_keeps_the_rest_of_the_transaction(dsn):
    async with opened(dsn) as database:
        async with database.tenant(ALICE) as conn:
            insert = "insert into notes values ($1, $2, $3)"
            await conn.execute(insert, ALICE, 1, "a")

            async def duplicate():
                await conn.execute(insert, ALICE, 1, "b")

            async def another():
                await conn.execute(insert, ALICE, 2, "b")

            with pytest.raises(asyncpg.UniqueViolationError):
                await savepoint(conn, duplicate)
            await savepoint(conn, another)
        async with database.tenant(ALICE) as conn:
            assert await conn.fetchval("select count(*) from notes") == 2


async def test_a_statement_that_runs_too_long_is_a_deadline(dsn):
    async with opened(dsn, statement_timeout=timedelta(milliseconds=50)) as database:
        with pytest.raises(errors.DeadlineExceeded):
            async with database.tenant(ALICE) as conn:
                await conn.execute("select pg_sleep(10)")


async def test_a_killed_connection_is_unavailable_and_the_next_one_works(dsn):
    async with opened(dsn, pool_size=1) as database:
        killer = await asyncpg.connect(dsn)
        with pytest.raises(errors.Unavailable):
            async with database.tenant(ALICE) as conn:
                pid = await conn.fetchval("select pg_backend_pid()")
                await killer.execute("select pg_terminate_backend($1, 5000)", pid)
                await conn.fetchval("select 1")
        await killer.close()
        await database.ping()


async def test_a_server_that_restarts_is_unavailable_then_there_again(tmp_path):
    async with postgres_server(tmp_path) as server:
        database = await Database.open({Role.APP: server.dsn("postgres")}, pool_size=2)
        await database.ping()
        await server.stop("fast")
        with pytest.raises(errors.Unavailable):
            await database.ping()
        await server.start()
        await database.ping()
        await database.close()


async def test_a_deadlock_is_tried_again_until_both_succeed(dsn):
    async with opened(dsn) as database:
        await note(database, ALICE, 1)
        await note(database, ALICE, 2)
        locked = [asyncio.Event(), asyncio.Event()]

        async def swap(first, second, mine, other):
            async with database.tenant(ALICE) as conn:
                await conn.execute("update notes set text = text || 'x' where id = $1", first)
                mine.set()
                await other.wait()
                await conn.execute("update notes set text = text || 'x' where id = $1", second)

        await asyncio.gather(
            retry_serialization(lambda: swap(1, 2, *locked)),
            retry_serialization(lambda: swap(2, 1, *reversed(locked))),
        )
        async with database.tenant(ALICE) as conn:
            texts = await conn.fetch("select text from notes order by id")
        assert [row["text"] for row in texts] == ["1xx", "2xx"]


async def test_retrying_ends():
    attempts = 0

    async def always():
        nonlocal attempts
        attempts += 1
        raise asyncpg.SerializationError("again")

    with pytest.raises(errors.Unavailable):
        await retry_serialization(always, attempts=3, backoff=Backoff(0.0001))
    assert attempts == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda dsn: dsn.rsplit("/", 1)[0] + "/nowhere", "no such database"),
        (lambda dsn: "postgresql://nobody:x@" + dsn.split("@")[1], "user and password"),
        (lambda dsn: "postgresql://u:hunter2@127.0.0.1:1/x", "127.0.0.1:1/x does not answer"),
    ],
)
async def test_a_database_that_cannot_be_opened_is_named_without_its_password(dsn, change, said):
    with pytest.raises(errors.StartError, match=said) as caught:
        await Database.open({Role.APP: change(dsn)})
    assert "hunter2" not in caught.value.message
