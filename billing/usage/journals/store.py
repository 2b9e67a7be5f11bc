"""SQL of journals and of the events that they bring."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.usage.journals.batch import Series
from billing.usage.store import ACCOUNT
from mesh.database import Connection


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal's row; `forked` when its events are held instead of recorded.

    `retired` when the device that writes it was retired.
    """

    device_id: UUID
    stream_id: UUID
    last_seq: int
    last_hash: bytes
    forked: bool
    retired: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A move of a journal from just before `first_seq` to `last_seq`, with its events.

    The lists run in parallel from `first_seq` on. `series_of` numbers `series` from 1; an
    event with another number is left out. Times are microseconds since 1970-01-01 UTC,
    quantities count 0.00001.
    """

    tenant_id: UUID
    journal_id: UUID
    device_id: UUID
    stream_id: UUID
    first_seq: int
    previous_hash: bytes
    last_seq: int
    head_hash: bytes
    received_at: datetime
    series: Sequence[Series]
    series_of: Sequence[int]
    quantities: Sequence[int]
    event_times: Sequence[int]
    billing_times: Sequence[int]
    request_ids: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class UncountedEvent:
    """An event that is recorded but does not count, and why."""

    seq: int
    reason: str
    payload: bytes


_JOURNAL = """
device_id, stream_id, last_seq, last_hash, state = 'forked' as forked, exists (
    select from devices
    where devices.tenant_id = held.tenant_id and devices.device_id = held.device_id
        and devices.retired_at is not null) as retired
"""

_TAKE = f"""
with journal as (
    update usage_journals
    set last_seq = $7, last_hash = $8, updated_at = $9
    where tenant_id = $1 and journal_id = $2 and device_id = $3 and stream_id = $4
        and state = 'open' and last_seq = $5::bigint - 1 and last_hash = $6
        and exists (
            select from devices
            where tenant_id = $1 and device_id = $3 and retired_at is null)
    returning tenant_id, journal_id
), mark as (
    insert into usage_journal_marks (tenant_id, journal_id, seq, hash, recorded_at)
    select tenant_id, journal_id, $7, $8, $9 from journal
), {ACCOUNT}, delta as (
    insert into usage_deltas
        (tenant_id, event_type, window_start, revision, quantity, events, largest)
    select journal.tenant_id, series.event_type,
        timestamptz 'epoch' + (event.billed / 3600000000) * interval '1 hour',
        case when event.billed < account.closed_us then account.closes else 0 end,
        sum(event.quantity) * 0.00001, count(*), max(event.quantity) * 0.00001
    from journal cross join account
    cross join unnest($13::integer[], $14::bigint[], $16::bigint[])
        as event (number, quantity, billed)
    join unnest($10::text[]) with ordinality as series (event_type, number) using (number)
    group by 1, 2, 3, 4
), recorded as (
    insert into usage_events (
        tenant_id, received_day, event_type, resource_id, quantity, event_time, billing_time,
        received_at, billing_corrected, journal_id, seq, request_id, dimensions, revision)
    select journal.tenant_id, ($9::timestamptz at time zone 'UTC')::date,
        series.event_type, series.resource_id, event.quantity::numeric * 0.00001,
        timestamptz 'epoch' + event.used * interval '1 microsecond',
        timestamptz 'epoch' + event.billed * interval '1 microsecond',
        $9, event.used <> event.billed,
        journal.journal_id, $5 + event.position - 1, event.request_id, series.dimensions,
        case when event.billed < account.closed_us then account.closes else 0 end
    from journal cross join account
        cross join unnest($13::integer[], $14::bigint[], $15::bigint[], $16::bigint[], $17::text[])
            with ordinality as event (number, quantity, used, billed, request_id, position)
    join unnest($10::text[], $11::text[], $12::jsonb[])
        with ordinality as series (event_type, resource_id, dimensions, number) using (number)
)
select count(*) from journal
"""  # noqa: S608 - constant


async def take(conn: Connection, step: Step) -> bool:
    """Moves the journal and records the events, their sums and a mark, in one statement.

    False, and nothing is written, unless the journal is open, belongs to the device, which is
    not retired, is held by the stream and stands exactly before the step.
    """
    moved = await conn.fetchval(
        _TAKE,
        step.tenant_id,
        step.journal_id,
        step.device_id,
        step.stream_id,
        step.first_seq,
        step.previous_hash,
        step.last_seq,
        step.head_hash,
        step.received_at,
        [each.event_type for each in step.series],
        [each.resource_id for each in step.series],
        [each.dimensions for each in step.series],
        step.series_of,
        step.quantities,
        step.event_times,
        step.billing_times,
        step.request_ids,
    )
    return bool(moved)


async def claim_id(conn: Connection, tenant_id: UUID, journal_id: UUID) -> bool:
    """Makes the journal id the tenant's; False when it is another tenant's."""
    await conn.execute(
        "insert into usage_journal_owners (journal_id, tenant_id) values ($1, $2) "
        "on conflict (journal_id) do nothing",
        journal_id,
        tenant_id,
    )
    owner = await conn.fetchval(
        "select tenant_id from usage_journal_owners where journal_id = $1", journal_id
    )
    return bool(owner == tenant_id)


async def attach(
    conn: Connection,
    tenant_id: UUID,
    journal_id: UUID,
    *,
    device_id: UUID,
    stream_id: UUID,
    first_hash: bytes,
    now: datetime,
) -> Journal | None:
    """Makes the stream the journal's only one, a new journal's too, and locks the row.

    None when the journal belongs to another device. A retired device's goes over to the one that
    its hardware was enrolled as afterwards: what waits on that disk was used, and is billed.
    """
    row = await conn.fetchrow(
        f"""
        insert into usage_journals as held
            (tenant_id, journal_id, device_id, stream_id, last_hash, opened_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $6)
        on conflict (tenant_id, journal_id) do update
        set stream_id = excluded.stream_id, device_id = excluded.device_id
        where held.device_id = excluded.device_id or exists (
            select from devices as former join devices as present using (tenant_id, hardware_id)
            where former.tenant_id = held.tenant_id and former.device_id = held.device_id
                and former.retired_at is not null
                and present.device_id = excluded.device_id and present.retired_at is null)
        returning {_JOURNAL}
        """,  # noqa: S608 - constant
        tenant_id,
        journal_id,
        device_id,
        stream_id,
        first_hash,
        now,
    )
    return None if row is None else Journal(**row)


async def lock(conn: Connection, tenant_id: UUID, journal_id: UUID) -> Journal | None:
    """The journal, locked until the transaction ends."""
    row = await conn.fetchrow(
        f"""
        select {_JOURNAL} from usage_journals as held
        where tenant_id = $1 and journal_id = $2
        for update of held
        """,  # noqa: S608 - constant
        tenant_id,
        journal_id,
    )
    return None if row is None else Journal(**row)


async def mark_forked(conn: Connection, tenant_id: UUID, journal_id: UUID, now: datetime) -> None:
    """From now on the journal's events are held."""
    await conn.execute(
        "update usage_journals set state = 'forked', updated_at = $3 "
        "where tenant_id = $1 and journal_id = $2",
        tenant_id,
        journal_id,
        now,
    )


async def marks(
    conn: Connection, tenant_id: UUID, journal_id: UUID, first_seq: int, last_seq: int
) -> dict[int, bytes]:
    """The chain hashes on record from `first_seq` to `last_seq`, both included."""
    rows = await conn.fetch(
        "select seq, hash from usage_journal_marks "
        "where tenant_id = $1 and journal_id = $2 and seq between $3 and $4",
        tenant_id,
        journal_id,
        first_seq,
        last_seq,
    )
    return {row["seq"]: row["hash"] for row in rows}


async def hold(
    conn: Connection,
    tenant_id: UUID,
    journal_id: UUID,
    *,
    first_seq: int,
    previous_hash: bytes,
    head_hash: bytes,
    payloads: Sequence[bytes],
    now: datetime,
) -> None:
    """Keeps the payloads for a person; the same ones again change nothing."""
    await conn.execute(
        "insert into usage_journal_holds "
        "(tenant_id, journal_id, first_seq, head_hash, previous_hash, payloads, held_at) "
        "values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        tenant_id,
        journal_id,
        first_seq,
        head_hash,
        previous_hash,
        payloads,
        now,
    )


async def keep_uncounted(
    conn: Connection,
    tenant_id: UUID,
    journal_id: UUID,
    events: Sequence[UncountedEvent],
    now: datetime,
) -> None:
    """Records events that do not count, as they came."""
    await conn.execute(
        "insert into usage_exceptions (tenant_id, journal_id, seq, reason, payload, received_at) "
        "select $1, $2, seq, reason, payload, $6 "
        "from unnest($3::bigint[], $4::text[], $5::bytea[]) as event (seq, reason, payload)",
        tenant_id,
        journal_id,
        [event.seq for event in events],
        [event.reason for event in events],
        [event.payload for event in events],
        now,
    )


async def forget_marks(conn: Connection, before: datetime) -> None:
    """Removes marks recorded before `before`, of every tenant."""
    await conn.execute("delete from usage_journal_marks where recorded_at < $1", before)
