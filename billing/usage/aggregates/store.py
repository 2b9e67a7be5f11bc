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
    """The use of a metric; `largest` is the largest quantity of one event."""

    event_type: str
    quantity: Decimal
    events: int
    largest: Decimal


@dataclass(frozen=True, slots=True)
class Retired:
    """A partition that was dropped, and how many events it held."""

    name: str
    events: int


_TOTALS = """
select event_type, sum(quantity) as quantity, sum(events)::bigint as events,
    max(largest) as largest
from (
    select event_type, quantity, events, largest from usage_aggregates
    where tenant_id = $1 and window_start >= $2 and window_start < $3
    union all
    select event_type, quantity, events, largest from usage_deltas
    where tenant_id = $1 and window_start >= $2 and window_start < $3
) as hours
group by 1 order by 1
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
    conn: Connection, tenant_id: UUID, *, start: datetime, end: datetime
) -> list[Total]:
    """The use of each metric in the hours that begin from `start` up to, but without, `end`.

    One statement, so one snapshot: an event counts once whether it is folded or not.
    """
    return [Total(**row) for row in await conn.fetch(_TOTALS, tenant_id, start, end)]


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


async def retire_partitions(conn: Connection, before: date) -> list[Retired]:
    """Drops the partitions that end at or before a day and of which nothing is unbilled."""
    rows = await conn.fetch("select * from retire_usage_partitions($1)", before)
    return [Retired(row["partition"], row["events"]) for row in rows]


async def make_partitions(conn: Connection, first_day: date, months: int) -> int:
    """Makes the missing monthly partitions of usage events; returns how many."""
    return int(await conn.fetchval("select make_usage_partitions($1, $2)", first_day, months))
