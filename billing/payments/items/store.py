"""SQL of charged items at the payment provider."""

from datetime import datetime
from uuid import UUID

from mesh.database import Connection


async def differing(conn: Connection, now: datetime, at_most: int) -> list[UUID]:
    """Tenants that hold other items now than the provider was told; for the worker role."""
    rows = await conn.fetch(
        """
        select s.tenant_id from stripe_subscriptions s
        left join stripe_items i using (tenant_id)
        cross join lateral (
            select coalesce(string_agg(
                name || '=' || quantity, ' ' order by name collate "C"), '') as items
            from (
                select distinct on (h.name) h.name,
                    case when h.held_until <= $1 then 0 else h.closing end as quantity
                from holdings h
                where h.tenant_id = s.tenant_id and h.kind = 'item' and h.family = 'vision'
                order by h.name, h.day desc
            ) last where quantity > 0
        ) held
        where s.subscription_id <> '' and coalesce(i.next_try_at <= $1, true)
            and (coalesce(i.sent, '') <> held.items
                or i.subscription_id <> s.subscription_id)
        order by i.next_try_at nulls first, s.tenant_id limit $2
        """,
        now,
        at_most,
    )
    return [row["tenant_id"] for row in rows]


async def want(
    conn: Connection,
    tenant_id: UUID,
    subscription_id: str,
    wanted: str,
    *,
    cameras_only: bool,
    now: datetime,
) -> int:
    """Keeps what is wanted from `now` on; its round, the same while nothing else is wanted."""
    round_: int = await conn.fetchval(
        """
        insert into stripe_items as i
            (tenant_id, subscription_id, wanted, cameras_only, next_try_at)
        values ($1, $2, $3, $4, $5)
        on conflict (tenant_id) do update set
            subscription_id = excluded.subscription_id, wanted = excluded.wanted,
            cameras_only = excluded.cameras_only,
            round = i.round + case when (i.subscription_id, i.wanted)
                = (excluded.subscription_id, excluded.wanted) then 0 else 1 end
        returning round
        """,
        tenant_id,
        subscription_id,
        wanted,
        cameras_only,
        now,
    )
    return round_


async def sent(conn: Connection, tenant_id: UUID, wanted: str) -> None:
    """The provider holds it."""
    await conn.execute(
        """
        update stripe_items set sent = $2, attempts = 0, last_error = '' where tenant_id = $1
        """,
        tenant_id,
        wanted,
    )


async def attempts(conn: Connection, tenant_id: UUID) -> int:
    """How often it failed in a row."""
    found: int | None = await conn.fetchval(
        "select attempts from stripe_items where tenant_id = $1", tenant_id
    )
    return found or 0


async def failed(conn: Connection, tenant_id: UUID, again: datetime, reason: str) -> None:
    """It is tried again then."""
    await conn.execute(
        """
        update stripe_items set attempts = attempts + 1, next_try_at = $2, last_error = $3
        where tenant_id = $1
        """,
        tenant_id,
        again,
        reason,
    )


async def cameras_only(conn: Connection, tenant_id: UUID, subscription_id: str) -> bool:
    """Whether cameras in the subscription are charged items, and no plan that was bought."""
    found: bool | None = await conn.fetchval(
        "select cameras_only from stripe_items where tenant_id = $1 and subscription_id = $2",
        tenant_id,
        subscription_id,
    )
    return bool(found)


async def buy_cameras(conn: Connection, tenant_id: UUID) -> None:
    """Cameras in the subscription are the vision plan from now on."""
    await conn.execute(
        "update stripe_items set cameras_only = false where tenant_id = $1", tenant_id
    )
