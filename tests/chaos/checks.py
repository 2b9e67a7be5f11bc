"""The sums of a run: the oracle against the node, the journal, the ledger and the aggregates."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from brinkbyte.usage.v1.usage_service_pb2 import JournalEvent

from rights.journal import GENESIS, chain
from tests.chaos.oracle import LEFT, USED, read

_EDGE_EVENTS = "select * from usage_events where seq is not null order by seq"
_LEDGER = """
select journal_id, seq, event_id, event_type, resource_id, quantity, event_time, billing_time,
    revision
from usage_events where tenant_id = $1
"""
_RECORDED = "select last_seq from usage_journals where tenant_id = $1"
_BY_HOUR = """
select event_type, window_start, revision, sum(quantity) as quantity,
    sum(events)::bigint as events
from (
    select event_type, window_start, revision, quantity, events
    from usage_aggregates where tenant_id = $1
    union all
    select event_type, window_start, revision, quantity, events
    from usage_deltas where tenant_id = $1
) as sums group by 1, 2, 3
"""


class Unequal(AssertionError):
    """Something was lost or doubled."""


@dataclass(frozen=True, slots=True)
class NodeBook:
    """What the node's database says."""

    journal_id: UUID
    last_seq: int
    last_hash: bytes
    events: list[JournalEvent]
    frames: Counter[int]


async def read_node(dsn: str) -> NodeBook:
    """Reads the node's journal, which must be whole. Raises Unequal."""
    conn = await asyncpg.connect(dsn)
    try:
        (status,) = await conn.fetch("select * from billing_sync_status")
        rows = await conn.fetch(_EDGE_EVENTS)
        still_open = await conn.fetchval("select count(*) from usage_events where seq is null")
        frames = await conn.fetch("select frame_index from telemetry_events")
    finally:
        await conn.close()
    links = chain(GENESIS, [row["payload"] for row in rows])
    _same("open minutes", still_open, 0)
    _same("journal numbers", [row["seq"] for row in rows], list(range(1, len(rows) + 1)))
    _same("journal chain", [row["hash"] for row in rows], links)
    _same("journal head", (status["last_seq"], status["last_hash"]), (len(rows), links[-1]))
    return NodeBook(
        status["journal_id"],
        status["last_seq"],
        status["last_hash"],
        [JournalEvent.FromString(row["payload"]) for row in rows],
        Counter(row["frame_index"] for row in frames),
    )


async def recorded_seq(dsn: str, tenant_id: UUID) -> int:
    """How far the cloud knows the tenant's one journal; 0 where it knows none, -1 while its
    database is away."""
    try:
        conn = await asyncpg.connect(dsn)
        try:
            return await conn.fetchval(_RECORDED, tenant_id) or 0
        finally:
            await conn.close()
    except (OSError, asyncpg.PostgresError):
        return -1


def check_node(book: NodeBook, oracle: Path) -> None:
    """Each frame that left is counted once, and none that was never used. Raises Unequal."""
    said = list(read(oracle, USED))
    used = {line["index"]: line["camera"] for line in said if not line["tokens"]}
    tokens = {line["index"]: line["tokens"] for line in said if line["tokens"]}
    left = {line["index"] for line in read(oracle, LEFT)}
    counted = set(book.frames)
    lost = {index for index in left if used.get(index)} - counted
    _same("frames lost", sorted(lost), [])
    _same("frames never used", sorted(counted - {i for i, camera in used.items() if camera}), [])
    _same("frames stored twice", [i for i, n in book.frames.items() if n > 1], [])
    sums = Counter[str]()
    for event in book.events:
        sums[event.event_type] += event.quantity_e5
    _same("frames in the journal", sums["inference_frame"], 100_000 * len(counted))
    _same("tokens that are lost", sorted(tokens.keys() - left), [])
    _same("tokens in the journal", sums["llm_token"], 100_000 * sum(tokens.values()))
    calls = [i for i, camera in used.items() if not camera]
    answered = [i for i in calls if i in left]
    if not len(answered) <= sums["api_call"] // 100_000 <= len(calls):
        raise Unequal(f"calls: {len(answered)} answered, {sums['api_call']} journalled e5")


async def check_cloud(dsn: str, tenant_id: UUID, book: NodeBook, oracle: Path) -> int:
    """The ledger is the journal and the reports, the sums are the ledger's; the number of events.

    Raises Unequal.
    """
    conn = await asyncpg.connect(dsn)
    try:
        async with conn.transaction(isolation="repeatable_read"):
            (journal,) = await conn.fetch(
                "select * from usage_journals where tenant_id = $1 and journal_id = $2",
                tenant_id,
                book.journal_id,
            )
            ledger = await conn.fetch(_LEDGER, tenant_id)
            hours = await conn.fetch(_BY_HOUR, tenant_id)
    finally:
        await conn.close()
    _same("journal's state", journal["state"], "open")
    _same(
        "journal's head",
        (journal["last_seq"], journal["last_hash"]),
        (book.last_seq, book.last_hash),
    )
    _check_journal([row for row in ledger if row["journal_id"]], book)
    _check_reports([row for row in ledger if row["event_id"]], oracle)
    summed = Counter[Any]()
    counts = Counter[Any]()
    for row in ledger:
        hour = row["billing_time"].replace(minute=0, second=0, microsecond=0)
        key = (row["event_type"], hour, row["revision"])
        summed[key] += row["quantity"]
        counts[key] += 1
    found = {(row["event_type"], row["window_start"], row["revision"]): row for row in hours}
    _same("hours", {key: row["quantity"] for key, row in found.items()}, dict(summed))
    _same("events of hours", {key: row["events"] for key, row in found.items()}, dict(counts))
    return len(ledger)


def _check_journal(rows: list[asyncpg.Record], book: NodeBook) -> None:
    sent = {
        seq: (event.event_type, event.resource_id, event.quantity_e5, event.event_time_us)
        for seq, event in enumerate(book.events, 1)
    }
    _same("journal events recorded twice", len(rows), len({row["seq"] for row in rows}))
    recorded = {
        row["seq"]: (
            row["event_type"],
            row["resource_id"],
            int(row["quantity"] * 100_000),
            int(row["event_time"].timestamp()) * 1_000_000 + row["event_time"].microsecond,
        )
        for row in rows
    }
    _same("journal in the ledger", recorded, sent)


def _check_reports(rows: list[asyncpg.Record], oracle: Path) -> None:
    recorded = Counter(row["event_id"] for row in rows)
    _same("reports recorded twice", [each for each, n in recorded.items() if n > 1], [])
    facts = {row["event_id"]: (row["event_type"], row["quantity"]) for row in rows}
    said = {line["id"]: (line["metric"], Decimal(line["quantity"])) for line in read(oracle, LEFT)}
    _same("reports in the ledger", facts, said)


def _same(what: str, found: Any, expected: Any) -> None:
    if found == expected:
        return
    if isinstance(found, dict) and isinstance(expected, dict):
        keys = [k for k in {*found, *expected} if found.get(k) != expected.get(k)]
        detail = [f"{k}: {found.get(k)} for {expected.get(k)}" for k in keys[:5]]
        raise Unequal(f"{what}: {len(keys)} differ: {'; '.join(detail)}")
    raise Unequal(f"{what}: {str(found)[:500]}, not {str(expected)[:500]}")
