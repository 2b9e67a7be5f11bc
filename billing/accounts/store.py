"""SQL of billing accounts."""

from datetime import datetime
from uuid import UUID

from billing.accounts.account import BillingAccount
from mesh.database import Connection

_COLUMNS = "nullif(closed_before, '-infinity') as closed_before, closes"


async def add(conn: Connection, tenant_id: UUID) -> None:
    """The account of a new tenant."""
    await conn.execute("insert into billing_accounts (tenant_id) values ($1)", tenant_id)


async def get(conn: Connection, tenant_id: UUID) -> BillingAccount | None:
    """The account as it stands."""
    return await _read(conn, tenant_id, "")


async def lock(conn: Connection, tenant_id: UUID) -> BillingAccount | None:
    """The account, which nobody else closes or records use for until the transaction ends.

    What records use passes the gate too, so that it cannot overtake who waits here.
    """
    await conn.execute(
        "select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0))", tenant_id
    )
    return await _read(conn, tenant_id, "for update")


async def close(conn: Connection, tenant_id: UUID, before: datetime) -> BillingAccount | None:
    """Moves closed_before on, to a later moment only, and counts a close; None otherwise."""
    row = await conn.fetchrow(
        f"""
        update billing_accounts set closed_before = $2, closes = closes + 1
        where tenant_id = $1 and closed_before < $2 returning {_COLUMNS}
        """,  # noqa: S608 - constant
        tenant_id,
        before,
    )
    return None if row is None else BillingAccount(**row)


async def _read(conn: Connection, tenant_id: UUID, how: str) -> BillingAccount | None:
    row = await conn.fetchrow(
        f"select {_COLUMNS} from billing_accounts where tenant_id = $1 {how}",  # noqa: S608 - constant
        tenant_id,
    )
    return None if row is None else BillingAccount(**row)
