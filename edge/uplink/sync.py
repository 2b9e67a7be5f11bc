"""The usage journal on its way to the cloud: sent, acked, then marked."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

import grpc
import structlog
from brinkbyte.usage.v1 import usage_service_pb2 as pb
from brinkbyte.usage.v1 import usage_service_pb2_grpc as rpc

from edge.uplink.calls import typed_errors
from edge.uplink.link import CloudLink
from edge.usage import positions
from edge.usage.positions import Batch, Position
from mesh.clock import Clock
from mesh.database import Connection, Database, Role
from mesh.errors import (
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    MeshError,
    Unavailable,
)
from mesh.faults import Faults
from mesh.retry import Backoff

FORKED = "JOURNAL_FORKED"
_POLL_S = 30.0
_ANSWER_S = 30.0
_RETRY_CAP_S = 60.0
_FORK_WAIT_S = 300.0

Stream = grpc.aio.StreamStreamCall[pb.StreamUsageRequest, pb.StreamUsageResponse]


@dataclass(slots=True)
class _Window:
    """What is on its way: sent batches without an ack, oldest first."""

    size: int
    cursor: int
    sent: deque[Batch] = field(default_factory=deque)


class UsageSync:
    """Sends the journal whenever it grew, from the last acked event on.

    Only an ack marks an event as synced. After a crash or a lost connection everything
    unacked is sent again, and the cloud tells how many of these it had already.
    """

    def __init__(
        self,
        database: Database,
        link: CloudLink,
        *,
        clock: Clock,
        faults: Faults,
        batch: int = 1000,
    ) -> None:
        """`batch` is the number of events sent at once, 1 to 1,000."""
        self._database = database
        self._link = link
        self._clock = clock
        self._faults = faults
        self._batch = batch
        self._grown = asyncio.Event()
        self._resync_from: int | None = None
        self._log = structlog.get_logger()
        self._failing = ""

    def journalled(self) -> None:
        """The journal grew."""
        self._grown.set()

    def resync(self, seq: int) -> None:
        """The cloud wants everything again from `seq` on."""
        self._resync_from = max(1, seq)
        self._grown.set()

    async def run(self) -> None:
        """Synchronises until cancelled; failures are tried again with growing delays."""
        backoff = Backoff(0.25, cap=_RETRY_CAP_S)
        while True:
            try:
                async with typed_errors():
                    await self._session(backoff)
            except MeshError as error:
                self._failed(error)
                if error.reason == FORKED:
                    await self._wait(_FORK_WAIT_S)
            except TimeoutError:
                self._failed(DeadlineExceeded("the cloud does not answer on the usage stream"))
            await asyncio.sleep(next(backoff))

    async def _session(self, backoff: Backoff) -> None:
        """One stream; returns when it should be opened anew."""
        async with self._database.transaction(Role.APP) as conn:
            position = await positions.read_position(conn)
        stub = rpc.UsageServiceStub(self._link.channel)
        stream: Stream = stub.StreamUsage()
        try:
            await stream.write(_hello(position))
            ready = await self._begin(stream)
            self._faults.hit("edge.sync.after_ready")
            stream.add_done_callback(lambda _: self._grown.set())
            cursor = await self._cursor(position, ready)
            backoff.reset()
            self._failing = ""
            await self._pump(stream, _Window(max(1, ready.window), cursor))
        finally:
            stream.cancel()

    async def _begin(self, stream: Stream) -> pb.JournalReady:
        response = await self._read(stream)
        if response.HasField("fork"):
            await self._forked(response.fork.message)
        if not response.HasField("ready"):
            raise Internal("the cloud did not answer hello with its position")
        return response.ready

    async def _cursor(self, position: Position, ready: pb.JournalReady) -> int:
        """The event after which to send.

        That is our own last acked one, even where the cloud is ahead of it, so that what
        we sent before a crash shows as duplicates; but at most one batch of these: what the
        cloud has before that is marked as acked, its hash being ours. It is an earlier one
        where the cloud lost events or asked for them again.
        Raises FailedPrecondition (JOURNAL_FORKED) when the histories differ.
        """
        through = ready.through_seq
        async with self._database.transaction(Role.APP) as conn:
            ours = await positions.hash_at(conn, through)
        if through > position.last_seq or (ours is not None and ours != ready.through_hash):
            await self._forked(
                f"the cloud's history of this journal differs from ours at event {through}: "
                "a clone of this node or a restored disk"
            )
        resync, self._resync_from = self._resync_from, None
        cursor = min(position.acked_seq, through)
        if resync is not None:
            cursor = min(cursor, resync - 1)
        else:
            cursor = max(cursor, through - self._batch)
        if cursor > position.acked_seq:
            await self._mark(cursor, 0, None)
        return cursor

    async def _pump(self, stream: Stream, window: _Window) -> None:
        """Sends and takes acks until a resync is wanted.

        Raises Unavailable when the stream ends, also while there is nothing to send: a cloud that
        was restored from a backup may want again what it had acknowledged.
        """
        while self._resync_from is None:
            self._grown.clear()
            if stream.done():
                raise Unavailable("cloud")
            await self._fill(stream, window)
            if window.sent:
                await self._take(await self._read(stream), window)
            else:
                await self._wait(_POLL_S)

    async def _fill(self, stream: Stream, window: _Window) -> None:
        while len(window.sent) < window.size:
            async with self._database.transaction(Role.APP) as conn:
                batch = await self._next(conn, window.cursor)
            if batch is None:
                return
            self._faults.hit("edge.sync.before_send")
            await stream.write(_message(batch))
            self._faults.hit("edge.sync.after_send")
            window.sent.append(batch)
            window.cursor = batch.last_seq

    async def _next(self, conn: Connection, after: int) -> Batch | None:
        try:
            return await positions.read_batch(conn, after, self._batch)
        except LookupError as error:
            raise FailedPrecondition("STATE_CONFLICT", "usage journal", str(error)) from error

    async def _take(self, response: pb.StreamUsageResponse, window: _Window) -> None:
        if response.HasField("fork"):
            await self._forked(response.fork.message)
        if response.HasField("resync"):
            self._resync_from = response.resync.resync_from_seq
            return
        ack = response.ack
        batch = window.sent.popleft()
        if not response.HasField("ack") or ack.through_seq < batch.last_seq:
            raise Internal(f"the cloud did not acknowledge event {batch.last_seq}")
        self._faults.hit("edge.sync.after_ack")
        await self._mark(batch.last_seq, ack.duplicates, _explain(ack))
        self._faults.hit("edge.sync.after_mark")

    async def _mark(self, through_seq: int, duplicates: int, error: str | None) -> None:
        if error is not None:
            self._log.error("the cloud does not count some events", detail=error)
        async with self._database.transaction(Role.APP) as conn:
            through_hash = await positions.hash_at(conn, through_seq)
            assert through_hash is not None, "an event is held until it is acked"
            await positions.mark_acked(
                conn,
                through_seq,
                through_hash,
                duplicates=duplicates,
                error=error,
                now=self._clock.now(),
            )

    async def _forked(self, message: str) -> None:
        async with self._database.transaction(Role.APP) as conn:
            await positions.record_error(conn, f"{FORKED}: {message}")
        raise FailedPrecondition(FORKED, "usage journal", message)

    async def _read(self, stream: Stream) -> pb.StreamUsageResponse:
        async with asyncio.timeout(_ANSWER_S):
            response = await stream.read()
        if isinstance(response, pb.StreamUsageResponse):
            return response
        raise Unavailable("cloud")

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._grown.wait()

    def _failed(self, error: MeshError) -> None:
        """Logs the first of a row of equal failures."""
        if error.message != self._failing:
            self._failing = error.message
            self._log.warning("usage is not synchronised", reason=error.reason, why=error.message)


def _hello(position: Position) -> pb.StreamUsageRequest:
    return pb.StreamUsageRequest(
        hello=pb.JournalHello(
            journal_id=str(position.journal_id),
            last_seq=position.last_seq,
            first_seq=position.first_seq,
        )
    )


def _message(batch: Batch) -> pb.StreamUsageRequest:
    return pb.StreamUsageRequest(
        batch=pb.JournalBatch(
            first_seq=batch.first_seq,
            previous_hash=batch.previous_hash,
            payloads=batch.payloads,
        )
    )


def _explain(ack: pb.JournalAck) -> str | None:
    if not ack.exceptions:
        return None
    first = ack.exceptions[0]
    return f"{len(ack.exceptions)} events do not count; event {first.seq}: {first.reason}"
