"""One StreamUsage call: hello, then batches in order, the next unpacked while one commits."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractContextManager, aclosing
from typing import Any, Protocol
from uuid import UUID, uuid4

from brinkbyte.common.v1 import error_reason_pb2
from brinkbyte.usage.v1 import usage_service_pb2 as pb

from billing.unit import Units
from billing.usage.journals.batch import Batch
from billing.usage.journals.service import (
    Ack,
    Fork,
    Hello,
    JournalService,
    Position,
    Resync,
    Stream,
)
from billing.usage.journals.unpack import Unpacker
from billing.usage.metrics import UsageMetrics
from mesh.call import current_call
from mesh.database import retry_serialization
from mesh.errors import InvalidArgument, Unauthenticated
from mesh.faults import Faults

WINDOW = 8
"""Batches that a device may have in flight."""


class Lifetime(Protocol):
    """How long a device's stream lasts."""

    def messages(self) -> AsyncIterator[object]:
        """Nothing, until the end. Raises the error that the stream is to end with."""
        ...


class DeviceStreams(Protocol):
    """Who ends the streams of retired devices, and all of them when the server drains."""

    def open(
        self, tenant_id: UUID, device_id: UUID, purpose: str
    ) -> AbstractContextManager[Lifetime]:
        """Knows of the stream until the end of the block."""
        ...


class JournalStreams:
    """Serves the streams of all journals."""

    def __init__(
        self,
        units: Units,
        journals: JournalService,
        streams: DeviceStreams,
        *,
        faults: Faults,
        metrics: UsageMetrics,
    ) -> None:
        """Fault points: usage.before_insert, usage.before_commit, usage.after_commit_before_ack."""
        self._units = units
        self._streams = streams
        self._journals = journals
        self._faults = faults
        self._metrics = metrics
        self._unpacker = Unpacker()

    async def serve(
        self, requests: AsyncIterator[pb.StreamUsageRequest]
    ) -> AsyncGenerator[pb.StreamUsageResponse, None]:
        """Answers each message, an ack only after its commit.

        Raises InvalidArgument when hello is not first, or comes twice, Unauthenticated for a
        caller that is no device or was retired, and what JournalService raises.
        """
        principal = current_call().principal
        if principal.tenant_id is None or principal.device_id is None:
            raise Unauthenticated(message="StreamUsage needs a device's certificate")
        with self._streams.open(principal.tenant_id, principal.device_id, "usage") as lifetime:
            ended = asyncio.create_task(_ended(lifetime))
            answers = self._answers(principal.tenant_id, _until(ended, requests))
            try:
                async with aclosing(answers):
                    async for answer in answers:
                        yield answer
            finally:
                await _stop(ended)

    async def _answers(
        self, tenant_id: UUID, requests: AsyncIterator[pb.StreamUsageRequest]
    ) -> AsyncGenerator[pb.StreamUsageResponse, None]:
        hello = await anext(requests, None)
        if hello is None:
            return
        if hello.WhichOneof("message") != "hello":
            raise InvalidArgument.field("hello", "comes first in a stream")
        stream = Stream(UUID(hello.hello.journal_id), uuid4())
        yield await self._open(tenant_id, stream, hello.hello.last_seq)
        upcoming = asyncio.create_task(self._next(requests))
        try:
            while (batch := await upcoming) is not None:
                upcoming = asyncio.create_task(self._next(requests))
                yield await self._take(tenant_id, stream, batch)
        finally:
            await _stop(upcoming)

    async def _open(self, tenant_id: UUID, stream: Stream, last_seq: int) -> pb.StreamUsageResponse:
        async with self._units.within(tenant_id) as unit:
            answer = await self._journals.open(
                unit, Hello(stream.journal_id, last_seq), stream.stream_id
            )
        return _pack(answer)

    async def _next(self, requests: AsyncIterator[pb.StreamUsageRequest]) -> Batch | None:
        request = await anext(requests, None)
        if request is None:
            return None
        if request.WhichOneof("message") != "batch":
            raise InvalidArgument.field("hello", "comes once in a stream")
        sent = request.batch
        return self._unpacker.unpack(sent.first_seq, sent.previous_hash, list(sent.payloads))

    async def _take(self, tenant_id: UUID, stream: Stream, batch: Batch) -> pb.StreamUsageResponse:
        async def once() -> Ack | Resync | Fork:
            async with self._units.within(tenant_id) as unit:
                answer = await self._journals.take(unit, stream, batch)
                self._faults.hit("usage.before_commit")
                return answer

        self._faults.hit("usage.before_insert")
        answer = await retry_serialization(once)
        self._count(batch, answer)
        self._faults.hit("usage.after_commit_before_ack")
        return _pack(answer)

    def _count(self, batch: Batch, answer: Ack | Resync | Fork) -> None:
        events = len(batch.payloads)
        if isinstance(answer, Fork):
            self._metrics.count("held", events)
        elif isinstance(answer, Ack):
            uncounted = len(answer.uncounted)
            self._metrics.count("duplicate", answer.duplicates)
            self._metrics.count("uncounted", uncounted)
            self._metrics.count("accepted", events - answer.duplicates - uncounted)


async def _ended(lifetime: Lifetime) -> None:
    async for _ in lifetime.messages():
        pass


async def _until(
    ended: asyncio.Task[None], requests: AsyncIterator[pb.StreamUsageRequest]
) -> AsyncIterator[pb.StreamUsageRequest]:
    """The requests that come before the end. Raises what `ended` raises."""
    while True:
        coming = asyncio.ensure_future(anext(requests, None))
        try:
            await asyncio.wait({coming, ended}, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                await ended
                return
            request = await coming
        finally:
            await _stop(coming)
        if request is None:
            return
        yield request


async def _stop(task: asyncio.Future[Any]) -> None:
    """Ends a task that nobody waits for any more."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _pack(answer: Position | Ack | Resync | Fork) -> pb.StreamUsageResponse:
    if isinstance(answer, Ack):
        return pb.StreamUsageResponse(
            ack=pb.JournalAck(
                through_seq=answer.through_seq,
                duplicates=answer.duplicates,
                exceptions=[
                    pb.JournalException(
                        seq=each.seq,
                        status=pb.EVENT_STATUS_REJECTED,
                        reason=each.reason,
                    )
                    for each in answer.uncounted
                ],
            )
        )
    if isinstance(answer, Position):
        return pb.StreamUsageResponse(
            ready=pb.JournalReady(
                through_seq=answer.through_seq,
                through_hash=answer.through_hash,
                window=WINDOW,
            )
        )
    if isinstance(answer, Resync):
        return pb.StreamUsageResponse(resync=pb.JournalResync(resync_from_seq=answer.from_seq))
    return pb.StreamUsageResponse(
        fork=pb.JournalFork(
            seq=answer.agreed_seq,
            reason=error_reason_pb2.ERROR_REASON_JOURNAL_FORKED,
            message=answer.message,
        )
    )
