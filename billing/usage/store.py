"""SQL of events that carry their own ids."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from billing.paging import PageRequest
from billing.usage.events import AdmittedEvent
from billing.usage.windows import RecordedEvent
from mesh.database import Connection

ACCOUNT = """
gate as materialized (
    select pg_advisory_xact_lock_shared(hashtextextended($1::uuid::text, 0))
), held as materialized (
    select closes, case when closed_before > '-infinity'
        then (extract(epoch from closed_before) * 1000000)::bigint end as closed_us
    from gate cross join billing_accounts b where b.tenant_id = $1 for share of b
), account as (
    select max(closes) as closes, max(closed_us) as closed_us from held
)"""
"""Tells what is late: use billed before `closed_us` (microseconds since 1970, null: nothing is
closed) gets `closes` as its revision. A close waits until the transaction ends, or is waited for;
then this sees what it left. The row's lock alone would let those who share it overtake a close for
as long as they keep coming; the gate is a queue. The tenant is $1."""

_RECORD = f"""
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
), {ACCOUNT}, recorded as (
    insert into usage_events (
        tenant_id, received_day, event_type, resource_id, quantity, event_time, billing_time,
        received_at, billing_corrected, event_id, reporter, request_id, dimensions,
        revision)
    select $1, ($2::timestamptz at time zone 'UTC')::date, event_type, resource_id,
        quantity::numeric,
        timestamptz 'epoch' + used * interval '1 microsecond',
        timestamptz 'epoch' + billed * interval '1 microsecond',
        $2, used <> billed, event_id, $12, request_id, dimensions,
        case when billed < account.closed_us then account.closes else 0 end
    from event join fresh using (event_id) cross join account
), delta as (
    insert into usage_deltas
        (tenant_id, event_type, window_start, revision, quantity, events, largest)
    select $1, event_type, timestamptz 'epoch' + (billed / 3600000000) * interval '1 hour',
        case when billed < account.closed_us then account.closes else 0 end,
        sum(quantity::numeric), count(*), max(quantity::numeric)
    from event join fresh using (event_id) cross join account
    group by 2, 3, 4
)
select event_id from fresh
"""  # noqa: S608 - constant


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


_ID = "coalesce(event_id, journal_id || ':' || seq) collate \"C\""

_EVENTS = f"""
select {_ID} as event_id, resource_id, quantity, event_time, billing_time, received_at,
    billing_corrected, coalesce(reporter, '') as reporter, coalesce(request_id, '') as request_id,
    dimensions::text as dimensions
from usage_events
where tenant_id = $1 and event_type = $2 and revision = $4
    and billing_time >= $3 and billing_time < $3 + interval '1 hour'
    and received_day >= (($3 - interval '1 day') at time zone 'UTC')::date
    and ($5::timestamptz is null or (billing_time, {_ID}) > ($5, $6))
order by billing_time, {_ID} limit $7
"""  # noqa: S608 - constant


async def events_of(
    conn: Connection,
    tenant_id: UUID,
    page: PageRequest,
    *,
    metric: str,
    hour: datetime,
    revision: int,
) -> list[RecordedEvent]:
    """The events of an hour and revision by billing_time and id, one more than the page holds.

    None was received long before its hour, which spares the older partitions.
    """
    after = page.after
    rows = await conn.fetch(
        _EVENTS,
        tenant_id,
        metric,
        hour,
        revision,
        None if after is None else after.moment,
        "" if after is None else after.key,
        page.size + 1,
    )
    return [RecordedEvent(**row) for row in rows]
