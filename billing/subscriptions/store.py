"""SQL of subscriptions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from mesh.database import Connection
from rights.claims import SubscriptionStatus
from rights.terms import Subscription


async def held(conn: Connection, tenant_id: UUID) -> dict[str, Subscription]:
    """The tenant's subscriptions by family, by name."""
    rows = await conn.fetch(
        """
        select family, plan, catalog_number, status, anchor, trial_ends_at
        from subscriptions where tenant_id = $1 order by family
        """,
        tenant_id,
    )
    return {row["family"]: _subscription(row) for row in rows}


async def lock(conn: Connection, tenant_id: UUID, family: str) -> Subscription | None:
    """One subscription, which no other transaction changes until this one ends."""
    row = await conn.fetchrow(
        """
        select family, plan, catalog_number, status, anchor, trial_ends_at
        from subscriptions where tenant_id = $1 and family = $2 for no key update
        """,
        tenant_id,
        family,
    )
    return _subscription(row) if row else None


async def put(
    conn: Connection, tenant_id: UUID, subscriptions: Sequence[Subscription], now: datetime
) -> None:
    """Adds or replaces subscriptions, one a family."""
    await conn.executemany(
        """
        insert into subscriptions
            (tenant_id, family, plan, catalog_number, status, anchor, trial_ends_at, changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (tenant_id, family) do update set
            plan = excluded.plan, catalog_number = excluded.catalog_number,
            status = excluded.status, anchor = excluded.anchor,
            trial_ends_at = excluded.trial_ends_at, changed_at = excluded.changed_at
        """,
        [
            (
                tenant_id,
                each.family,
                each.plan,
                each.catalog_number,
                each.status.value,
                each.anchor,
                each.trial_ends_at,
                now,
            )
            for each in subscriptions
        ],
    )


def _subscription(row: Any) -> Subscription:
    return Subscription(**{**row, "status": SubscriptionStatus(row["status"])})
