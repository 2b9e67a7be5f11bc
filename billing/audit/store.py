"""SQL of the audit log."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.audit.entry import Actor, AuditEvent, EventFilter, Tally, TallyCount
from billing.paging import PageRequest
from mesh.database import Connection
from rights.audit_chain import START, AuditRow, Position, Seal

_ROW = (
    "tenant_id, entry_id, recorded_at, actor_kind, actor_id, request_id, action, resource, details"
)
_SEAL = "seq, sealed_at, prev_hash, hash"


async def add(conn: Connection, rows: Sequence[AuditRow]) -> None:
    """Writes rows, unsealed, in the transaction of what they tell of."""
    await conn.execute(
        f"""
        insert into audit_log ({_ROW})
        select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[],
            $6::text[], $7::text[], $8::text[], $9::jsonb[])
        """,  # noqa: S608 - constant
        *_columns(
            (
                each.tenant_id,
                each.entry_id,
                each.recorded_at,
                each.actor_kind,
                each.actor_id,
                each.request_id,
                each.action,
                each.resource,
                json.dumps(dict(each.details)),
            )
            for each in rows
        ),
    )


async def add_tallies(conn: Connection, counts: Sequence[TallyCount]) -> None:
    """Adds to the counts of their minutes. Ordered, so that two replicas cannot deadlock."""
    await conn.execute(
        """
        insert into audit_tallies (tenant_id, action, resource, reason, minute, count,
            actor_kind, actor_id, request_id)
        select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[],
            $6::bigint[], $7::text[], $8::text[], $9::text[])
            as given (tenant_id, action, resource, reason, minute, count)
        order by tenant_id, action, resource, reason, minute
        on conflict (tenant_id, action, resource, reason, minute)
            do update set count = audit_tallies.count + excluded.count
        """,
        *_columns(
            (
                each.tally.tenant_id,
                str(each.tally.action),
                each.tally.resource,
                each.tally.reason,
                each.minute,
                each.count,
                each.first.kind,
                each.first.actor_id,
                each.first.request_id,
            )
            for each in counts
        ),
    )


async def take_tallies(conn: Connection, before: datetime, limit: int) -> list[TallyCount]:
    """Removes and returns counts of minutes that began before; another's are left to it."""
    rows = await conn.fetch(
        """
        delete from audit_tallies where (tenant_id, action, resource, reason, minute) in (
            select tenant_id, action, resource, reason, minute from audit_tallies
            where minute < $1 order by minute, tenant_id limit $2 for update skip locked
        )
        returning *
        """,
        before,
        limit,
    )
    return [_tally(row) for row in rows]


async def unsealed_chains(conn: Connection, limit: int) -> list[UUID]:
    """Tenants that have rows to seal. It looks across tenants, as a worker may."""
    rows = await conn.fetch(
        "select distinct tenant_id from audit_log where seq is null limit $1", limit
    )
    return [row["tenant_id"] for row in rows]


async def lease(conn: Connection, tenant_id: UUID) -> Position | None:
    """The chain's end, to be moved by this transaction alone; None while another holds it."""
    await conn.execute(
        "insert into audit_heads (tenant_id, seq, hash) values ($1, $2, $3) on conflict do nothing",
        tenant_id,
        START.seq,
        START.hash,
    )
    row = await conn.fetchrow(
        "select seq, hash from audit_heads where tenant_id = $1 for update skip locked", tenant_id
    )
    return Position(row["seq"], row["hash"]) if row else None


async def unsealed(conn: Connection, tenant_id: UUID, limit: int) -> list[AuditRow]:
    """The oldest rows without a seal."""
    rows = await conn.fetch(
        f"""
        select {_ROW} from audit_log where tenant_id = $1 and seq is null
        order by recorded_at, entry_id limit $2
        """,  # noqa: S608 - constant
        tenant_id,
        limit,
    )
    return [_row(row) for row in rows]


async def seal(
    conn: Connection, tenant_id: UUID, rows: Sequence[AuditRow], seals: Sequence[Seal]
) -> None:
    """Fills in the seals of rows that have none, and moves the chain's end under its lease."""
    await conn.execute(
        """
        update audit_log l set seq = s.seq, sealed_at = s.sealed_at, prev_hash = s.prev_hash,
            hash = s.hash
        from unnest($2::uuid[], $3::bigint[], $4::timestamptz[], $5::bytea[], $6::bytea[])
            as s (entry_id, seq, sealed_at, prev_hash, hash)
        where l.tenant_id = $1 and l.entry_id = s.entry_id
        """,
        tenant_id,
        *_columns(
            (row.entry_id, each.seq, each.sealed_at, each.prev_hash, each.hash)
            for row, each in zip(rows, seals, strict=True)
        ),
    )
    await conn.execute(
        "update audit_heads set seq = $2, hash = $3 where tenant_id = $1",
        tenant_id,
        seals[-1].seq,
        seals[-1].hash,
    )


async def head(conn: Connection, tenant_id: UUID) -> Position:
    """The chain's end."""
    row = await conn.fetchrow("select seq, hash from audit_heads where tenant_id = $1", tenant_id)
    return Position(row["seq"], row["hash"]) if row else START


async def chains(conn: Connection) -> list[UUID]:
    """Every tenant with a chain, and the vendor's own: the nil UUID. For an auditor."""
    rows = await conn.fetch(
        "select tenant_id from audit_heads union select tenant_id from audit_log order by 1"
    )
    return [row["tenant_id"] for row in rows]


async def sees_every_chain(conn: Connection) -> bool:
    """Whether this role is shown the rows of every tenant."""
    seen: bool = await conn.fetchval(
        """
        select not row_security_active('audit_log')
            or pg_has_role('brinkbyte_vendor', 'usage') or pg_has_role('brinkbyte_worker', 'usage')
        """
    )
    return seen


async def sealed(
    conn: Connection, tenant_id: UUID, after: tuple[int, UUID], limit: int
) -> list[tuple[AuditRow, Seal]]:
    """Rows of the chain in the order of their places. `after` is the place and id of a row; the
    id counts where somebody gave two rows one place."""
    rows = await conn.fetch(
        f"""
        select {_ROW}, {_SEAL} from audit_log
        where tenant_id = $1 and seq >= $2 and (seq, entry_id) > ($2, $3)
        order by seq, entry_id limit $4
        """,  # noqa: S608 - constant
        tenant_id,
        *after,
        limit,
    )
    return [(_row(row), _seal(row)) for row in rows]


async def count_unsealed(conn: Connection, tenant_id: UUID) -> int:
    """Rows that wait for a sealer."""
    count: int = await conn.fetchval(
        "select count(*) from audit_log where tenant_id = $1 and seq is null", tenant_id
    )
    return count


async def page(
    conn: Connection, tenant_id: UUID, wanted: EventFilter, request: PageRequest
) -> list[AuditEvent]:
    """Rows from newest to oldest, one more than asked for."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select {_ROW}, {_SEAL} from audit_log
        where tenant_id = $1
            and ($2::text is null or action = $2)
            and ($3::timestamptz is null or recorded_at >= $3)
            and ($4::timestamptz is null or recorded_at < $4)
            and ($5::timestamptz is null or (recorded_at, entry_id) < ($5, $6::uuid))
        order by recorded_at desc, entry_id desc limit $7
        """,  # noqa: S608 - constant
        tenant_id,
        wanted.action or None,
        wanted.since,
        wanted.until,
        after.moment if after else None,
        UUID(after.key) if after else None,
        request.size + 1,
    )
    return [AuditEvent(_row(row), _seal(row) if row["seq"] else None) for row in rows]


def _row(row: Any) -> AuditRow:
    return AuditRow(
        row["tenant_id"],
        row["entry_id"],
        row["recorded_at"],
        row["actor_kind"],
        row["actor_id"],
        row["request_id"],
        row["action"],
        row["resource"],
        json.loads(row["details"]),
    )


def _seal(row: Any) -> Seal:
    """Whoever owns the table can leave half a seal: it fits no hash."""
    sealed_at = row["sealed_at"] or row["recorded_at"]
    return Seal(row["seq"], sealed_at, row["prev_hash"] or b"", row["hash"] or b"")


def _tally(row: Any) -> TallyCount:
    tally = Tally(row["tenant_id"], row["action"], row["resource"], row["reason"])
    first = Actor(row["actor_kind"], row["actor_id"], row["request_id"])
    return TallyCount(tally, row["minute"], row["count"], first)


def _columns(rows: Iterable[Sequence[object]]) -> list[list[object]]:
    """One list a column, for unnest."""
    return [list(column) for column in zip(*rows, strict=True)]
