"""SQL of open minutes and of the journal's head; every function takes a connection."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from edge.usage.counts import Counts, MinuteKey
from mesh.database import Connection

_ADD = """
with mark as (update billing_sync_status set last_commit = $1)
insert into usage_events
    (event_time, event_type, resource_id, model, pack, lease_id, quantity_e5)
select * from unnest(
    $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::bigint[]
)
on conflict (event_time, event_type, resource_id, model, pack, lease_id) where seq is null
do update set quantity_e5 = usage_events.quantity_e5 + excluded.quantity_e5
"""

_OPEN = """
select event_time, event_type, resource_id, model, pack, lease_id, quantity_e5
from usage_events
where seq is null and (event_time < $1 or event_time > $4)
  and ($2::text is null or resource_id = $2)
order by event_time, event_type, resource_id, model, pack, lease_id
limit $3
"""

_CLOSE = """
update usage_events as e
set seq = n.seq, payload = n.payload, hash = n.hash
from unnest(
    $1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[],
    $7::bigint[], $8::bytea[], $9::bytea[]
) as n (event_time, event_type, resource_id, model, pack, lease_id, seq, payload, hash)
where e.seq is null
  and (e.event_time, e.event_type, e.resource_id, e.model, e.pack, e.lease_id)
    = (n.event_time, n.event_type, n.resource_id, n.model, n.pack, n.lease_id)
"""


@dataclass(frozen=True, slots=True)
class JournalHead:
    """Where the journal ends: its last sequence number and the chain hash there.

    `journalled` is the sum per metric in units of 0.00001; `last_commit` the id of the
    newest group of counts that was committed.
    """

    journal_id: UUID
    last_seq: int
    last_hash: bytes
    journalled: dict[str, int]
    last_commit: UUID | None


@dataclass(frozen=True, slots=True)
class OpenMinute:
    """A minute that still counts, in units of 0.00001."""

    key: MinuteKey
    quantity_e5: int


@dataclass(frozen=True, slots=True)
class ClosedMinute:
    """A minute as an event of the journal."""

    key: MinuteKey
    seq: int
    payload: bytes
    hash: bytes


async def begin_journal(conn: Connection, journal_id: UUID) -> None:
    """Gives the node its journal unless it has one."""
    await conn.execute(
        "insert into billing_sync_status (journal_id) values ($1) on conflict do nothing",
        journal_id,
    )


async def lock_head(conn: Connection) -> JournalHead:
    """The journal's head, locked until the transaction ends."""
    row = await conn.fetchrow(
        "select journal_id, last_seq, last_hash, journalled, last_commit "
        "from billing_sync_status for update"
    )
    assert row is not None, "begin_journal runs before anything is counted"
    return JournalHead(
        row["journal_id"],
        row["last_seq"],
        row["last_hash"],
        json.loads(row["journalled"]),
        row["last_commit"],
    )


async def add_counts(conn: Connection, counts: Counts, commit_id: UUID) -> None:
    """Adds to the open minutes and remembers `commit_id` as the newest group."""
    ordered = sorted(counts.items())
    await conn.execute(
        _ADD,
        commit_id,
        [key.minute for key, _ in ordered],
        [key.event_type for key, _ in ordered],
        [key.resource_id for key, _ in ordered],
        [key.model for key, _ in ordered],
        [key.pack for key, _ in ordered],
        [key.lease_id for key, _ in ordered],
        [quantity for _, quantity in ordered],
    )


async def open_minutes(
    conn: Connection, before: datetime, beyond: datetime, resource_id: str | None, limit: int
) -> list[OpenMinute]:
    """Open minutes that began before `before` or after `beyond`, oldest first; None means every
    resource."""
    rows = await conn.fetch(_OPEN, before, resource_id, limit, beyond)
    return [
        OpenMinute(
            MinuteKey(
                row["event_time"],
                row["event_type"],
                row["resource_id"],
                row["model"],
                row["pack"],
                row["lease_id"],
            ),
            row["quantity_e5"],
        )
        for row in rows
    ]


async def close_minutes(conn: Connection, closed: Sequence[ClosedMinute]) -> int:
    """Turns open minutes into events; how many rows that changed."""
    tag = await conn.execute(
        _CLOSE,
        [minute.key.minute for minute in closed],
        [minute.key.event_type for minute in closed],
        [minute.key.resource_id for minute in closed],
        [minute.key.model for minute in closed],
        [minute.key.pack for minute in closed],
        [minute.key.lease_id for minute in closed],
        [minute.seq for minute in closed],
        [minute.payload for minute in closed],
        [minute.hash for minute in closed],
    )
    return int(tag.rsplit(" ", 1)[1])


async def settle_leases(conn: Connection, journalled: Mapping[UUID, int]) -> None:
    """Adds what the journal took over to the leases that it was spent of, units of 0.00001."""
    await conn.execute(
        "update quota_leases as l set journalled_e5 = l.journalled_e5 + n.units "
        "from unnest($1::uuid[], $2::bigint[]) as n (lease_id, units) "
        "where l.lease_id = n.lease_id",
        list(journalled),
        list(journalled.values()),
    )


async def move_head(
    conn: Connection, last_seq: int, last_hash: bytes, journalled: dict[str, int]
) -> None:
    """Sets the journal's head; the caller holds its lock."""
    await conn.execute(
        "update billing_sync_status set last_seq = $1, last_hash = $2, journalled = $3",
        last_seq,
        last_hash,
        json.dumps(journalled),
    )
