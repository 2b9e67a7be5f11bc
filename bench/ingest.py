"""Durable ingest of usage against the fastest plain insert of the same rows.

    python -m bench.ingest [--quick | --long]

Both write to one PostgreSQL with fsync on. The plain insert is asyncpg with `insert … select
from unnest … on conflict do nothing` in batches of 1,000 under UUIDv7 keys, in the leanest
table that holds an event, on 1, 2 and 4 connections; the best counts. Ours is what a node does:
mutual TLS, StreamUsage with its window, and every event acked, so unpacked, chain-checked,
committed under row-level security with its sums. The server runs in a process of its own, the
load generator in this one; all share the machine. Figures are medians over the rounds. Then the
ledger grows, and ingest is measured again.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import time_ns
from uuid import uuid4

import asyncpg
import uvloop
from brinkbyte.usage.v1 import usage_service_pb2 as pb

from bench.ingest_growth import growth
from bench.ingest_raw import BATCH, raw_rate, timed
from bench.usage_cloud import (
    SERVICE,
    Device,
    ServerProcess,
    add_device,
    add_tenant,
    device_channel,
    migrated_database,
    new_authority,
    resident_mib,
    serving,
)
from deploy.local.testing import postgres_server
from mesh.channel import MeshChannel
from mesh.tls import KeyPair
from rights.journal import GENESIS, head

LANES = (1, 2, 4)
WINDOW = 8
PROMISED_RATIO = 0.4
PROMISED_GROWTH = 1.1
PROMISED_FLAT = 0.9
GROWTH_STREAMS = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured; `memory_events` are sent after the first `memory_from`, and `rows` are
    in the ledger when its growth is measured, early and late."""

    rounds: int
    events: int
    memory_from: int
    memory_events: int
    rows: tuple[int, int]


FULL = Plan(5, 96_000, memory_from=100_000, memory_events=1_000_000, rows=(1_000_000, 4_000_000))
LONG = replace(FULL, rows=(1_000_000, 20_000_000))
QUICK = Plan(1, 4_000, memory_from=2_000, memory_events=6_000, rows=(10_000, 30_000))


class Journal:
    """A device's journal that makes its batches as the node would have them on disk."""

    def __init__(self, metric: str = "inference_frame", batch: int = BATCH) -> None:
        """Empty; `batch` events of the metric make a batch."""
        self.journal_id = uuid4()
        self._metric = metric
        self._events = batch
        self._next = 1
        self._hash = GENESIS

    def batches(self, count: int) -> list[bytes]:
        """The next `count` batches as serialised requests."""
        return [self._batch() for _ in range(count)]

    def _batch(self) -> bytes:
        now_us = time_ns() // 1000
        payloads = [
            _payload(self._metric, self._next + at, now_us + at) for at in range(self._events)
        ]
        batch = pb.JournalBatch(first_seq=self._next, previous_hash=self._hash, payloads=payloads)
        self._hash = head(self._hash, payloads)
        self._next += self._events
        return pb.StreamUsageRequest(batch=batch).SerializeToString()


def quantity_of(seq: int) -> int:
    """The quantity of a journal's event."""
    return 1 + seq % 1800


def _payload(metric: str, seq: int, time_us: int) -> bytes:
    camera = f"camera-{seq % 100}"
    return pb.JournalEvent(
        event_type=metric,
        resource_id=camera,
        quantity_e5=quantity_of(seq) * 100_000,
        event_time_us=time_us,
        dimensions={"camera": camera, "model": "scene_detector", "pack": "base"},
    ).SerializeToString(deterministic=True)


class Stream:
    """One open StreamUsage call; sends serialised requests and waits for their acks."""

    def __init__(self, channel: MeshChannel, journal: Journal) -> None:
        """Call `open` next."""
        stream = channel.stream_stream(
            f"/{SERVICE}/StreamUsage", None, pb.StreamUsageResponse.FromString
        )
        self._call = stream()
        self._journal = journal

    async def open(self) -> None:
        """Says hello and reads the position."""
        hello = pb.JournalHello(journal_id=str(self._journal.journal_id), last_seq=2**60)
        await self._call.write(pb.StreamUsageRequest(hello=hello).SerializeToString())
        answer = await self._call.read()
        assert answer.WhichOneof("message") == "ready", answer

    async def send(self, requests: Sequence[bytes]) -> None:
        """Returns when all are acked; at most WINDOW are in flight."""
        room = asyncio.Semaphore(WINDOW)
        reading = asyncio.create_task(self._acks(len(requests), room))
        for request in requests:
            await room.acquire()
            await self._call.write(request)
        await reading

    async def _acks(self, count: int, room: asyncio.Semaphore) -> None:
        for _ in range(count):
            answer = await self._call.read()
            assert answer.WhichOneof("message") == "ack", answer
            assert not answer.ack.duplicates and not answer.ack.exceptions
            room.release()

    async def close(self) -> None:
        """Ends the call."""
        await self._call.done_writing()
        assert await self._call.code()


async def our_rate(owner_dsn: str, channel: MeshChannel, streams: int, events: int) -> float:
    """Acked events a second over `streams` streams."""
    conn = await asyncpg.connect(owner_dsn)
    await conn.execute("checkpoint")
    await conn.close()
    journals = [Journal() for _ in range(streams)]
    lanes = [Stream(channel, journal) for journal in journals]
    for lane in lanes:
        await lane.open()
    requests = [journal.batches(events // BATCH // streams) for journal in journals]
    work = [lane.send(sent) for lane, sent in zip(lanes, requests, strict=True)]
    sent = sum(len(each) for each in requests) * BATCH
    seconds = await timed(work)
    for lane in lanes:
        await lane.close()
    return sent / seconds


async def memory(server: ServerProcess, channel: MeshChannel, plan: Plan) -> tuple[float, float]:
    """Resident MiB of the server early and after a million events through one stream."""
    journal = Journal()
    stream = Stream(channel, journal)
    await stream.open()
    await stream.send(journal.batches(plan.memory_from // BATCH))
    before = resident_mib(server.pid)
    for _ in range(plan.memory_events // plan.memory_from):
        await stream.send(journal.batches(plan.memory_from // BATCH))
    await stream.close()
    return before, resident_mib(server.pid)


async def measure(plan: Plan) -> dict[str, float]:
    """The figures by name; rates are events a second."""
    with tempfile.TemporaryDirectory(prefix="bench-ingest-") as root:
        async with postgres_server(Path(root), durable=True) as postgres:
            dsns = await migrated_database(postgres, "ingest")
            ca = new_authority()
            device = await add_device(dsns, ca, await add_tenant(dsns))
            await postgres.create_database("raw")
            raw_dsn = postgres.dsn("raw")
            async with serving(dsns, ca) as server:
                return await _rounds(plan, raw_dsn, postgres.dsn("ingest"), (server, ca, device))


async def _rounds(
    plan: Plan, raw_dsn: str, owner_dsn: str, target: tuple[ServerProcess, KeyPair, Device]
) -> dict[str, float]:
    server, ca, device = target
    raw: dict[int, list[float]] = {lanes: [] for lanes in LANES}
    ours: dict[int, list[float]] = {lanes: [] for lanes in LANES}
    async with device_channel(server.mtls_port, ca, device) as channel:
        await our_rate(owner_dsn, channel, 1, BATCH)
        for _ in range(plan.rounds):
            for lanes in LANES:
                raw[lanes].append(await raw_rate(raw_dsn, lanes, plan.events))
                ours[lanes].append(await our_rate(owner_dsn, channel, lanes, plan.events))
        early, late = await growth(
            owner_dsn,
            device.tenant_id,
            plan.rows,
            rounds=plan.rounds,
            rate=lambda: our_rate(owner_dsn, channel, GROWTH_STREAMS, plan.events),
        )
        before, after = await memory(server, channel, plan)
    figures = {f"raw_{lanes}": median(rates) for lanes, rates in raw.items()}
    figures |= {f"ours_{lanes}": median(rates) for lanes, rates in ours.items()}
    best_raw = max(median(rates) for rates in raw.values())
    best_ours = max(median(rates) for rates in ours.values())
    return figures | {
        "ratio": best_ours / best_raw,
        "rows_early": early,
        "rows_late": late,
        "rss_early_mib": before,
        "rss_late_mib": after,
    }


def kept(figures: dict[str, float]) -> bool:
    """Whether ingest is fast enough, and stays so, and its memory stays flat."""
    grown = figures["rss_late_mib"] / figures["rss_early_mib"]
    flat = figures["rows_late"] / figures["rows_early"]
    return figures["ratio"] >= PROMISED_RATIO and grown <= PROMISED_GROWTH and flat >= PROMISED_FLAT


def report(plan: Plan, figures: dict[str, float]) -> str:
    """The figures for people."""
    lines = [f"durable ingest, median of {plan.rounds} rounds of {plan.events} events"]
    lines += [
        f"  {lanes} connections or streams: plain insert {figures[f'raw_{lanes}']:>9,.0f}/s"
        f"   acked ingest {figures[f'ours_{lanes}']:>9,.0f}/s"
        for lanes in LANES
    ]
    lines.append(f"  best acked ingest / best plain insert: {figures['ratio']:.2f}")
    lines.append(
        f"  acked ingest at {plan.rows[0]:,} rows {figures['rows_early']:,.0f}/s, "
        f"at {plan.rows[1]:,} rows {figures['rows_late']:,.0f}/s"
    )
    lines.append(
        f"  server memory: {figures['rss_early_mib']:.0f} MiB, and "
        f"{figures['rss_late_mib']:.0f} MiB after {plan.memory_events:,} more events"
    )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 when a promise is not kept. A quick run promises nothing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a smoke run, no figures to trust")
    size.add_argument("--long", action="store_true", help="grows the ledger to 20 million rows")
    chosen = parser.parse_args(arguments)
    quick = chosen.quick
    plan = QUICK if quick else LONG if chosen.long else FULL
    figures = uvloop.run(measure(plan))
    print(report(plan, figures))
    return int(not quick and not kept(figures))


if __name__ == "__main__":
    sys.exit(main())
