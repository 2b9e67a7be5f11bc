"""SQL of held batches."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from billing.paging import PageRequest
from billing.usage.journals.holds.held import HeldBatch, Recorded, Resolution, Waiting
from mesh.database import Connection


async def page(conn: Connection, tenant_id: UUID, request: PageRequest) -> list[HeldBatch]:
    """Batches, newest first, one more than the page holds."""
    after = request.after
    key = "journal_id || ':' || first_seq || ':' || encode(head_hash, 'hex')"
    rows = await conn.fetch(
        f"""
        select journal_id, journal.device_id, first_seq, cardinality(payloads) as events, head_hash,
            held_at, resolution, reason, resolved_at
        from usage_journal_holds join usage_journals journal using (tenant_id, journal_id)
        where tenant_id = $1 and ($2::timestamptz is null or (held_at, {key}) < ($2, $3))
        order by held_at desc, {key} desc limit $4
        """,  # noqa: S608 - constant
        tenant_id,
        None if after is None else after.moment,
        "" if after is None else after.key,
        request.size + 1,
    )
    return [
        HeldBatch(**{**row, "resolution": row["resolution"] and Resolution(row["resolution"])})
        for row in rows
    ]


async def device_of(conn: Connection, tenant_id: UUID, journal_id: UUID) -> UUID | None:
    """The device of a journal that has held batches; None without any. Locks the journal, so that
    one at a time decides about it."""
    found: UUID | None = await conn.fetchval(
        """
        select device_id from usage_journals j where tenant_id = $1 and journal_id = $2
            and exists (select from usage_journal_holds h
                where h.tenant_id = j.tenant_id and h.journal_id = j.journal_id)
        for update of j
        """,
        tenant_id,
        journal_id,
    )
    return found


async def waiting(conn: Connection, tenant_id: UUID, journal_id: UUID, limit: int) -> list[Waiting]:
    """The oldest batches that wait."""
    rows = await conn.fetch(
        """
        select first_seq, previous_hash, head_hash, payloads from usage_journal_holds
        where tenant_id = $1 and journal_id = $2 and resolution is null
        order by held_at, first_seq, head_hash limit $3
        """,
        tenant_id,
        journal_id,
        limit,
    )
    return [Waiting(**{**row, "payloads": tuple(row["payloads"])}) for row in rows]


async def remaining(conn: Connection, tenant_id: UUID, journal_id: UUID) -> int:
    """How many batches wait."""
    found: int = await conn.fetchval(
        "select count(*) from usage_journal_holds "
        "where tenant_id = $1 and journal_id = $2 and resolution is null",
        tenant_id,
        journal_id,
    )
    return found


async def resolve(
    conn: Connection,
    tenant_id: UUID,
    journal_id: UUID,
    batches: Sequence[Waiting],
    *,
    resolution: Resolution,
    reason: str,
    now: datetime,
) -> None:
    """Writes what was decided about batches."""
    await conn.execute(
        """
        update usage_journal_holds h set resolution = $5, reason = $6, resolved_at = $7
        from unnest($3::bigint[], $4::bytea[]) as chosen (first_seq, head_hash)
        where h.tenant_id = $1 and h.journal_id = $2
            and h.first_seq = chosen.first_seq and h.head_hash = chosen.head_hash
        """,
        tenant_id,
        journal_id,
        [each.first_seq for each in batches],
        [each.head_hash for each in batches],
        resolution.value,
        reason,
        now,
    )


async def recorded(
    conn: Connection, tenant_id: UUID, journal_id: UUID, first_seq: int, last_seq: int
) -> dict[int, Recorded]:
    """What the journal has on record between two numbers, by number.

    Reads the tenant's events from the day the journal was opened: for a person, not for ingest.
    """
    rows = await conn.fetch(
        """
        select seq, event_type, resource_id, (quantity * 100000)::bigint as units,
            (extract(epoch from event_time) * 1000000)::bigint as event_time_us,
            coalesce(request_id, '') as request_id, dimensions::text as dimensions,
            null::bytea as payload
        from usage_events
        where tenant_id = $1 and journal_id = $2 and seq between $3 and $4
            and received_day >= (
                select (opened_at at time zone 'UTC')::date from usage_journals
                where tenant_id = $1 and journal_id = $2)
        union all
        select seq, '', '', 0, 0, '', null, payload from usage_exceptions
        where tenant_id = $1 and journal_id = $2 and seq between $3 and $4
        """,
        tenant_id,
        journal_id,
        first_seq,
        last_seq,
    )
    return {row["seq"]: Recorded(**row) for row in rows}
