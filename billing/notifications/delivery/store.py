"""SQL of deliveries: taking them with a lease, and what became of them."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.notifications.channels.channel import Delivery
from billing.notifications.kinds import Kind
from billing.notifications.rows import ChannelKind
from mesh.database import Connection

_OWN = "tenant_id = $1 and notification_id = $2 and point_id = $3 and state = 'pending'"


async def take(
    conn: Connection,
    channels: Collection[ChannelKind],
    *,
    now: datetime,
    lease_until: datetime,
    limit: int,
    each_tenant: int,
) -> list[Delivery]:
    """Takes deliveries that are due, at most so many of one tenant, until `lease_until`.

    Those that another replica is taking are passed over. For the worker role.
    """
    rows = await conn.fetch(
        """
        with due as (
            select tenant_id, notification_id, point_id, next_at,
                row_number() over (partition by tenant_id order by next_at) as place
            from notification_deliveries
            where state = 'pending' and next_at <= $2 and channel = any($1)
        ), taken as (
            select d.tenant_id, d.notification_id, d.point_id
            from notification_deliveries d join due using (tenant_id, notification_id, point_id)
            where due.place <= $5 and d.state = 'pending' and d.next_at <= $2
            order by due.next_at limit $4 for update of d skip locked
        ), leased as (
            update notification_deliveries d set next_at = $3, attempts = d.attempts + 1
            from taken t where d.tenant_id = t.tenant_id
                and d.notification_id = t.notification_id and d.point_id = t.point_id
            returning d.tenant_id, d.notification_id, d.point_id, d.channel, d.address, d.attempts
        )
        select l.*, n.kind, n.facts, n.created_at, t.company_name, p.secret
        from leased l join notifications n using (tenant_id, notification_id)
        join tenants t using (tenant_id)
        left join contact_points p using (tenant_id, point_id)
        order by n.created_at, l.notification_id
        """,
        [each.value for each in channels],
        now,
        lease_until,
        limit,
        each_tenant,
    )
    return [_delivery(row) for row in rows]


async def sent(conn: Connection, delivery: Delivery, now: datetime) -> bool:
    """Records that it was delivered, whoever holds the lease by now: it is a fact. False when
    that was on record already."""
    tag = await conn.execute(
        f"""
        update notification_deliveries set state = 'sent', detail = '', finished_at = $4
        where {_OWN}
        """,  # noqa: S608 - constant
        delivery.tenant_id,
        delivery.notification_id,
        delivery.point_id,
        now,
    )
    return tag == "UPDATE 1"


async def failed(
    conn: Connection, delivery: Delivery, detail: str, *, now: datetime, next_at: datetime | None
) -> str | None:
    """Records why it was not delivered and when it is tried next (None: never), unless a later
    taker has it by now. Returns the state it is in, None when it was somebody else's."""
    state: str | None = await conn.fetchval(
        f"""
        update notification_deliveries d set detail = $5,
            next_at = coalesce($6::timestamptz, next_at),
            state = case when $6::timestamptz is null or $6 > tries_until then 'dead'
                else 'pending' end,
            finished_at = case when $6::timestamptz is null or $6 > tries_until
                then $7::timestamptz end
        where {_OWN} and attempts = $4 returning state
        """,  # noqa: S608 - constant
        delivery.tenant_id,
        delivery.notification_id,
        delivery.point_id,
        delivery.attempt,
        detail,
        next_at,
        now,
    )
    return state


async def give_up(conn: Connection, now: datetime) -> list[ChannelKind]:
    """Ends what was waiting for too long, also for a channel that cannot send; for the worker
    role. Returns the channel of each."""
    rows = await conn.fetch(
        """
        update notification_deliveries set state = 'dead', finished_at = $1,
            detail = case when detail = '' then 'it could not be sent in time' else detail end
        where state = 'pending' and next_at <= $1 and tries_until < $1 returning channel
        """,
        now,
    )
    return [ChannelKind(row["channel"]) for row in rows]


def _delivery(row: Any) -> Delivery:
    point_id: UUID = row["point_id"]
    return Delivery(
        row["tenant_id"],
        row["notification_id"],
        point_id,
        ChannelKind(row["channel"]),
        row["address"],
        row["secret"],
        Kind(row["kind"]),
        json.loads(row["facts"]),
        row["company_name"],
        row["created_at"],
        row["attempts"],
    )
