"""SQL of what voids a tenant's tokens."""

from datetime import datetime
from uuid import UUID

from mesh.database import Connection


async def void_before(conn: Connection, tenant_id: UUID) -> datetime | None:
    """Every token issued before it is void; None voids none."""
    found: datetime | None = await conn.fetchval(
        "select void_before from license_revocations where tenant_id = $1", tenant_id
    )
    return found


async def set_void_before(conn: Connection, tenant_id: UUID, moment: datetime) -> None:
    """Moves it forward, never back."""
    await conn.execute(
        """
        insert into license_revocations as r (tenant_id, void_before) values ($1, $2)
        on conflict (tenant_id) do update
        set void_before = greatest(r.void_before, excluded.void_before)
        """,
        tenant_id,
        moment,
    )
