"""SQL of what was used, by window: from the sums, and from the events where they cannot tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from billing.usage.queries.query import Window
from mesh.database import Connection
from rights.periods import Period


@dataclass(frozen=True, slots=True)
class Span:
    """Windows of the hours (for MINUTE minutes) from `start` up to, but without, `end`.

    An empty `event_type` means all. `periods` are the windows of PERIOD.
    """

    window: Window
    start: datetime
    end: datetime
    event_type: str
    periods: Sequence[Period] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """The use of a metric in a window that begins at `window_start` (aware, UTC)."""

    event_type: str
    window_start: datetime
    quantity: Decimal
    events: int
    largest: Decimal


_HOURS = """
    select event_type, window_start as moment, quantity, events, largest from usage_aggregates
    where tenant_id = $1 and window_start >= $2 and window_start < $3
        and ($4 = '' or event_type = $4)
    union all
    select event_type, window_start, quantity, events, largest from usage_deltas
    where tenant_id = $1 and window_start >= $2 and window_start < $3
        and ($4 = '' or event_type = $4)
"""
_EVENTS = """
    select event_type, billing_time as moment, quantity, 1 as events, quantity as largest,
        resource_id
    from usage_events
    where tenant_id = $1 and billing_time >= $2 and billing_time < $3
        and ($4 = '' or event_type = $4)
        and received_day >= (($2 - interval '1 day') at time zone 'UTC')::date
"""
_WINDOWS = """
    select used.*, coalesce(period.starts, date_trunc($5, moment, 'UTC')) as window_start
    from ({source}) as used
    left join unnest($6::timestamptz[], $7::timestamptz[]) as period (starts, ends)
        on moment >= starts and moment < ends
"""
_TOTALS = """
select event_type, window_start, sum(quantity) as quantity, sum(events)::bigint as events,
    max(largest) as largest
from ({windows}) as windows
group by 1, 2
having $8::timestamptz is null or (window_start, event_type) > ($8, $9)
order by 2, 1 limit $10
"""
_UNIQUE = """
select event_type, window_start, count(distinct resource_id) as resources
from ({windows}) as windows group by 1, 2
"""
_OF_SUMS = _TOTALS.format(windows=_WINDOWS.format(source=_HOURS))
_OF_EVENTS = _TOTALS.format(windows=_WINDOWS.format(source=_EVENTS))
_DISTINCT = _UNIQUE.format(windows=_WINDOWS.format(source=_EVENTS))


async def totals(
    conn: Connection,
    tenant_id: UUID,
    span: Span,
    *,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Total]:
    """Sums by window and metric, after the pair `after`.

    One statement, so one snapshot: an event counts once whether it is folded or not. Minutes are
    counted from the events, the rest is read from the sums.
    """
    moment, name = after or (None, "")
    sql = _OF_EVENTS if span.window is Window.MINUTE else _OF_SUMS
    rows = await conn.fetch(sql, *_arguments(tenant_id, span), moment, name, limit)
    return [Total(**row) for row in rows]


async def unique(conn: Connection, tenant_id: UUID, span: Span) -> dict[tuple[str, datetime], int]:
    """Distinct resources by metric and window, counted from the events."""
    rows = await conn.fetch(_DISTINCT, *_arguments(tenant_id, span))
    return {(row["event_type"], row["window_start"]): row["resources"] for row in rows}


def _arguments(tenant_id: UUID, span: Span) -> tuple[object, ...]:
    return (
        tenant_id,
        span.start,
        span.end,
        span.event_type,
        "hour" if span.periods else span.window.value,
        [each.start for each in span.periods],
        [each.end for each in span.periods],
    )
