"""Who sends usage beside the node: an integrator with ids of its own, and a copy of the node."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import asyncpg
import grpc
from brinkbyte.usage.v1 import usage_service_pb2 as pb
from brinkbyte.usage.v1 import usage_service_pb2_grpc

from mesh.channel import MeshChannel
from rights.journal import GENESIS, head
from tests.chaos.oracle import LEFT, USED, Oracle

METRICS = ("api_call", "sms", "llm_token", "agent_execution", "storage_gb_day")
_SETTLED = {pb.EVENT_STATUS_ACCEPTED, pb.EVENT_STATUS_DUPLICATE}


@dataclass(frozen=True, slots=True)
class ForeignEvent:
    """An event with an id; `quantity` has up to 5 decimals."""

    event_id: str
    metric: str
    quantity: str
    at: datetime

    def message(self) -> pb.UsageEvent:
        event = pb.UsageEvent(
            event_id=self.event_id,
            event_type=self.metric,
            resource_id="chaos",
            quantity=self.quantity,
        )
        event.event_time.FromDatetime(self.at)
        return event

    def line(self) -> dict[str, Any]:
        return {"id": self.event_id, "metric": self.metric, "quantity": self.quantity}


@dataclass(slots=True)
class Integrator:
    """Reports its events until each is acknowledged: out of order, doubled, some of them bad."""

    channel: MeshChannel
    oracle: Oracle
    random: Random
    events: Sequence[ForeignEvent]
    acked: set[str] = field(default_factory=set)
    duplicates: int = 0
    rejected: int = 0
    conflicts: int = 0
    retries: int = 0

    async def run(self) -> None:
        """Returns once everything is acknowledged."""
        self.oracle.note(USED, [each.line() for each in self.events])
        while waiting := [each for each in self.events if each.event_id not in self.acked]:
            self.random.shuffle(waiting)
            size = self.random.randint(1, 15)
            batches = [waiting[at : at + size] for at in range(0, len(waiting), size)]
            await asyncio.gather(*(self._send(batch) for batch in batches[:4]))

    async def replay(self) -> None:
        """Sends some of it ten times more, split anew, all at once."""
        known = [each for each in self.events if each.event_id in self.acked]
        for _ in range(10):
            self.random.shuffle(known)
            size = self.random.randint(1, 20)
            await asyncio.gather(self._send(known[:size]), self._send(known[size : 2 * size]))

    async def _send(self, events: Sequence[ForeignEvent]) -> None:
        if not events:
            return
        messages = [each.message() for each in events]
        if self.random.random() < 0.2:
            messages += messages[:1]
        bad = self._bad(events[0])
        stub = usage_service_pb2_grpc.UsageServiceStub(self.channel)
        try:
            answer = await stub.ReportUsage(
                pb.ReportUsageRequest(events=[*messages, *bad]), timeout=10
            )
        except grpc.aio.AioRpcError:
            self.retries += 1
            await asyncio.sleep(0.05)
            return
        self._take(events, answer.results, len(bad))

    def _bad(self, like: ForeignEvent) -> list[pb.UsageEvent]:
        if self.random.random() < 0.7:
            return []
        forged = like.message()
        forged.event_id = f"bad-{self.random.random()}"
        forged.quantity = self.random.choice(("-1", "NaN", "1e9", "0.000001", "9" * 40))
        return [forged]

    def _take(
        self, events: Sequence[ForeignEvent], results: Sequence[pb.EventResult], bad: int
    ) -> None:
        rejected = [each for each in results if each.status == pb.EVENT_STATUS_REJECTED]
        assert len(rejected) == bad, rejected
        self.rejected += bad
        self.duplicates += sum(each.status == pb.EVENT_STATUS_DUPLICATE for each in results)
        settled = {each.event_id for each in results if each.status in _SETTLED}
        self.oracle.note(LEFT, [e.line() for e in events if e.event_id in settled - self.acked])
        self.acked |= settled


def foreign_events(random: Random, count: int, now: datetime) -> list[ForeignEvent]:
    """Events of the last minute, hours or 45 days."""
    ages = (timedelta(0), timedelta(hours=5), timedelta(days=45))
    return [
        ForeignEvent(
            f"chaos-{at}-{random.random()}",
            random.choice(METRICS),
            random.choice(("1", "1", "2.5", "0.00001", "1000")),
            now - random.random() * random.choice(ages),
        )
        for at in range(count)
    ]


@dataclass(slots=True)
class Twin:
    """Sends slices of the node's own journal with the node's certificate, split as it likes."""

    channel: MeshChannel
    edge_dsn: str
    random: Random
    duplicates: int = 0
    resyncs: int = 0
    slices: int = 0

    async def replay(self, times: int) -> bool:
        """Sends one random slice, `times` times over; False while the journal is empty."""
        try:
            conn = await asyncpg.connect(self.edge_dsn)
            try:
                journal_id = await conn.fetchval("select journal_id from billing_sync_status")
                rows = await conn.fetch(
                    "select payload from usage_events where seq is not null order by seq"
                )
            finally:
                await conn.close()
        except (OSError, asyncpg.PostgresError):
            return False
        if rows:
            await self._send(journal_id, [row["payload"] for row in rows], times)
        return bool(rows)

    async def _send(self, journal_id: object, payloads: Sequence[bytes], times: int) -> None:
        first = self.random.randint(1, len(payloads))
        last = self.random.randint(first, min(len(payloads), first + 30))
        batch = pb.JournalBatch(
            first_seq=first,
            previous_hash=head(GENESIS, payloads[: first - 1]),
            payloads=payloads[first - 1 : last],
        )
        stream = usage_service_pb2_grpc.UsageServiceStub(self.channel).StreamUsage(timeout=10)
        hello = pb.JournalHello(journal_id=str(journal_id), last_seq=2**60)
        try:
            await stream.write(pb.StreamUsageRequest(hello=hello))
            await stream.read()
            for _ in range(times):
                await stream.write(pb.StreamUsageRequest(batch=batch))
                self._take(await stream.read())
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            return
        finally:
            stream.cancel()

    def _take(self, answer: Any) -> None:
        if answer is grpc.aio.EOF:
            return
        assert not answer.HasField("fork"), answer.fork.message
        self.slices += 1
        self.resyncs += answer.HasField("resync")
        self.duplicates += answer.ack.duplicates
