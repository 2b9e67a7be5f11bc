"""SQL of the outbox."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.notifications.kinds import Facts, Kind
from billing.notifications.rows import (
    ACCOUNT_POINT,
    ChannelKind,
    DeliveryRow,
    DeliveryState,
    NotificationRow,
)
from billing.paging import PageRequest
from mesh.database import Connection

A_DAY = {ChannelKind.SMS: 50, ChannelKind.EMAIL: 500}
"""As many go out for a tenant in 24 hours: its key is no way to ring strangers at our cost."""

_BEYOND = "too many messages in a day"

_WITHIN = f"""
spent as (
    select count(*) filter (where d.channel = 'sms') >= {A_DAY[ChannelKind.SMS]} as sms,
        count(*) filter (where d.channel = 'email') >= {A_DAY[ChannelKind.EMAIL]} as email
    from notifications n join notification_deliveries d using (tenant_id, notification_id)
    where n.tenant_id = $1 and n.created_at > $6::timestamptz - interval '1 day'
), deliveries as (
    insert into notification_deliveries (tenant_id, notification_id, point_id, channel, address,
        next_at, tries_until, state, detail, finished_at)
    select $1, $2, w.point_id, w.channel, w.address, $6::timestamptz, $7::timestamptz,
        case when over then 'dead' else 'pending' end,
        case when over then '{_BEYOND}' else '' end,
        case when over then $6::timestamptz end
    from told, ways w, spent,
        lateral (select (w.channel = 'sms' and spent.sms)
            or (w.channel = 'email' and spent.email)) as beyond (over)
)"""  # noqa: S608 - constant
"""Writes the deliveries of `told`, one for each of `ways`."""


async def tell(
    conn: Connection,
    tenant_id: UUID,
    notification_id: UUID,
    kind: Kind,
    *,
    key: str,
    facts: Facts,
    also: str,
    now: datetime,
    until: datetime,
) -> bool:
    """Writes the notification and its deliveries, one a contact point, and one to the e-mail
    address `also` if it is not empty; False when the key was told before."""
    told: bool = await conn.fetchval(
        f"""
        with told as (
            insert into notifications (tenant_id, notification_id, kind, subject_key, facts,
                created_at)
            values ($1, $2, $3, $4, $5::jsonb, $6)
            on conflict on constraint notifications_told_once do nothing
            returning true as new
        ), points as (
            select point_id, channel, address from contact_points
            where tenant_id = $1 and removed_at is null
                and (kinds = '{{}}' or $3::text = any(kinds))
        ), ways as (
            select * from points
            union all
            select $8::uuid, 'email', case when $9::text = '' then email else $9 end from tenants
            where tenant_id = $1 and not exists (
                select from points where channel = 'email' and ($9 = '' or address = $9))
        ), {_WITHIN}
        select exists (select from told)
        """,  # noqa: S608 - constant
        tenant_id,
        notification_id,
        kind.value,
        key,
        json.dumps(dict(facts)),
        now,
        until,
        ACCOUNT_POINT,
        also,
    )
    return told


async def tell_point(
    conn: Connection,
    tenant_id: UUID,
    notification_id: UUID,
    point_id: UUID,
    kind: Kind,
    *,
    facts: Facts,
    now: datetime,
    until: datetime,
) -> None:
    """Writes a notification for one contact point alone."""
    await conn.execute(
        f"""
        with told as (
            insert into notifications (tenant_id, notification_id, kind, subject_key, facts,
                created_at)
            values ($1, $2::uuid, $3, $2::uuid::text, $5::jsonb, $6)
            returning true
        ), ways as (
            select point_id, channel, address from contact_points
            where tenant_id = $1 and point_id = $4
        ), {_WITHIN}
        select
        """,  # noqa: S608 - constant
        tenant_id,
        notification_id,
        kind.value,
        point_id,
        json.dumps(dict(facts)),
        now,
        until,
    )


async def page(
    conn: Connection, tenant_id: UUID, request: PageRequest, missing: Mapping[ChannelKind, str]
) -> list[NotificationRow]:
    """Notifications, newest first, one more than asked for, each with its deliveries.

    `missing` is what is said of deliveries that wait for a channel which cannot send.
    """
    after = request.after
    rows = await conn.fetch(
        """
        select notification_id, kind, subject_key, facts, created_at from notifications
        where tenant_id = $1
            and ($2::timestamptz is null or (created_at, notification_id) < ($2, $3::uuid))
        order by created_at desc, notification_id desc limit $4
        """,
        tenant_id,
        after.moment if after else None,
        UUID(after.key) if after else None,
        request.size + 1,
    )
    ways: dict[UUID, list[DeliveryRow]] = {row["notification_id"]: [] for row in rows}
    found = await conn.fetch(
        """
        select notification_id, point_id, channel, address, state, attempts, next_at, detail,
            finished_at
        from notification_deliveries where tenant_id = $1 and notification_id = any($2)
        order by channel, point_id
        """,
        tenant_id,
        list(ways),
    )
    for each in found:
        ways[each["notification_id"]].append(_delivery(each, missing))
    return [_notification(row, ways[row["notification_id"]]) for row in rows]


async def exists(conn: Connection, tenant_id: UUID, notification_id: UUID) -> bool:
    """Whether the tenant was told this."""
    found: bool = await conn.fetchval(
        "select exists (select from notifications where tenant_id = $1 and notification_id = $2)",
        tenant_id,
        notification_id,
    )
    return found


async def retry(
    conn: Connection, tenant_id: UUID, notification_id: UUID, *, now: datetime, until: datetime
) -> int:
    """Makes dead deliveries wait again, but for those to contact points that were removed and those
    beyond the day's limit."""
    tag = await conn.execute(
        """
        update notification_deliveries d
        set state = 'pending', next_at = $3, tries_until = $4, detail = '', finished_at = null
        where tenant_id = $1 and notification_id = $2 and state = 'dead' and detail <> $5
            and not exists (select from contact_points p where p.tenant_id = d.tenant_id
                and p.point_id = d.point_id and p.removed_at is not null)
        """,
        tenant_id,
        notification_id,
        now,
        until,
        _BEYOND,
    )
    return int(tag.rsplit(" ", 1)[1])


def _notification(row: Any, deliveries: list[DeliveryRow]) -> NotificationRow:
    return NotificationRow(
        row["notification_id"],
        Kind(row["kind"]),
        row["subject_key"],
        json.loads(row["facts"]),
        row["created_at"],
        tuple(deliveries),
    )


def _delivery(row: Any, missing: Mapping[ChannelKind, str]) -> DeliveryRow:
    channel, state = ChannelKind(row["channel"]), DeliveryState(row["state"])
    waits = missing.get(channel, "") if state is DeliveryState.PENDING else ""
    return DeliveryRow(
        row["point_id"],
        channel,
        row["address"],
        state,
        row["attempts"],
        row["next_at"],
        waits or row["detail"],
        row["finished_at"],
    )
