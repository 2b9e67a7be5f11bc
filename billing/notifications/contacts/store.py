"""SQL of contact points."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.notifications.kinds import Kind
from billing.notifications.rows import ChannelKind, ContactPoint
from billing.paging import PageRequest
from mesh.database import Connection

_COLUMNS = "point_id, channel, address, display_name, kinds, created_at"


async def lock(conn: Connection, tenant_id: UUID) -> int:
    """Lets one transaction at a time add points of the tenant; returns how many it has."""
    await conn.execute("select from tenants where tenant_id = $1 for no key update", tenant_id)
    count: int = await conn.fetchval(
        "select count(*) from contact_points where tenant_id = $1 and removed_at is null",
        tenant_id,
    )
    return count


async def add(conn: Connection, tenant_id: UUID, point: ContactPoint, secret: str | None) -> bool:
    """False when the tenant has a point of this address already."""
    added: bool | None = await conn.fetchval(
        f"""
        insert into contact_points (tenant_id, {_COLUMNS}, secret)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (tenant_id, channel, address) where removed_at is null do nothing
        returning true
        """,  # noqa: S608 - constant
        tenant_id,
        point.point_id,
        point.channel.value,
        point.address,
        point.display_name,
        [each.value for each in point.kinds],
        point.created_at,
        secret,
    )
    return bool(added)


async def page(conn: Connection, tenant_id: UUID, request: PageRequest) -> list[ContactPoint]:
    """Points that were not removed, oldest first, one more than asked for."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from contact_points
        where tenant_id = $1 and removed_at is null
            and ($2::timestamptz is null or (created_at, point_id) > ($2, $3::uuid))
        order by created_at, point_id limit $4
        """,  # noqa: S608 - constant
        tenant_id,
        after.moment if after else None,
        UUID(after.key) if after else None,
        request.size + 1,
    )
    return [_point(row) for row in rows]


async def remove(
    conn: Connection, tenant_id: UUID, point_id: UUID, now: datetime, detail: str
) -> ContactPoint | None:
    """Takes a point away with its secret and what was to go there; None when there is none."""
    row = await conn.fetchrow(
        f"""
        update contact_points set removed_at = $3, secret = null
        where tenant_id = $1 and point_id = $2 and removed_at is null returning {_COLUMNS}
        """,  # noqa: S608 - constant
        tenant_id,
        point_id,
        now,
    )
    if row is None:
        return None
    await conn.execute(
        """
        update notification_deliveries set state = 'dead', detail = $4, finished_at = $3
        where tenant_id = $1 and point_id = $2 and state = 'pending'
        """,
        tenant_id,
        point_id,
        now,
        detail,
    )
    return _point(row)


async def tested(
    conn: Connection, tenant_id: UUID, point_id: UUID, *, now: datetime, not_after: datetime
) -> tuple[ContactPoint, datetime | None] | None:
    """Marks a point as tested now unless it was after `not_after`; returns it with the moment of
    the former test, or None when there is no such point."""
    row = await conn.fetchrow(
        f"""
        select {_COLUMNS}, tested_at from contact_points
        where tenant_id = $1 and point_id = $2 and removed_at is null for no key update
        """,  # noqa: S608 - constant
        tenant_id,
        point_id,
    )
    if row is None:
        return None
    before: datetime | None = row["tested_at"]
    if before is None or before <= not_after:
        await conn.execute(
            "update contact_points set tested_at = $3 where tenant_id = $1 and point_id = $2",
            tenant_id,
            point_id,
            now,
        )
    return _point(row), before


def _point(row: Any) -> ContactPoint:
    kinds: Sequence[str] = row["kinds"]
    return ContactPoint(
        row["point_id"],
        ChannelKind(row["channel"]),
        row["address"],
        row["display_name"],
        tuple(Kind(each) for each in kinds),
        row["created_at"],
    )
