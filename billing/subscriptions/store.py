"""SQL of subscriptions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from mesh.database import Connection
from rights.claims import SubscriptionStatus
from rights.terms import Interval, PendingPlan, Subscription


@dataclass(frozen=True, slots=True)
class EndingTrial:
    """A trial with its end (aware, UTC)."""

    family: str
    plan: str
    ends_at: datetime


_COLUMNS = (
    "family, plan, catalog_number, status, anchor, trial_ends_at, billing_interval, cancel_at, "
    "ended_at, pending_plan, pending_interval, pending_at, paid_through"
)


async def held(conn: Connection, tenant_id: UUID) -> dict[str, Subscription]:
    """The tenant's subscriptions by family, by name."""
    rows = await conn.fetch(
        f"select {_COLUMNS} from subscriptions where tenant_id = $1 "  # noqa: S608 - constant
        "order by family",
        tenant_id,
    )
    return {row["family"]: _subscription(row) for row in rows}


async def lock_all(conn: Connection, tenant_id: UUID) -> dict[str, Subscription]:
    """As `held`, and no other transaction changes them until this one ends."""
    rows = await conn.fetch(
        f"select {_COLUMNS} from subscriptions where tenant_id = $1 "  # noqa: S608 - constant
        "order by family for no key update",
        tenant_id,
    )
    return {row["family"]: _subscription(row) for row in rows}


async def lock(conn: Connection, tenant_id: UUID, family: str) -> Subscription | None:
    """One subscription, which no other transaction changes until this one ends."""
    row = await conn.fetchrow(
        f"select {_COLUMNS} from subscriptions "  # noqa: S608 - constant
        "where tenant_id = $1 and family = $2 for no key update",
        tenant_id,
        family,
    )
    return _subscription(row) if row else None


async def put(
    conn: Connection, tenant_id: UUID, subscriptions: Sequence[Subscription], now: datetime
) -> None:
    """Adds or replaces subscriptions, one a family."""
    await conn.executemany(
        f"""
        insert into subscriptions (tenant_id, {_COLUMNS}, changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        on conflict (tenant_id, family) do update set
            plan = excluded.plan, catalog_number = excluded.catalog_number,
            status = excluded.status, anchor = excluded.anchor,
            trial_ends_at = excluded.trial_ends_at,
            billing_interval = excluded.billing_interval, cancel_at = excluded.cancel_at,
            ended_at = excluded.ended_at, pending_plan = excluded.pending_plan,
            pending_interval = excluded.pending_interval, pending_at = excluded.pending_at,
            paid_through = excluded.paid_through, changed_at = excluded.changed_at
        """,  # noqa: S608 - constant
        [(tenant_id, *_values(each), now) for each in subscriptions],
    )


async def due(conn: Connection, now: datetime, ahead: timedelta, at_most: int) -> list[UUID]:
    """Tenants for whom something falls due, the longest due first; what was paid through is due
    `ahead` of its end."""
    rows = await conn.fetch(
        """
        select tenant_id, min(least(trial_ends_at, cancel_at, pending_at, paid_through)) as since
        from subscriptions
        where least(trial_ends_at, cancel_at, pending_at, paid_through) <= $2::timestamptz
            and (least(trial_ends_at, cancel_at, pending_at) <= $1::timestamptz
                or (cancel_at is null and paid_through <= $2::timestamptz))
        group by tenant_id order by since limit $3
        """,
        now,
        now + ahead,
        at_most,
    )
    return [row["tenant_id"] for row in rows]


async def trials_ending(
    conn: Connection, now: datetime, until: datetime, at_most: int
) -> list[UUID]:
    """Tenants with a trial that ends after `now` and up to `until`, of which nobody told them."""
    rows = await conn.fetch(
        """
        select distinct tenant_id from subscriptions
        where least(trial_ends_at, cancel_at, pending_at, paid_through) <= $2::timestamptz
            and trial_ends_at > $1 and trial_ends_at <= $2::timestamptz
            and status = 'trialing' and trial_told is distinct from trial_ends_at
        limit $3
        """,
        now,
        until,
        at_most,
    )
    return [row["tenant_id"] for row in rows]


async def tell_trials(
    conn: Connection, tenant_id: UUID, now: datetime, until: datetime
) -> list[EndingTrial]:
    """Marks the tenant's trials that end after `now` and up to `until` as told; those that were
    not yet."""
    rows = await conn.fetch(
        """
        update subscriptions set trial_told = trial_ends_at
        where tenant_id = $1 and trial_ends_at > $2 and trial_ends_at <= $3
            and status = 'trialing' and trial_told is distinct from trial_ends_at
        returning family, plan, trial_ends_at as ends_at
        """,
        tenant_id,
        now,
        until,
    )
    return [EndingTrial(**row) for row in rows]


def _values(each: Subscription) -> tuple[object, ...]:
    pending = each.pending
    return (
        each.family,
        each.plan,
        each.catalog_number,
        each.status.value,
        each.anchor,
        each.trial_ends_at,
        each.interval.value,
        each.cancel_at,
        each.ended_at,
        pending.plan if pending else None,
        pending.interval.value if pending else None,
        pending.at if pending else None,
        each.paid_through,
    )


def _subscription(row: Any) -> Subscription:
    pending = None
    if row["pending_plan"] is not None:
        interval = Interval(row["pending_interval"])
        pending = PendingPlan(row["pending_plan"], interval, row["pending_at"])
    return Subscription(
        row["family"],
        row["plan"],
        row["catalog_number"],
        SubscriptionStatus(row["status"]),
        row["anchor"],
        row["trial_ends_at"],
        Interval(row["billing_interval"]),
        row["cancel_at"],
        row["ended_at"],
        pending,
        row["paid_through"],
    )
