"""SQL of open minutes, events and the journal's head; every function takes a connection."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from edge.usage.counts import Counts, MinuteKey
from edge.usage.uses import Entry
from mesh.database import Connection

_STORAGE = "storage"

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
set seq = n.seq, payload = n.payload, hash = n.hash, journalled_at = $10
from unnest(
    $1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[],
    $7::bigint[], $8::bytea[], $9::bytea[]
) as n (event_time, event_type, resource_id, model, pack, lease_id, seq, payload, hash)
where e.seq is null
  and (e.event_time, e.event_type, e.resource_id, e.model, e.pack, e.lease_id)
    = (n.event_time, n.event_type, n.resource_id, n.model, n.pack, n.lease_id)
"""

_INSERT = """
insert into usage_events (event_time, event_type, resource_id, lease_id, quantity_e5, seq, payload,
    hash, journalled_at)
select n.*, $9 from unnest(
    $1::timestamptz[], $2::text[], $3::text[], $4::uuid[], $5::bigint[], $6::bigint[],
    $7::bytea[], $8::bytea[]
) as n
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
class Sealed:
    """An event's place in the journal: its number, its bytes, the chain hash after it."""

    seq: int
    payload: bytes
    hash: bytes


@dataclass(slots=True)
class StorageAccount:
    """What was held in the running hour (its start, UTC) by store, in byte-microseconds: what
    earlier hours left over included. `mark` names the newest writer's last step."""

    hour: datetime | None = None
    held: dict[str, int] = field(default_factory=dict)
    mark: UUID | None = None


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


async def close_minutes(
    conn: Connection, keys: Sequence[MinuteKey], sealed: Sequence[Sealed], now: datetime
) -> int:
    """Turns open minutes into events, as of `now` (aware); how many rows that changed."""
    tag = await conn.execute(
        _CLOSE,
        [key.minute for key in keys],
        [key.event_type for key in keys],
        [key.resource_id for key in keys],
        [key.model for key in keys],
        [key.pack for key in keys],
        [key.lease_id for key in keys],
        *_columns(sealed),
        now,
    )
    return int(tag.rsplit(" ", 1)[1])


async def insert_events(
    conn: Connection, entries: Sequence[Entry], sealed: Sequence[Sealed], now: datetime
) -> None:
    """Adds events that were no open minutes, as of `now` (aware)."""
    await conn.execute(
        _INSERT,
        [entry.event_time for entry in entries],
        [entry.event_type for entry in entries],
        [entry.resource_id for entry in entries],
        [entry.lease_id for entry in entries],
        [entry.quantity_e5 for entry in entries],
        *_columns(sealed),
        now,
    )


async def known_ids(conn: Connection, event_ids: Sequence[str]) -> dict[str, bytes]:
    """Which of these ids came before, and the hash of what each of them said."""
    rows = await conn.fetch(
        "select event_id, said_hash from usage_ids where event_id = any($1)", event_ids
    )
    return {row["event_id"]: row["said_hash"] for row in rows}


async def keep_ids(conn: Connection, entries: Sequence[Entry], first_seq: int) -> None:
    """Remembers the ids of entries that became the events from `first_seq` on."""
    named = [(each, seq) for seq, each in enumerate(entries, first_seq) if each.event_id]
    if named:
        await conn.execute(
            "insert into usage_ids (event_id, said_hash, seq) "
            "select * from unnest($1::text[], $2::bytea[], $3::bigint[])",
            [each.event_id for each, _ in named],
            [each.said_hash for each, _ in named],
            [seq for _, seq in named],
        )


async def database_size(conn: Connection) -> int:
    """Bytes of the node's own database."""
    size: int = await conn.fetchval("select pg_database_size(current_database())")
    return size


async def read_storage(conn: Connection) -> StorageAccount:
    """The account of storage, locked until the transaction ends once it was written."""
    value = await conn.fetchval("select value from config where key = $1 for update", _STORAGE)
    if value is None:
        return StorageAccount()
    kept = json.loads(value)
    held = {name: int(amount) for name, amount in kept["held"].items()}
    return StorageAccount(datetime.fromisoformat(kept["hour"]), held, UUID(kept["mark"]))


async def write_storage(conn: Connection, account: StorageAccount) -> None:
    """Keeps the account; its hour and mark are known by then."""
    assert account.hour is not None
    kept = {
        "hour": account.hour.isoformat(),
        "held": {name: str(amount) for name, amount in account.held.items()},
        "mark": str(account.mark),
    }
    await conn.execute(
        "insert into config (key, value) values ($1, $2) "
        "on conflict (key) do update set value = excluded.value",
        _STORAGE,
        json.dumps(kept),
    )


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
    conn: Connection, last_seq: int, last_hash: bytes, journalled: dict[str, int], size: int
) -> None:
    """Sets the journal's head, `size` bytes more being held; the caller holds its lock."""
    await conn.execute(
        "update billing_sync_status set last_seq = $1, last_hash = $2, journalled = $3, "
        "held_bytes = held_bytes + $4",
        last_seq,
        last_hash,
        json.dumps(journalled),
        size,
    )


def _columns(sealed: Sequence[Sealed]) -> tuple[list[int], list[bytes], list[bytes]]:
    return (
        [each.seq for each in sealed],
        [each.payload for each in sealed],
        [each.hash for each in sealed],
    )
