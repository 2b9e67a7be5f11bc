"""Fills the ledger of a tenant by SQL, as ingest would have left it before the first fold."""

from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

METRICS = ("agent_execution", "api_call", "llm_token", "sms", "storage_gb_day")
HOURS = 200
SUMS = len(METRICS) * HOURS
_BATCH = 1_000
_AT_ONCE = 250_000

_EVENTS = """
insert into usage_events (tenant_id, received_day, event_type, resource_id, quantity, event_time,
    billing_time, received_at, billing_corrected, journal_id, seq)
select $1, (now() at time zone 'UTC')::date, ($2::text[])[1 + n % cardinality($2::text[])],
    'camera-' || n % 100, 1 + n % 7, at, at, now(), false, $3, n
from generate_series($4::bigint, $5::bigint) as n,
    lateral (select $6::timestamptz + n * $7::integer / $8::bigint * interval '1 hour') as t (at)
"""
_DELTAS = """
insert into usage_deltas
    (tenant_id, event_type, window_start, revision, quantity, events, largest)
select tenant_id, event_type, billing_time, 0, sum(quantity), count(*), max(quantity)
from usage_events where tenant_id = $1
group by tenant_id, event_type, billing_time, seq / $2::integer
"""


async def fill(
    conn: "asyncpg.Connection[asyncpg.Record]", tenant_id: UUID, start: datetime, events: int
) -> None:
    """Gives a tenant so many events (at least SUMS), spread evenly over the HOURS from `start` (a
    full hour, aware) and METRICS, and the sums that batches of 1,000 would have added.

    Whatever the number of events, they come to SUMS sums of a metric and hour.
    """
    journal_id = uuid4()
    for first in range(0, events, _AT_ONCE):
        last = min(first + _AT_ONCE, events) - 1
        asked = (tenant_id, list(METRICS), journal_id, first, last, start, HOURS, events)
        await conn.execute(_EVENTS, *asked)
    await conn.execute(_DELTAS, tenant_id, _BATCH)
