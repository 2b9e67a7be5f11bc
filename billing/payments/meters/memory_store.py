"""SQL of what the database is, of what is to be compared because of it, and tried anew."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from billing.payments.meters import store
from billing.payments.meters.memory import Memory
from billing.payments.meters.row import SubmissionRow, SubmissionState
from mesh.database import Connection


async def look(conn: Connection, now: datetime) -> Memory:
    """What the database is. Where it is another than before, that is noted, and submissions that
    wait count as sent since they were made; for the worker role."""
    known = await remembered(conn)
    if known is not None:
        return known
    await conn.execute(
        """
        insert into stripe_memory (standing, written_by, generation, since)
        values ('', pg_current_xact_id(), 0, $1) on conflict do nothing
        """,
        now,
    )
    await conn.execute("select from stripe_memory for update")
    if (known := await remembered(conn)) is not None:
        return known
    generation: int = await conn.fetchval(
        """
        update stripe_memory set standing = stripe_standing(), written_by = pg_current_xact_id(),
            generation = generation + 1, since = $1
        returning generation
        """,
        now,
    )
    await conn.execute(
        "update stripe_submissions set first_sent_at = created_at "
        "where state = 'pending' and first_sent_at is null"
    )
    return Memory(generation, now)


async def remembered(conn: Connection) -> Memory | None:
    """None where the database is another than the one that was noted."""
    row = await conn.fetchrow(
        "select generation, since from stripe_memory where stripe_remembers()"
    )
    return Memory(**row) if row is not None else None


async def compared(
    conn: Connection, tenant_id: UUID, metrics: Sequence[str], period_start: datetime
) -> dict[str, int]:
    """The generation in which each metric of a period was compared last; -1: to be compared again;
    those of which nothing was ever told are left out."""
    rows = await conn.fetch(
        "select metric, compared from stripe_meter_sums "
        "where tenant_id = $1 and metric = any($2::text[]) and period_start = $3",
        tenant_id,
        list(metrics),
        period_start,
    )
    return {row["metric"]: row["compared"] for row in rows}


async def set_compared(
    conn: Connection, tenant_id: UUID, metric: str, period_start: datetime, generation: int
) -> None:
    """It was compared in this generation; -1: it is to be."""
    await conn.execute(
        "update stripe_meter_sums set compared = $4 "
        "where tenant_id = $1 and metric = $2 and period_start = $3",
        tenant_id,
        metric,
        period_start,
        generation,
    )


async def of_period(
    conn: Connection, tenant_id: UUID, metric: str, period_start: datetime
) -> list[tuple[datetime, int, SubmissionState, datetime | None]]:
    """Minute, value, state and moment of settling of a period's submissions."""
    rows = await conn.fetch(
        "select minute, value, state, settled_at from stripe_submissions "
        "where tenant_id = $1 and metric = $2 and period_start = $3",
        tenant_id,
        metric,
        period_start,
    )
    return [
        (row["minute"], row["value"], SubmissionState(row["state"]), row["settled_at"])
        for row in rows
    ]


async def add_found(
    conn: Connection, rows: Sequence[SubmissionRow], period_start: datetime
) -> None:
    """What the provider was found to have; the period's sum is raised by it."""
    for row in rows:
        await store.add(conn, row, period_start)
        await conn.execute(
            """
            update stripe_meter_sums set value = value + $4
            where tenant_id = $1 and metric = $2 and period_start = $3
            """,
            row.tenant_id,
            row.metric,
            period_start,
            row.value,
        )


async def hasten(conn: Connection, tenant_id: UUID, now: datetime) -> None:
    """Whatever of a tenant waits for its next try is due now."""
    await conn.execute(
        "update stripe_submissions set next_try_at = $2 "
        "where tenant_id = $1 and state = 'pending' and next_try_at > $2",
        tenant_id,
        now,
    )
