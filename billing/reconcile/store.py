"""SQL of comparisons: reads the tables of usage, which it changes none of."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from billing.paging import PageRequest
from billing.reconcile.findings import HourPair
from billing.reconcile.invoiced import InvoicedHour
from billing.reconcile.meters import Submission, Submitted, ToldPeriod
from mesh.database import Connection

_HOURS = """
with ledger as (
    select event_type, date_trunc('hour', billing_time, 'UTC') as hour, revision,
        sum(quantity) as quantity, count(*) as events
    from usage_events
    where tenant_id = $1 and billing_time >= $2 and billing_time < $3
        and received_day >= (($2::timestamptz - interval '1 day') at time zone 'UTC')::date
    group by 1, 2, 3
), summed as (
    select event_type, window_start as hour, revision, sum(quantity) as quantity,
        sum(events)::bigint as events
    from (
        select event_type, window_start, revision, quantity, events from usage_aggregates
        where tenant_id = $1 and window_start >= $2 and window_start < $3
        union all
        select event_type, window_start, revision, quantity, events from usage_deltas
        where tenant_id = $1 and window_start >= $2 and window_start < $3
    ) as both_parts group by 1, 2, 3
)
select event_type as metric, hour, revision,
    coalesce(ledger.quantity, 0) as ledger, coalesce(ledger.events, 0) as ledger_events,
    coalesce(summed.quantity, 0) as summed, coalesce(summed.events, 0) as summed_events
from ledger full join summed using (event_type, hour, revision)
order by hour, event_type, revision
"""

_INVOICED = """
with summed as (
    select event_type as metric, window_start as hour, revision, sum(quantity) as quantity,
        sum(events)::bigint as events
    from (
        select event_type, window_start, revision, quantity, events from usage_aggregates
        where tenant_id = $1 and window_start >= $2 and window_start < $3
        union all
        select event_type, window_start, revision, quantity, events from usage_deltas
        where tenant_id = $1 and window_start >= $2 and window_start < $3
    ) as both_parts group by 1, 2, 3
)
select line.metric, line.hour, line.revision, coalesce(invoices.number, '') as number,
    line.quantity as invoiced, line.events as invoiced_events,
    coalesce(summed.quantity, 0) as summed, coalesce(summed.events, 0) as summed_events
from invoice_line_windows line join invoices using (tenant_id, invoice_id)
left join summed using (metric, hour, revision)
where line.tenant_id = $1 and line.hour >= $2 and line.hour < $3
order by line.hour, line.metric, line.revision
"""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A journal as the cloud has it; `held` counts batches that wait for a person's word."""

    journal_id: UUID
    device_id: UUID
    last_seq: int
    forked: bool
    held: int


@dataclass(frozen=True, slots=True)
class MetricSum:
    """What a journal's events of a metric add up to."""

    metric: str
    quantity: Decimal
    first_seq: int


@dataclass(frozen=True, slots=True)
class Uncounted:
    """An event that does not count, as it came."""

    seq: int
    payload: bytes


async def tenants(conn: Connection, page: PageRequest) -> list[tuple[UUID, datetime]]:
    """Tenants and when they were made, oldest first, one more than belong on the page."""
    after = page.after
    rows = await conn.fetch(
        "select tenant_id, created_at from tenants "
        "where $1::timestamptz is null or (created_at, tenant_id) > ($1, $2::uuid) "
        "order by created_at, tenant_id limit $3",
        after.moment if after else None,
        UUID(after.key) if after else None,
        page.size + 1,
    )
    return [(row["tenant_id"], row["created_at"]) for row in rows]


async def hours(
    conn: Connection, tenant_id: UUID, start: datetime, end: datetime
) -> list[HourPair]:
    """Every hour from `start` up to, but without, `end`, as events and as sums. One statement, so
    one snapshot: an event counts once in each whether it is folded or not."""
    rows = await conn.fetch(_HOURS, tenant_id, start, end)
    return [HourPair(**row) for row in rows]


async def invoiced(
    conn: Connection, tenant_id: UUID, start: datetime, end: datetime
) -> list[InvoicedHour]:
    """Every hour from `start` up to, but without, `end` that is on a line of an invoice."""
    rows = await conn.fetch(_INVOICED, tenant_id, start, end)
    return [InvoicedHour(**row) for row in rows]


async def journals(conn: Connection, tenant_id: UUID) -> list[JournalRow]:
    """Every journal that the tenant's devices ever sent."""
    rows = await conn.fetch(
        """
        select journal_id, device_id, last_seq, state = 'forked' as forked, (
            select count(*) from usage_journal_holds held
            where held.tenant_id = journal.tenant_id and held.journal_id = journal.journal_id
                and held.resolution is null) as held
        from usage_journals journal where tenant_id = $1 order by opened_at, journal_id
        """,
        tenant_id,
    )
    return [JournalRow(**row) for row in rows]


async def statuses(conn: Connection, tenant_id: UUID) -> list[tuple[UUID, bytes]]:
    """The last status of each device in service, as it came."""
    rows = await conn.fetch(
        "select device_id, status from device_status join devices using (tenant_id, device_id) "
        "where tenant_id = $1 and retired_at is null order by device_id",
        tenant_id,
    )
    return [(row["device_id"], row["status"]) for row in rows]


async def journal_sums(
    conn: Connection, tenant_id: UUID, journal_id: UUID, through_seq: int
) -> list[MetricSum]:
    """What a journal's recorded events up to `through_seq` add up to, by metric."""
    rows = await conn.fetch(
        """
        select event_type as metric, sum(quantity) as quantity, min(seq) as first_seq
        from usage_events where tenant_id = $1 and journal_id = $2 and seq <= $3
        group by event_type order by event_type
        """,
        tenant_id,
        journal_id,
        through_seq,
    )
    return [MetricSum(**row) for row in rows]


async def submissions(
    conn: Connection, tenant_id: UUID, start: datetime, end: datetime
) -> list[Submission]:
    """What was made for minutes from `start` up to, but without, `end`, newest first."""
    rows = await conn.fetch(
        "select metric, minute, customer_id, value, state, last_error from stripe_submissions "
        "where tenant_id = $1 and minute >= $2 and minute < $3 order by minute desc, metric",
        tenant_id,
        start,
        end,
    )
    return [Submission(**row) for row in rows]


async def told_periods(
    conn: Connection, tenant_id: UUID, start: datetime, end: datetime
) -> list[ToldPeriod]:
    """Periods with a submission for a minute from `start` up to, but without, `end`, whole."""
    rows = await conn.fetch(
        """
        select s.metric, s.period_start as start,
            coalesce(max(p.ends_at), max(s.minute) + interval '1 minute') as end,
            max(s.customer_id) as customer_id,
            coalesce(sum(s.value) filter (where s.state in ('sent', 'confirmed', 'found')), 0)
                ::bigint as told,
            count(*) filter (where s.state = 'pending') as waiting, max(s.settled_at) as settled_at
        from stripe_submissions s left join billing_periods p
            on p.tenant_id = s.tenant_id and p.starts_at = s.period_start
        where s.tenant_id = $1
        group by s.metric, s.period_start having max(s.minute) >= $2 and min(s.minute) < $3
        order by s.period_start, s.metric
        """,
        tenant_id,
        start,
        end,
    )
    return [ToldPeriod(**row) for row in rows]


async def submitted(conn: Connection, tenant_id: UUID) -> list[Submitted]:
    """Every period of which something was made into submissions, and what these add up to."""
    rows = await conn.fetch(
        """
        select sums.metric, sums.period_start, sums.value as made, coalesce((
            select sum(s.value) from stripe_submissions s
            where s.tenant_id = sums.tenant_id and s.metric = sums.metric
                and s.period_start = sums.period_start), 0)::bigint as added
        from stripe_meter_sums sums where sums.tenant_id = $1
        order by sums.period_start, sums.metric
        """,
        tenant_id,
    )
    return [Submitted(**row) for row in rows]


async def uncounted(
    conn: Connection, tenant_id: UUID, journal_id: UUID, through_seq: int
) -> list[Uncounted]:
    """A journal's events up to `through_seq` that do not count."""
    rows = await conn.fetch(
        "select seq, payload from usage_exceptions "
        "where tenant_id = $1 and journal_id = $2 and seq <= $3 order by seq",
        tenant_id,
        journal_id,
        through_seq,
    )
    return [Uncounted(**row) for row in rows]
