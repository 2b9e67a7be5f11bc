"""SQL of sums: deltas, hours and the totals over both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from billing.usage.windows import HourSum
from mesh.database import Connection


@dataclass(frozen=True, slots=True)
class Total:
    """The use of a metric in a window that begins at `window_start` (aware, UTC)."""

    event_type: str
    window_start: datetime
    quantity: Decimal
    events: int


_TOTALS = """
select event_type, date_trunc($4, window_start, 'UTC') as window_start,
    sum(quantity) as quantity, sum(events)::bigint as events
from (
    select event_type, window_start, quantity, events from usage_aggregates
    where tenant_id = $1 and window_start >= $2 and window_start < $3
    union all
    select event_type, window_start, quantity, events from usage_deltas
    where tenant_id = $1 and window_start >= $2 and window_start < $3
) as hours
where $5 = '' or event_type = $5
group by 1, 2
having $6::timestamptz is null
    or (date_trunc($4, window_start, 'UTC'), event_type) > ($6, $7)
order by 2, 1
limit $8
"""

_SUMS = """
select w.event_type, w.starts_at, coalesce((
    select sum(quantity) from usage_aggregates a
    where a.tenant_id = $1 and a.event_type = w.event_type
        and a.window_start >= w.starts_at and a.window_start < w.ends_at), 0)
  + coalesce((
    select sum(quantity) from usage_deltas d
    where d.tenant_id = $1 and d.event_type = w.event_type
        and d.window_start >= w.starts_at and d.window_start < w.ends_at), 0) as quantity
from unnest($2::text[], $3::timestamptz[], $4::timestamptz[])
    as w (event_type, starts_at, ends_at)
"""

_HOURS = """
select event_type as metric, window_start as hour, sum(quantity) as quantity,
    sum(events)::bigint as events
from (
    select event_type, window_start, quantity, events from usage_aggregates
    where tenant_id = $1 and revision = $2
        and ($3::timestamptz is null or window_start >= $3)
        and ($4::timestamptz is null or window_start < $4)
    union all
    select event_type, window_start, quantity, events from usage_deltas
    where tenant_id = $1 and revision = $2
        and ($3::timestamptz is null or window_start >= $3)
        and ($4::timestamptz is null or window_start < $4)
) as hours
group by 1, 2 order by 2, 1
"""

_FOLD = """
with taken as (
    delete from usage_deltas where (tenant_id, delta_id) in (
        select tenant_id, delta_id from usage_deltas
        order by tenant_id, delta_id limit $1 for update skip locked)
    returning tenant_id, event_type, window_start, revision, quantity, events, largest
), folded as (
    insert into usage_aggregates as held
        (tenant_id, event_type, window_start, revision, quantity, events, largest)
    select tenant_id, event_type, window_start, revision,
        sum(quantity), sum(events), max(largest)
    from taken
    group by tenant_id, event_type, window_start, revision
    order by tenant_id, event_type, window_start, revision
    on conflict (tenant_id, event_type, window_start, revision) do update
    set quantity = held.quantity + excluded.quantity, events = held.events + excluded.events,
        largest = greatest(held.largest, excluded.largest)
)
select count(*) from taken
"""


_KEYS = "unnest($2::text[], $3::timestamptz[], $4::integer[]) as k (event_type, hour, revision)"

_FORGET = """
delete from {table} s using {keys}
where s.tenant_id = $1 and (s.event_type, s.window_start, s.revision)
    = (k.event_type, k.hour, k.revision)
"""

_REBUILD = f"""
insert into usage_aggregates
    (tenant_id, event_type, window_start, revision, quantity, events, largest)
select $1, k.event_type, k.hour, k.revision, sum(e.quantity), count(*), max(e.quantity)
from {_KEYS}
join usage_events e on e.tenant_id = $1 and e.event_type = k.event_type
    and e.revision = k.revision and e.billing_time >= k.hour
    and e.billing_time < k.hour + interval '1 hour'
    and e.received_day >= ($5::timestamptz at time zone 'UTC')::date
group by k.event_type, k.hour, k.revision
order by k.event_type, k.hour, k.revision
"""  # noqa: S608 - constant


async def totals(
    conn: Connection,
    tenant_id: UUID,
    *,
    start: datetime,
    end: datetime,
    window: str,
    event_type: str = "",
    after: tuple[datetime, str] | None = None,
    limit: int | None = None,
) -> list[Total]:
    """Sums of the hours that begin from `start` up to, but without, `end`.

    `window` is hour, day or month, UTC; an empty `event_type` means all. Ordered by window
    and metric, after the pair `after`. One statement, so one snapshot: an event counts
    once whether it is folded or not.
    """
    moment, name = after or (None, "")
    rows = await conn.fetch(_TOTALS, tenant_id, start, end, window, event_type, moment, name, limit)
    return [Total(**row) for row in rows]


async def sums(
    conn: Connection, tenant_id: UUID, windows: Sequence[tuple[str, datetime, datetime]]
) -> dict[tuple[str, datetime], Decimal]:
    """The use of metrics, each from a start up to, but without, an end, both full hours; by
    metric and start. One statement, as `totals`."""
    rows = await conn.fetch(
        _SUMS,
        tenant_id,
        [metric for metric, _, _ in windows],
        [start for _, start, _ in windows],
        [end for _, _, end in windows],
    )
    return {(row["event_type"], row["starts_at"]): row["quantity"] for row in rows}


async def hours(
    conn: Connection,
    tenant_id: UUID,
    revision: int,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[HourSum]:
    """Sums of one revision by hour and metric, of the hours that begin from `start` up to, but
    without, `end`. One statement, as `totals`."""
    rows = await conn.fetch(_HOURS, tenant_id, revision, start, end)
    return [HourSum(**row) for row in rows]


async def fold(conn: Connection, limit: int) -> int:
    """Moves up to `limit` deltas into their hours; returns how many it took.

    Any number may fold at once: none waits for a delta that another took, and all touch the
    hours in the same order.
    """
    return int(await conn.fetchval(_FOLD, limit))


async def rebuild(
    conn: Connection, tenant_id: UUID, keys: Sequence[tuple[str, datetime, int]]
) -> None:
    """Makes the sums of (metric, hour, revision) anew from their events.

    The tenant's billing account is locked, so that nothing is recorded meanwhile. A fold that
    took a delta is waited for, and what it summed is replaced.
    """
    metrics, hours, revisions = (list(part) for part in zip(*keys, strict=True))
    for table in ("usage_deltas", "usage_aggregates"):
        forget = _FORGET.format(table=table, keys=_KEYS)
        await conn.execute(forget, tenant_id, metrics, hours, revisions)
    first = min(hours) - timedelta(days=1)
    await conn.execute(_REBUILD, tenant_id, metrics, hours, revisions, first)


async def make_partitions(conn: Connection, first_day: date, months: int) -> int:
    """Makes the missing monthly partitions of usage events; returns how many."""
    return int(await conn.fetchval("select make_usage_partitions($1, $2)", first_day, months))
