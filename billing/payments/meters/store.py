"""SQL of submissions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.paging import PageRequest
from billing.payments.meters.row import SubmissionRow, SubmissionState
from mesh.database import Connection

_COLUMNS = """tenant_id, metric, minute, customer_id, value, identifier, state, attempts,
    first_sent_at, last_error, created_at"""

_HELD = """exists (select from stripe_leases where work = $4 and holder = $5)"""


@dataclass(frozen=True, slots=True)
class SumRow:
    """What of a period's use was made into submissions: `value` is the whole part of it, or more
    where the provider has more. `compared` is the generation in which that was looked for last."""

    quantity: Decimal
    value: int
    compared: int = 0


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits: how many, and since when the oldest does (None: nothing)."""

    pending: int
    failed: int
    oldest: datetime | None


async def known(conn: Connection, tenant_ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """The provider's ids of customer and subscription, of tenants that have both."""
    rows = await conn.fetch(
        """
        select tenant_id, stripe_customer_id, subscription_id
        from tenants join stripe_subscriptions using (tenant_id)
        where tenant_id = any($1::uuid[]) and stripe_customer_id is not null
            and subscription_id is not null
        """,
        list(tenant_ids),
    )
    return {row["tenant_id"]: (row["stripe_customer_id"], row["subscription_id"]) for row in rows}


async def lock_sums(
    conn: Connection, tenant_id: UUID, metrics: Sequence[str], period_start: datetime
) -> dict[str, SumRow]:
    """The sums of sorted metrics, made where there is none, locked until the transaction ends."""
    await conn.execute(
        """
        insert into stripe_meter_sums (tenant_id, metric, period_start)
        select $1, metric, $3 from unnest($2::text[]) as given (metric) order by metric
        on conflict do nothing
        """,
        tenant_id,
        metrics,
        period_start,
    )
    rows = await conn.fetch(
        """
        select metric, quantity, value, compared from stripe_meter_sums
        where tenant_id = $1 and metric = any($2::text[]) and period_start = $3
        order by metric for update
        """,
        tenant_id,
        metrics,
        period_start,
    )
    return {row["metric"]: SumRow(row["quantity"], row["value"], row["compared"]) for row in rows}


async def raise_sum(
    conn: Connection, tenant_id: UUID, metric: str, period_start: datetime, told: SumRow
) -> None:
    """What is told from now on."""
    await conn.execute(
        """
        update stripe_meter_sums set quantity = $4, value = $5
        where tenant_id = $1 and metric = $2 and period_start = $3
        """,
        tenant_id,
        metric,
        period_start,
        told.quantity,
        told.value,
    )


async def free_minute(
    conn: Connection, tenant_id: UUID, metric: str, first: datetime, last: datetime
) -> datetime | None:
    """The latest minute from `first` to `last` that no submission of the metric owns."""
    minute: datetime | None = await conn.fetchval(
        """
        select free.minute
        from generate_series($4::timestamptz, $3, interval '-1 minute') as free (minute)
        where not exists (
            select from stripe_submissions held
            where held.tenant_id = $1 and held.metric = $2 and held.minute = free.minute)
        order by free.minute desc limit 1
        """,
        tenant_id,
        metric,
        first,
        last,
    )
    return minute


async def add(conn: Connection, row: SubmissionRow, period_start: datetime) -> None:
    """A submission: one that waits is to be sent at once, all else is settled."""
    await conn.execute(
        """
        insert into stripe_submissions (tenant_id, metric, minute, period_start, customer_id,
            value, identifier, state, next_try_at, created_at, settled_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9,
            case when $8 <> 'pending' then $9::timestamptz end)
        """,
        row.tenant_id,
        row.metric,
        row.minute,
        period_start,
        row.customer_id,
        row.value,
        row.identifier,
        row.state.value,
        row.created_at,
    )


async def due_meters(conn: Connection, now: datetime) -> list[tuple[UUID, str]]:
    """Tenants and metrics with something to send, the one that waits longest first."""
    rows = await conn.fetch(
        """
        select tenant_id, metric from stripe_submissions
        where state = 'pending' and next_try_at <= $1
        group by tenant_id, metric order by min(next_try_at)
        """,
        now,
    )
    return [(row["tenant_id"], row["metric"]) for row in rows]


async def due(conn: Connection, tenant_id: UUID, metric: str, now: datetime) -> list[SubmissionRow]:
    """What is to be sent of a tenant's metric, by minute."""
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from stripe_submissions
        where tenant_id = $1 and metric = $2 and state = 'pending' and next_try_at <= $3
        order by minute
        """,  # noqa: S608 - constant
        tenant_id,
        metric,
        now,
    )
    return [_row(row) for row in rows]


async def begin(
    conn: Connection, row: SubmissionRow, now: datetime, work: str, holder: UUID
) -> bool:
    """Notes that it is sent now; False when somebody else sends for this meter meanwhile, or the
    database is another than the one that was noted."""
    return bool(
        await conn.fetchval(
            f"""
            update stripe_submissions set attempts = attempts + 1,
                first_sent_at = coalesce(first_sent_at, $6)
            where tenant_id = $1 and metric = $2 and minute = $3 and state = 'pending' and {_HELD}
                and stripe_remembers()
            returning true
            """,  # noqa: S608 - constant
            row.tenant_id,
            row.metric,
            row.minute,
            work,
            holder,
            now,
        )
    )


async def settle(
    conn: Connection, row: SubmissionRow, state: SubmissionState, error: str, now: datetime
) -> None:
    """It is done with, one way or the other."""
    await conn.execute(
        """
        update stripe_submissions set state = $4, last_error = $5, settled_at = $6
        where tenant_id = $1 and metric = $2 and minute = $3 and state = 'pending'
        """,
        row.tenant_id,
        row.metric,
        row.minute,
        state.value,
        error,
        now,
    )


async def postpone(conn: Connection, row: SubmissionRow, error: str, next_try_at: datetime) -> None:
    """It is tried again then."""
    await conn.execute(
        """
        update stripe_submissions set last_error = $4, next_try_at = $5
        where tenant_id = $1 and metric = $2 and minute = $3 and state = 'pending'
        """,
        row.tenant_id,
        row.metric,
        row.minute,
        error,
        next_try_at,
    )


async def rename(conn: Connection, row: SubmissionRow, identifier: str, now: datetime) -> None:
    """It did not land under the old identifier, and is sent under another."""
    await conn.execute(
        """
        update stripe_submissions set identifier = $4, first_sent_at = null, next_try_at = $5
        where tenant_id = $1 and metric = $2 and minute = $3 and state = 'pending'
        """,
        row.tenant_id,
        row.metric,
        row.minute,
        identifier,
        now,
    )


async def waits(conn: Connection, tenant_id: UUID, period_start: datetime, since: datetime) -> bool:
    """Whether anything of a period is still to be sent, or was sent after `since`."""
    return bool(
        await conn.fetchval(
            """
            select exists (select from stripe_submissions
                where tenant_id = $1 and period_start = $2
                    and (state = 'pending' or state = 'sent' and settled_at > $3))
            """,
            tenant_id,
            period_start,
            since,
        )
    )


async def backlog(conn: Connection) -> Backlog:
    """What waits, of every tenant; for the worker role."""
    row = await conn.fetchrow(
        """
        select count(*) filter (where state = 'pending') as pending,
            count(*) filter (where state = 'failed') as failed,
            min(created_at) filter (where state = 'pending') as oldest
        from stripe_submissions where state in ('pending', 'failed')
        """
    )
    assert row is not None
    return Backlog(**row)


async def page(
    conn: Connection,
    request: PageRequest,
    *,
    tenant_id: UUID | None,
    state: SubmissionState | None,
) -> Sequence[SubmissionRow]:
    """Submissions, newest first, one more than asked for; for the vendor role."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from stripe_submissions
        where ($1::uuid is null or tenant_id = $1) and ($2::text is null or state = $2)
            and ($3::timestamptz is null or (created_at, identifier) < ($3, $4))
        order by created_at desc, identifier desc limit $5
        """,  # noqa: S608 - constant
        tenant_id,
        state.value if state else None,
        after.moment if after else None,
        after.key if after else None,
        request.size + 1,
    )
    return [_row(row) for row in rows]


def _row(row: Any) -> SubmissionRow:
    return SubmissionRow(**{**row, "state": SubmissionState(row["state"])})
