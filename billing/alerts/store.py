"""SQL of cost alerts and of looking at costs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from billing.alerts.rows import CostAlert, CostBasis
from billing.paging import PageRequest
from mesh.database import Connection
from rights.money import Money

_COLUMNS = "alert_id, basis, currency, minor_units, percents, display_name, created_at"
_DUE = "((fresh and looked_at <= $1) or looked_at <= $2)"


async def lock(conn: Connection, tenant_id: UUID) -> int:
    """Lets one transaction at a time change the tenant's alerts; returns how many it has."""
    await conn.execute("select from tenants where tenant_id = $1 for no key update", tenant_id)
    count: int = await conn.fetchval(
        "select count(*) from cost_alerts where tenant_id = $1 and removed_at is null", tenant_id
    )
    return count


async def named(
    conn: Connection, tenant_id: UUID, basis: CostBasis, display_name: str
) -> CostAlert | None:
    """The alert that is held under this name."""
    row = await conn.fetchrow(
        f"""
        select {_COLUMNS} from cost_alerts
        where tenant_id = $1 and basis = $2 and display_name = $3 and removed_at is null
        """,  # noqa: S608 - constant
        tenant_id,
        basis.value,
        display_name,
    )
    return _alert(row) if row else None


async def add(conn: Connection, tenant_id: UUID, alert: CostAlert) -> None:
    """Adds an alert under a name that none holds, and has the tenant's costs looked at."""
    await conn.execute(
        f"""
        insert into cost_alerts (tenant_id, {_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,  # noqa: S608 - constant
        tenant_id,
        alert.alert_id,
        alert.basis.value,
        alert.amount.currency,
        alert.amount.minor_units,
        list(alert.percents),
        alert.display_name,
        alert.created_at,
    )
    await conn.execute(
        """
        insert into cost_watches (tenant_id, looked_at) values ($1, '-infinity')
        on conflict (tenant_id) do update set looked_at = excluded.looked_at, fresh = true
        """,
        tenant_id,
    )


async def remove(
    conn: Connection, tenant_id: UUID, alert_id: UUID, now: datetime
) -> CostAlert | None:
    """Takes an alert away; None when the tenant has none of that id."""
    row = await conn.fetchrow(
        f"""
        update cost_alerts set removed_at = $3
        where tenant_id = $1 and alert_id = $2 and removed_at is null returning {_COLUMNS}
        """,  # noqa: S608 - constant
        tenant_id,
        alert_id,
        now,
    )
    return _alert(row) if row else None


async def page(conn: Connection, tenant_id: UUID, request: PageRequest) -> list[CostAlert]:
    """Alerts that were not removed, oldest first, one more than asked for."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from cost_alerts
        where tenant_id = $1 and removed_at is null
            and ($2::timestamptz is null or (created_at, alert_id) > ($2, $3::uuid))
        order by created_at, alert_id limit $4
        """,  # noqa: S608 - constant
        tenant_id,
        after.moment if after else None,
        UUID(after.key) if after else None,
        request.size + 1,
    )
    return [_alert(row) for row in rows]


async def held(conn: Connection, tenant_id: UUID) -> list[CostAlert]:
    """Every alert of the tenant that was not removed."""
    rows = await conn.fetch(
        f"select {_COLUMNS} from cost_alerts where tenant_id = $1 and removed_at is null",  # noqa: S608 - constant
        tenant_id,
    )
    return [_alert(row) for row in rows]


async def due(
    conn: Connection, *, fresh_before: datetime, idle_before: datetime, limit: int
) -> list[UUID]:
    """Notes which tenants have use that is not yet folded, and returns those to look at: for the
    worker role."""
    await conn.execute(
        """
        update cost_watches w set fresh = true where not fresh and exists (
            select from usage_deltas d where d.tenant_id = w.tenant_id)
        """
    )
    rows = await conn.fetch(
        f"select tenant_id from cost_watches where {_DUE} order by looked_at limit $3",  # noqa: S608 - constant
        fresh_before,
        idle_before,
        limit,
    )
    return [row["tenant_id"] for row in rows]


async def begin(
    conn: Connection,
    tenant_id: UUID,
    *,
    fresh_before: datetime,
    idle_before: datetime,
    now: datetime,
) -> bool:
    """Marks the tenant's costs as looked at; False when another replica does it or has just done
    it. What is read by later statements is at least what `fresh` stood for."""
    row = await conn.fetchrow(
        f"select from cost_watches where tenant_id = $3 and {_DUE} for update skip locked",
        fresh_before,
        idle_before,
        tenant_id,
    )
    if row is None:
        return False
    await conn.execute(
        "update cost_watches set looked_at = $2, fresh = false where tenant_id = $1",
        tenant_id,
        now,
    )
    return True


async def end_watch(conn: Connection, tenant_id: UUID) -> None:
    """Looks no more at the costs of a tenant that has no alert left."""
    await conn.execute("delete from cost_watches where tenant_id = $1", tenant_id)


def _alert(row: Any) -> CostAlert:
    return CostAlert(
        row["alert_id"],
        CostBasis(row["basis"]),
        Money(row["currency"], row["minor_units"]),
        tuple(row["percents"]),
        row["display_name"],
        row["created_at"],
    )
