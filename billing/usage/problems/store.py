"""SQL of problems."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from billing.paging import PageRequest
from billing.usage.problems.problem import Problem, ProblemKind, Rejection
from mesh.database import Connection

_PAGE = """
select * from (
    (select kind, tenant_id, encode(fingerprint, 'hex') as key, event_id, event_type, reason,
        reporter, payload, times, first_seen_at, last_seen_at
    from usage_rejections
    where ($1::uuid is null or tenant_id = $1) and ($2 = '' or kind = $2)
        and ($3::timestamptz is null or (last_seen_at, encode(fingerprint, 'hex')) < ($3, $4))
    order by last_seen_at desc, key desc limit $5)
    union all
    (select 'uncounted', tenant_id, journal_id || ':' || seq as key, journal_id || ':' || seq, '',
        reason, journal.device_id::text, encode(payload, 'base64'), 1, received_at, received_at
    from usage_exceptions join usage_journals journal using (tenant_id, journal_id)
    where ($1::uuid is null or tenant_id = $1) and $2 in ('', 'uncounted')
        and ($3::timestamptz is null or (received_at, journal_id || ':' || seq) < ($3, $4))
    order by received_at desc, key desc limit $5)
    union all
    (select 'held', tenant_id, journal_id || ':' || first_seq || ':' || encode(head_hash, 'hex')
            as key,
        journal_id || ':' || first_seq, '', 'journal: forked; the batch waits for a decision',
        journal.device_id::text, '', cardinality(payloads), held_at, held_at
    from usage_journal_holds join usage_journals journal using (tenant_id, journal_id)
    where ($1::uuid is null or tenant_id = $1) and $2 in ('', 'held') and resolution is null
        and ($3::timestamptz is null or (held_at,
            journal_id || ':' || first_seq || ':' || encode(head_hash, 'hex')) < ($3, $4))
    order by held_at desc, key desc limit $5)
) as problem
order by last_seen_at desc, key desc limit $5
"""


async def page(
    conn: Connection, tenant_id: UUID | None, kind: ProblemKind | None, request: PageRequest
) -> list[Problem]:
    """Problems, newest first, of one tenant or of all that the connection sees, and one more than
    the page holds."""
    after = request.after
    rows = await conn.fetch(
        _PAGE,
        tenant_id,
        "" if kind is None else kind.value,
        None if after is None else after.moment,
        "" if after is None else after.key,
        request.size + 1,
    )
    return [Problem(**{**row, "kind": ProblemKind(row["kind"])}) for row in rows]


async def kept(conn: Connection, tenant_id: UUID, most: int) -> int:
    """How many rejections of the tenant are kept, counted up to `most`."""
    found: int = await conn.fetchval(
        "select count(*) from (select from usage_rejections where tenant_id = $1 limit $2) as kept",
        tenant_id,
        most,
    )
    return found


async def keep(
    conn: Connection,
    tenant_id: UUID,
    rejections: Sequence[Rejection],
    *,
    reporter: str,
    now: datetime,
) -> None:
    """Adds rejections, which are sorted by fingerprint; one that is on record is counted."""
    await conn.execute(
        """
        insert into usage_rejections as held (tenant_id, fingerprint, kind, event_id, event_type,
            reason, payload, times, reporter, first_seen_at, last_seen_at)
        select $1, *, $9, $10, $10 from unnest($2::bytea[], $3::text[], $4::text[], $5::text[],
            $6::text[], $7::text[], $8::bigint[])
        on conflict (tenant_id, fingerprint) do update
        set times = held.times + excluded.times, last_seen_at = excluded.last_seen_at
        """,
        tenant_id,
        [each.fingerprint for each in rejections],
        [each.kind.value for each in rejections],
        [each.event_id for each in rejections],
        [each.event_type for each in rejections],
        [each.reason for each in rejections],
        [each.payload for each in rejections],
        [each.times for each in rejections],
        reporter,
        now,
    )


async def forget(conn: Connection, before: datetime) -> None:
    """Removes what came last, or was decided, before `before`, of every tenant."""
    await conn.execute("delete from usage_rejections where last_seen_at < $1", before)
    await conn.execute("delete from usage_journal_holds where resolved_at < $1", before)
