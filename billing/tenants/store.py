"""SQL of tenants, their aliases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from billing.paging import PageRequest
from mesh.database import Connection, constraint_of


@dataclass(frozen=True, slots=True)
class TenantRow:
    """A tenant; moments are aware, UTC."""

    tenant_id: UUID
    email: str
    company_name: str
    aliases: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


_COLUMNS = """
    t.tenant_id, t.email, t.company_name, t.created_at, t.updated_at,
    array(select a.alias from tenant_aliases a where a.tenant_id = t.tenant_id order by a.alias)
        as aliases
"""


async def exists(conn: Connection, tenant_id: UUID) -> bool:
    """Whether there is such a tenant."""
    found: bool = await conn.fetchval(
        "select exists (select from tenants where tenant_id = $1)", tenant_id
    )
    return found


async def find_alias(conn: Connection, alias: str) -> UUID | None:
    """The tenant that an older system knows by `alias`."""
    found: UUID | None = await conn.fetchval(
        "select tenant_id from tenant_aliases where alias = $1", alias
    )
    return found


async def add(
    conn: Connection,
    tenant_id: UUID,
    email: str,
    company_name: str,
    now: datetime,
) -> bool:
    """False when the e-mail address is taken."""
    added = await conn.fetchval(
        """
        insert into tenants (tenant_id, email, company_name, created_at, updated_at)
        values ($1, $2, $3, $4, $4)
        on conflict (email) do nothing returning true
        """,
        tenant_id,
        email,
        company_name,
        now,
    )
    return added is not None


async def update(
    conn: Connection, tenant_id: UUID, email: str, company_name: str, now: datetime
) -> bool:
    """False when the e-mail address is another tenant's; the transaction is then to be left."""
    try:
        await conn.execute(
            "update tenants set email = $2, company_name = $3, updated_at = $4 "
            "where tenant_id = $1",
            tenant_id,
            email,
            company_name,
            now,
        )
    except asyncpg.UniqueViolationError as error:
        if constraint_of(error) == "tenants_email_unique":
            return False
        raise
    return True


async def add_aliases(conn: Connection, tenant_id: UUID, aliases: Sequence[str]) -> set[str]:
    """Adds those that are free and returns them. Sorted, so that two calls cannot deadlock."""
    rows = await conn.fetch(
        """
        insert into tenant_aliases (alias, tenant_id)
        select alias, $1 from unnest($2::text[]) as given (alias) order by alias
        on conflict (alias) do nothing returning alias
        """,
        tenant_id,
        list(aliases),
    )
    return {row["alias"] for row in rows}


async def get(conn: Connection, tenant_id: UUID) -> TenantRow | None:
    """One tenant."""
    row = await conn.fetchrow(
        f"select {_COLUMNS} from tenants t where t.tenant_id = $1",  # noqa: S608 - constant
        tenant_id,
    )
    return _row(row) if row else None


async def page(conn: Connection, request: PageRequest) -> list[TenantRow]:
    """Tenants from oldest to newest, one more than asked for."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from tenants t
        where $1::timestamptz is null or (t.created_at, t.tenant_id) > ($1, $2::uuid)
        order by t.created_at, t.tenant_id limit $3
        """,  # noqa: S608 - constant
        after.moment if after else None,
        UUID(after.key) if after else None,
        request.size + 1,
    )
    return [_row(row) for row in rows]


def _row(row: Any) -> TenantRow:
    return TenantRow(**{**row, "aliases": tuple(row["aliases"])})
