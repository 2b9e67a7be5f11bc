"""SQL of events that carry their own ids."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from billing.usage.events import AdmittedEvent
from mesh.database import Connection

_RECORD = """
with event as materialized (
    select * from unnest(
        $3::text[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
        $10::text[], $11::jsonb[])
    as sent (event_id, payload_hash, event_type, resource_id, quantity, used, billed, request_id,
        dimensions)
), fresh as (
    insert into usage_ids (tenant_id, event_id, payload_hash, received_day)
    select $1, event_id, payload_hash, ($2::timestamptz at time zone 'UTC')::date from event
    on conflict (tenant_id, event_id) do nothing
    returning event_id
), recorded as (
    insert into usage_events (
        tenant_id, received_day, event_type, resource_id, quantity, event_time, billing_time,
        received_at, billing_corrected, event_id, reporter, request_id, dimensions)
    select $1, ($2::timestamptz at time zone 'UTC')::date, event_type, resource_id,
        quantity::numeric,
        timestamptz 'epoch' + used * interval '1 microsecond',
        timestamptz 'epoch' + billed * interval '1 microsecond',
        $2, used <> billed, event_id, $12, request_id, dimensions
    from event join fresh using (event_id)
), delta as (
    insert into usage_deltas (tenant_id, event_type, window_start, quantity, events)
    select $1, event_type, timestamptz 'epoch' + (billed / 3600000000) * interval '1 hour',
        sum(quantity::numeric), count(*)
    from event join fresh using (event_id)
    group by 2, 3
)
select event_id from fresh
"""


async def record(
    conn: Connection,
    tenant_id: UUID,
    events: Sequence[AdmittedEvent],
    *,
    billing_times: Sequence[int],
    reporter: str,
    received_at: datetime,
) -> set[str]:
    """Records the events whose ids are new, with their sums; returns those ids.

    `events` have distinct ids and are sorted by them, so that batches that overlap wait for
    each other instead of deadlocking; `billing_times` (microseconds since 1970) run parallel.
    """
    rows = await conn.fetch(
        _RECORD,
        tenant_id,
        received_at,
        [event.event_id for event in events],
        [event.payload_hash for event in events],
        [event.event_type for event in events],
        [event.resource_id for event in events],
        [event.quantity for event in events],
        [event.event_time_us for event in events],
        billing_times,
        [event.request_id or None for event in events],
        [event.dimensions for event in events],
        reporter or None,
    )
    return {row["event_id"] for row in rows}


async def recorded_hashes(
    conn: Connection, tenant_id: UUID, event_ids: Sequence[str]
) -> dict[str, bytes]:
    """Event id to the payload hash that came first."""
    rows = await conn.fetch(
        "select event_id, payload_hash from usage_ids "
        "where tenant_id = $1 and event_id = any($2::text[])",
        tenant_id,
        event_ids,
    )
    return {row["event_id"]: row["payload_hash"] for row in rows}
