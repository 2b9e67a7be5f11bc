"""Tenants of older days: their slots are counted, their plans begin as they were used."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg

from billing.main import migrations
from deploy.local.databases import create_cloud_database
from deploy.local.testing import postgres_server
from mesh.database import Role
from mesh.migrate import migrate

BEFORE = 7


async def test_older_tenants_have_their_slots_counted_and_plans(tmp_path: Path) -> None:
    async with postgres_server(tmp_path) as postgres:
        dsns = await create_cloud_database(postgres, "slots")
        older = tmp_path / "migrations"
        older.mkdir()
        for file in Path(str(migrations())).glob("*.sql"):
            if int(file.name[:4]) < BEFORE:
                shutil.copy(file, older)
        await migrate(dsns[Role.OWNER], older)
        await check(dsns[Role.OWNER], postgres.dsn("slots"))


async def check(owner: str, superuser: str) -> None:
    taken = {uuid4(): 0, uuid4(): 3}
    connection = await asyncpg.connect(superuser)
    try:
        now = datetime.now(UTC)
        for tenant_id, cameras in taken.items():
            await connection.execute(
                "insert into tenants (tenant_id, email, company_name, created_at, updated_at) "
                "values ($1, $2, 'Acme', $3, $3)",
                tenant_id,
                f"{tenant_id}@example.test",
                now,
            )
            await connection.execute(
                "insert into licenses (tenant_id, license_mode, cameras_allowed, valid_from) "
                "values ($1, 'trial', 9, $2)",
                tenant_id,
                now,
            )
            await connection.execute(
                "insert into camera_licenses (tenant_id, camera_id, assigned_at) "
                "select $1, n::text, $2 from generate_series(1, $3::integer) n",
                tenant_id,
                now,
                cameras,
            )
        await migrate(owner, migrations())
        rows = await connection.fetch("select tenant_id, cameras_used from licenses")
        accounts = await connection.fetch("select tenant_id, closes from billing_accounts")
        plans = await connection.fetch("select tenant_id, family, plan, status from subscriptions")
        forced = await connection.fetchval(
            "select bool_and(relforcerowsecurity) from pg_class where relname = any($1::text[])",
            ["licenses", "camera_licenses", "tenants", "subscriptions", "usage_events"],
        )
    finally:
        await connection.close()
    assert {row["tenant_id"]: row["cameras_used"] for row in rows} == taken
    assert {row["tenant_id"]: row["closes"] for row in accounts} == dict.fromkeys(taken, 0)
    begun = {("vision", "trial", "trialing"), ("platform", "trial", "trialing")}
    begun.add(("metered", "free", "active"))
    for tenant_id in taken:
        assert {tuple(row)[1:] for row in plans if row["tenant_id"] == tenant_id} == begun
    assert forced
