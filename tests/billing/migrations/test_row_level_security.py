"""No tenant sees or writes another's rows: read from the system catalogue, and tried out."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from mesh.database import Database, Role
from tests.billing.conftest import NewDatabase

ROLES = ("brinkbyte_owner", "brinkbyte_app", "brinkbyte_worker", "brinkbyte_vendor")
SERVING = ROLES[1:]
OWN_TENANT = (
    "(tenant_id = ( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), "
    "''::text))::uuid AS \"nullif\"))"
)

TENANT_TABLES = """
select c.oid::regclass::text as name, c.relrowsecurity, c.relforcerowsecurity, c.relispartition,
    pg_get_userbyid(c.relowner) as owner
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
    and a.attname = 'tenant_id' and not a.attisdropped
order by 1
"""


@pytest.fixture(scope="module")
async def database(new_database: NewDatabase) -> AsyncIterator[tuple[Database, asyncpg.Connection]]:
    dsns, superuser = await new_database()
    db = await Database.open({role: dsns[role] for role in (Role.APP, Role.WORKER)}, pool_size=2)
    connection = await asyncpg.connect(superuser)
    try:
        yield db, connection
    finally:
        await connection.close()
        await db.close()


Opened = tuple[Database, asyncpg.Connection]


async def faults(connection: asyncpg.Connection) -> list[str]:
    """Everything that would let a tenant out of its own rows."""
    found = [
        f"role {row['rolname']} may bypass"
        for row in await connection.fetch(
            "select rolname from pg_roles where rolname = any($1::text[]) "
            "and (rolbypassrls or rolsuper or rolcreaterole)",
            list(ROLES),
        )
    ]
    for table in await connection.fetch(TENANT_TABLES):
        name = table["name"]
        if table["relispartition"]:
            found += [
                f"{name} is a partition with grants to {each}"
                for each in await grantees(connection, name)
            ]
            continue
        if not (table["relrowsecurity"] and table["relforcerowsecurity"]):
            found.append(f"{name} lacks (forced) row-level security")
        if table["owner"] != "brinkbyte_owner":
            found.append(f"{name} belongs to {table['owner']}")
        policies = await connection.fetch(
            "select roles::text[] as roles, qual, with_check, cmd, permissive from pg_policies "
            "where format('%I', tablename) = $1",
            name,
        )
        for policy in policies:
            about = set(policy["roles"])
            if about & {"brinkbyte_app", "public"} and (
                policy["qual"] != OWN_TENANT or policy["with_check"] != OWN_TENANT
            ):
                found.append(f"{name} has a wide policy for {sorted(about)}")
        if not any("brinkbyte_app" in policy["roles"] for policy in policies):
            found.append(f"{name} has no policy for the application")
    return found


async def grantees(connection: asyncpg.Connection, table: str) -> list[str]:
    rows = await connection.fetch(
        "select distinct grantee::regrole::text as name from pg_class, aclexplode(relacl) "
        "where pg_class.oid = $1::regclass and grantee <> relowner",
        table,
    )
    return [row["name"] for row in rows]


async def test_every_tenant_table_is_protected(database: Opened) -> None:
    _, connection = database
    names = {row["name"] for row in await connection.fetch(TENANT_TABLES)}
    assert {"tenants", "api_keys", "devices", "licenses", "camera_licenses"} <= names
    assert len(names) > 9
    assert await faults(connection) == []


@pytest.mark.parametrize(
    "hole",
    [
        "alter table devices disable row level security",
        "alter table devices no force row level security",
        "drop policy own_tenant on devices",
        "create policy wide on devices to brinkbyte_app using (true)",
        "create policy wide on devices using (true)",
        "alter role brinkbyte_app bypassrls",
        "create table leak (tenant_id uuid)",
        "create table split (tenant_id uuid) partition by range (tenant_id); "
        "call protect_tenant_table('split'); "
        "create table part partition of split default; grant select on part to brinkbyte_app",
    ],
)
async def test_the_walk_finds_a_hole(database: Opened, hole: str) -> None:
    _, connection = database
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(hole)
        assert len(await faults(connection)) >= 1
    finally:
        await transaction.rollback()


async def test_tables_without_a_tenant_are_named(database: Opened) -> None:
    """A new table either has a tenant_id or a reason."""
    _, connection = database
    rows = await connection.fetch(
        """
        select c.relname from pg_class c
        where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
            and not exists (select from pg_attribute a
                where a.attrelid = c.oid and a.attname = 'tenant_id')
        """
    )
    assert {row["relname"] for row in rows} == {
        "api_call_writers",  # servers that count calls of any tenant
        "catalog_versions",
        "cloud",
        "document_numbers",
        "license_keys",
        "vendor_api_keys",
        "schema_migrations",
        "sign_in_attempts",  # counts what is perhaps nobody's
        "stripe_leases",
        "stripe_memory",  # what the database is
        "stripe_objects",
        "webhook_events",  # whose it is, is known when it is worked on
    }
    for table, allowed in {
        "cloud": {"SELECT"},
        "document_numbers": {"SELECT", "INSERT", "UPDATE"},
        "license_keys": {"SELECT"},
        "schema_migrations": {"SELECT"},
        "vendor_api_keys": set[str](),
        "webhook_events": set[str](),
        "sign_in_attempts": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    }.items():
        granted = await connection.fetch(
            "select privilege_type from pg_class, aclexplode(relacl) "
            "where pg_class.oid = $1::regclass and grantee = 'brinkbyte_app'::regrole",
            table,
        )
        assert {row["privilege_type"] for row in granted} == allowed


COLUMNS = """
select a.attname as name, format_type(a.atttypid, null) as type
from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
    and a.attnotnull and d.adbin is null and a.attidentity = ''
order by a.attnum
"""
CHOSEN: dict[str, Any] = {
    "role": "tenant_read",
    "kind": "ping",
    "license_mode": "base",
    "state": "open",
    "outcome": "held",
    "channel": "email",
}
CHOSEN_IN: dict[tuple[str, str], Any] = {
    ("subscriptions", "status"): "active",
    ("usage_rejections", "kind"): "rejected",
    ("billing_periods", "ends_at"): datetime(2031, 2, 2, tzinfo=UTC),
    ("billing_periods", "planned_end"): datetime(2031, 2, 2, tzinfo=UTC),
    ("credit_entries", "kind"): "applied",
    ("invoice_lines", "kind"): "usage",
    ("invoices", "status"): "issued_by_stripe",
    ("invoices", "total"): 2,
    ("quota_leases", "state"): "active",
    ("dunning_cases", "source"): "local",
    ("dunning_cases", "stage"): "grace",
    ("quota_operations", "state"): "reserved",
    ("stripe_submissions", "state"): "pending",
    ("stripe_shadows", "state"): "held",
    ("stripe_shadows", "status"): "open",
    ("entitlement_overrides", "kind"): "feature",
    ("notification_deliveries", "state"): "pending",
    ("cost_alerts", "basis"): "spent",
    ("holdings", "kind"): "plan",
    ("cost_alerts", "percents"): [100],
}


def value(table: str, column: str, type_name: str, tenant_id: UUID) -> Any:
    """Something that fits the column and is this tenant's alone."""
    if column == "tenant_id":
        return tenant_id
    if (table, column) in CHOSEN_IN:
        return CHOSEN_IN[table, column]
    if column in CHOSEN:
        return CHOSEN[column]
    makers: dict[str, Any] = {
        "uuid": uuid4(),
        "text": f"x{tenant_id.hex}",
        "bytea": tenant_id.bytes * 2,
        "timestamp with time zone": datetime(2031, 1, 2, tzinfo=UTC),
        "date": date(2031, 1, 2),
        "integer": 1,
        "smallint": 1,
        "bigint": 1,
        "numeric": Decimal(1),
        "boolean": False,
        "jsonb": "{}",
        "text[]": [],
        "bytea[]": [],
    }
    return makers[type_name]


# What the application may not do even to rows of its own tenant.
CLOSED = {
    "credit_entries": {"update", "delete"},
    "credit_notes": {"update", "delete"},
    "invoice_line_windows": {"update", "delete"},
    "invoice_lines": {"update", "delete"},
    "invoices": {"update", "delete"},
    "payments": {"update", "delete"},
    "audit_log": {"update", "delete"},
    "audit_heads": {"insert", "update", "delete"},
    "audit_tallies": {"insert", "update", "delete"},
}


async def touched(db: Database, tenant_id: UUID, table: str, statement: str, other: UUID) -> str:
    """What the application's statement about another tenant's rows came to."""
    try:
        async with db.tenant(tenant_id) as conn:
            return await conn.execute(statement, other)
    except asyncpg.InsufficientPrivilegeError:
        verb = statement.partition(" ")[0]
        assert verb in CLOSED.get(table, ()), f"{table}: {verb}"
        return f"{verb.upper()} 0"


async def row_of(
    connection: asyncpg.Connection, table: str, tenant_id: UUID
) -> tuple[str, list[Any]]:
    columns = await connection.fetch(COLUMNS, table)
    values = [value(table, each["name"], each["type"], tenant_id) for each in columns]
    names = ", ".join(each["name"] for each in columns)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    extra = ("", "")
    if table == "licenses":
        extra = (", valid_until", ", '2032-01-01'")
    return f"insert into {table} ({names}{extra[0]}) values ({places}{extra[1]})", values


async def test_a_tenant_can_neither_see_nor_write_anothers_rows(database: Opened) -> None:
    db, connection = database
    mine, other, third = uuid4(), uuid4(), uuid4()
    tables = [
        row["name"] for row in await connection.fetch(TENANT_TABLES) if not row["relispartition"]
    ]
    await connection.execute("set session_replication_role = replica")
    for table in tables:
        for tenant_id in (mine, other):
            statement, values = await row_of(connection, table, tenant_id)
            await connection.execute(statement, *values)
    await connection.execute("set session_replication_role = default")
    for table in tables:
        async with db.tenant(mine) as conn:
            seen = await conn.fetch(f"select tenant_id from {table}")
            assert {row["tenant_id"] for row in seen} == {mine}, table
        for statement in (
            f"update {table} set tenant_id = tenant_id where tenant_id = $1",
            f"delete from {table} where tenant_id = $1",
        ):
            done = await touched(db, mine, table, statement, other)
            assert done == f"{statement[:6].upper()} 0", table
        async with db.transaction(Role.APP) as conn:
            assert await conn.fetchval(f"select count(*) from {table}") == 0, table
        statement, values = await row_of(connection, table, third)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.tenant(mine) as conn:
                await conn.execute(statement, *values)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.tenant(mine) as conn:
                await conn.execute(f"update {table} set tenant_id = $1", third)
        async with db.worker() as conn:
            everybody = await conn.fetch(f"select tenant_id from {table}")
            assert {row["tenant_id"] for row in everybody} == {mine, other}, table


async def test_no_partition_can_be_read_directly(database: Opened) -> None:
    db, connection = database
    partitions = [
        row["name"] for row in await connection.fetch(TENANT_TABLES) if row["relispartition"]
    ]
    assert partitions
    for name in partitions:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.tenant(uuid4()) as conn:
                await conn.fetch(f"select 1 from {name}")
