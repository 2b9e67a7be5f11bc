"""SQL of the journal as the cloud has it: what to send, what is acked, what was used."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from edge.usage.budget import ROW_BYTES
from mesh.database import Connection
from rights.journal import GENESIS

_POSITION = """
select s.journal_id, s.last_seq, s.acked_seq, s.acked_hash, s.duplicates, s.journalled,
       s.last_acked_at, s.last_error, s.held_bytes,
       (select min(seq) from usage_events where seq is not null) as first_seq,
       (select coalesce(journalled_at, event_time) from usage_events
        where seq = s.acked_seq + 1) as waiting_since
from billing_sync_status s
"""

_HASH = """
select coalesce(
    (select hash from usage_events where seq = $1),
    (select acked_hash from billing_sync_status where acked_seq = $1)
)
"""

_ACK_EVENTS = """
update usage_events set synced_to_billing = true
where seq > (select acked_seq from billing_sync_status) and seq <= $1
"""

_ACK = """
update billing_sync_status set
    acked_hash = case when $1 > acked_seq then $2 else acked_hash end,
    acked_seq = greatest(acked_seq, $1),
    duplicates = duplicates + $3,
    last_acked_at = $4,
    last_error = $5
"""


_RECENT = """
select coalesce(
    (select min(seq) from usage_events
     where seq is not null and coalesce(journalled_at, event_time) between $1 and $2),
    (select last_seq + 1 from billing_sync_status)
)
"""

_FORGET = """
with going as materialized (
    select seq from usage_events
    where seq is not null and synced_to_billing and seq < $1
    order by seq limit $2
), gone as (
    delete from usage_events where seq in (select seq from going)
    returning octet_length(payload) as size
), ids as (
    delete from usage_ids where seq <= (select max(seq) from going)
)
update billing_sync_status
set held_bytes = greatest(0, held_bytes - (select coalesce(sum(size + $3), 0)::bigint from gone))
returning (select count(*) from gone)
"""


@dataclass(frozen=True, slots=True)
class Position:
    """Where the journal stands here and in the cloud; quantities in units of 0.00001.

    `first_seq` is the lowest event still held, 0 without any. `duplicates` were sent again
    although the cloud had them. `last_acked_at` is aware, None before the first ack.
    `held_bytes` is what events take of the disk's budget; `waiting_since` is when the oldest one
    without an ack was journalled, None when there is none.
    """

    journal_id: UUID
    first_seq: int
    last_seq: int
    acked_seq: int
    duplicates: int
    journalled: dict[str, int]
    last_acked_at: datetime | None
    last_error: str | None
    held_bytes: int
    waiting_since: datetime | None

    @property
    def pending(self) -> int:
        """Events that wait for an ack."""
        return self.last_seq - self.acked_seq


@dataclass(frozen=True, slots=True)
class Batch:
    """A run of events without gaps, as journalled."""

    first_seq: int
    previous_hash: bytes
    payloads: Sequence[bytes]
    last_hash: bytes

    @property
    def last_seq(self) -> int:
        """Sequence number of the last event."""
        return self.first_seq + len(self.payloads) - 1


async def read_position(conn: Connection) -> Position:
    """The journal's positions."""
    row = await conn.fetchrow(_POSITION)
    assert row is not None, "begin_journal runs before anything is counted"
    return Position(
        row["journal_id"],
        row["first_seq"] or 0,
        row["last_seq"],
        row["acked_seq"],
        row["duplicates"],
        json.loads(row["journalled"]),
        row["last_acked_at"],
        row["last_error"],
        row["held_bytes"],
        row["waiting_since"],
    )


async def read_backlog(conn: Connection) -> int:
    """Events that wait for an ack."""
    backlog: int = await conn.fetchval("select last_seq - acked_seq from billing_sync_status")
    return backlog


async def hash_at(conn: Connection, seq: int) -> bytes | None:
    """The chain hash after event `seq`; None when that is not held any more."""
    if seq == 0:
        return GENESIS
    found: bytes | None = await conn.fetchval(_HASH, seq)
    return found


async def read_batch(conn: Connection, after: int, limit: int) -> Batch | None:
    """Up to `limit` events after seq `after`; None when there are none.

    Raises LookupError when the events right after `after` are not held any more.
    """
    rows = await conn.fetch(
        "select seq, payload, hash from usage_events where seq > $1 order by seq limit $2",
        after,
        limit,
    )
    if not rows:
        return None
    previous = await hash_at(conn, after)
    if rows[0]["seq"] != after + 1 or previous is None:
        raise LookupError(f"event {after + 1} of the journal is not held any more")
    return Batch(rows[0]["seq"], previous, [row["payload"] for row in rows], rows[-1]["hash"])


async def mark_acked(
    conn: Connection,
    through_seq: int,
    through_hash: bytes,
    *,
    duplicates: int,
    error: str | None,
    now: datetime,
) -> None:
    """Everything up to `through_seq` is in the cloud; `error` tells of events that do not count."""
    await conn.execute(_ACK_EVENTS, through_seq)
    await conn.execute(_ACK, through_seq, through_hash, duplicates, now, error)


async def record_error(conn: Connection, error: str) -> None:
    """Keeps what stands in the way of the upload, for people."""
    await conn.execute("update billing_sync_status set last_error = $1", error)


async def open_quantities(conn: Connection) -> dict[str, int]:
    """What open minutes hold, by metric, in units of 0.00001."""
    rows = await conn.fetch(
        "select event_type, sum(quantity_e5)::bigint as quantity from usage_events "
        "where seq is null group by event_type"
    )
    return {row["event_type"]: row["quantity"] for row in rows}


async def first_recent(conn: Connection, before: datetime, now: datetime) -> int:
    """The first event that was journalled from `before` to `now` (aware), whatever the clock said
    meanwhile; the one after the last when there is none."""
    seq: int = await conn.fetchval(_RECENT, before, now)
    return seq


async def forget_acked(conn: Connection, before_seq: int, limit: int) -> int:
    """Drops up to `limit` of the oldest acked events below `before_seq`; how many.

    What is held stays without gaps.
    """
    gone: int = await conn.fetchval(_FORGET, before_seq, limit, ROW_BYTES)
    return gone
