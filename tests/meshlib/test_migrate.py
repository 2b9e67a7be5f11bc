"""Migrations on a real PostgreSQL."""

import asyncio

import asyncpg
import pytest

from mesh.errors import StartError
from mesh.migrate import Applied, migrate, pending, verify


@pytest.fixture
def files(tmp_path):
    (tmp_path / "0001_create.sql").write_text(
        "create table a (id int);\ninsert into a values (1);\ndo $$ begin perform 1; end $$;\n"
    )
    (tmp_path / "0002_more.sql").write_text("alter table a add column b int;\n")
    return tmp_path


async def query(dsn, sql):
    conn = await asyncpg.connect(dsn)
    try:
        return await conn.fetch(sql)
    finally:
        await conn.close()


async def test_files_are_applied_once_in_order(dsn, files):
    assert [found.version for found in await pending(dsn, files)] == [1, 2]
    with pytest.raises(StartError, match="0001_create is not applied"):
        await verify(dsn, files)
    assert await migrate(dsn, files) == [Applied(1, "create"), Applied(2, "more")]
    assert await migrate(dsn, files) == []
    await verify(dsn, files)
    assert len(await query(dsn, "select id, b from a")) == 1


async def test_replicas_that_start_together_apply_each_file_once(dsn, files):
    runs = await asyncio.gather(*(migrate(dsn, files) for _ in range(4)))
    assert sorted(applied.version for run in runs for applied in run) == [1, 2]


async def test_a_failing_file_leaves_no_trace_and_says_where(dsn, files):
    (files / "0003_bad.sql").write_text("create table c (id int);\nselect nonsense;\n")
    with pytest.raises(StartError, match="0003_bad failed at line 2"):
        await migrate(dsn, files)
    assert await query(dsn, "select 1 from pg_tables where tablename = 'c'") == []
    versions = await query(dsn, "select version from schema_migrations order by 1")
    assert [row["version"] for row in versions] == [1, 2]
    (files / "0003_bad.sql").write_text("create table c (id int);\n")
    assert await migrate(dsn, files) == [Applied(3, "bad")]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda d: (d / "0001_create.sql").write_text("select 1;"), "0001_create was changed"),
        (lambda d: (d / "0001_create.sql").unlink(), "0001_create was applied but its file"),
        (lambda d: (d / "0002_more.sql").rename(d / "0002_less.sql"), "0002_more was changed"),
        (lambda d: (d / "0000_late.sql").write_text("select 1;"), "0000_late sorts before 0002"),
    ],
)
async def test_applied_files_may_not_change(dsn, files, spoil, said):
    await migrate(dsn, files)
    spoil(files)
    for check in (migrate, pending, verify):
        with pytest.raises(StartError, match=said):
            await check(dsn, files)


@pytest.mark.parametrize("name", ["1_x.sql", "0003-x.sql", "0002_again.sql"])
async def test_odd_names_are_refused(dsn, files, name):
    (files / name).write_text("select 1;")
    with pytest.raises(StartError, match="migration"):
        await migrate(dsn, files)


async def test_placeholders_are_filled_and_kept_harmless(dsn, files):
    (files / "0003_set.sql").write_text("comment on table a is '${owner}';\n")
    with pytest.raises(StartError, match="needs the placeholder owner"):
        await migrate(dsn, files)
    with pytest.raises(StartError, match="unsafe"):
        await migrate(dsn, files, placeholders={"owner": "x'; drop table a; --"})
    await migrate(dsn, files, placeholders={"owner": "brinkbyte_owner"})
    rows = await query(dsn, "select obj_description('a'::regclass) as text")
    assert rows[0]["text"] == "brinkbyte_owner"


async def test_a_database_that_is_away_is_one_clear_line(files):
    with pytest.raises(StartError, match="does not answer"):
        await migrate("postgresql://u:p@127.0.0.1:1/x", files)
