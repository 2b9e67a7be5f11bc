"""Reports usage: durable here first, then sent until the cloud has answered for each event."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from mesh.clock import Clock
from mesh.driver_errors import as_mesh_error
from mesh.errors import (
    FailedPrecondition,
    Internal,
    InvalidArgument,
    MeshError,
    RateLimited,
    StorageFull,
    TooLarge,
    Unavailable,
)
from mesh.faults import Faults
from mesh.ids import uuid7
from mesh.retry import Backoff
from sdk.event import EventStatus, Quantity, UsageResult, Use, pack
from sdk.reports import UsageSink
from sdk.spool import Spool, Spooled

MAX_BATCH = 1000
_MAX_BATCH_BYTES = 3 * 1024 * 1024
_FIRST_RETRY_S = 0.25
_RETRY_CAP_S = 60.0

OnResult = Callable[[UsageResult], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Pending:
    """An event on its way to the disk."""

    event_id: str
    payload: bytes
    durable: "asyncio.Future[str]"
    held: bool


class UsageReporter:
    """`track` from the event loop; two tasks write and send.

    An event keeps the id that it got before anything was attempted, so that the cloud counts
    it once however often it is sent.
    """

    def __init__(
        self,
        sink: UsageSink,
        spool: Spool,
        *,
        clock: Clock,
        faults: Faults,
        max_bytes: int,
        linger_s: float = 0.5,
        on_result: OnResult | None = None,
    ) -> None:
        """`max_bytes` bounds the payloads held. A batch waits `linger_s` for more events.

        `on_result` hears of every event at least once, in the order tracked; what it raises
        is logged.
        """
        self._sink = sink
        self._spool = spool
        self._clock = clock
        self._faults = faults
        self._max_bytes = max_bytes
        self._linger_s = linger_s
        self._on_result = on_result
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="usage-spool")
        self._pending: list[_Pending] = []
        self._held: dict[str, int] = {}
        self._events, self._bytes = 0, 0
        self._limit = MAX_BATCH
        self._open = False
        self._tracked = asyncio.Event()
        self._written = asyncio.Event()
        self._hurry = asyncio.Event()
        self._idle = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._failing = ""
        self._log = structlog.get_logger()

    async def start(self) -> None:
        """Goes on with what an earlier run left."""
        self._events, self._bytes = await self._disk(self._spool.size)
        self._open = True
        self._settle()
        self._tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._send())]

    async def stop(self) -> None:
        """Makes everything tracked durable and ends; what is unsent stays for the next run."""
        self._open = False
        self._tracked.set()
        if self._tasks:
            writer, sender = self._tasks
            await writer
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
        await self._disk(self._spool.close)
        self._thread.shutdown()

    @property
    def unsent(self) -> int:
        """Events that the cloud has not answered for."""
        return self._events

    def track(
        self,
        event_type: str,
        resource_id: str,
        quantity: Quantity = 1,
        *,
        unit: str = "",
        event_time: datetime | None = None,
        request_id: str = "",
        dimensions: Mapping[str, str] | None = None,
    ) -> "asyncio.Future[str]":
        """Takes a use without waiting; the future gives the event's id once it is on disk.

        `event_time` is aware, now by default. Raises at once InvalidArgument, StorageFull,
        FailedPrecondition when not running; the future raises StorageFull or Unavailable when
        the disk fails, and then the event is not kept.
        """
        event_id = str(uuid7(self._clock))
        use = Use(event_type, resource_id, quantity, unit, request_id, dimensions)
        return self._take(use, event_id, event_time, held=False)

    def hold(self, use: Use, event_id: str) -> "asyncio.Future[str]":
        """As `track`, for the use of a quota's operation whose id is the event's.

        It is not sent before `unhold`: its commit counts it. The next run sends what was left,
        and the cloud counts the id once.
        """
        return self._take(use, event_id, None, held=True)

    async def unhold(self, event_id: str, *, counted: bool) -> None:
        """Ends what `hold` began: forgets the event when its commit counted it, else sends it.

        Raises StorageFull, Unavailable; the event is then sent by the next run.
        """
        size = self._held.pop(event_id)
        if counted:
            await self._disk(self._spool.remove, [event_id])
            self._count(-1, -size)
        else:
            await self._disk(self._spool.unhold, event_id)
            self._written.set()

    def _take(
        self, use: Use, event_id: str, event_time: datetime | None, *, held: bool
    ) -> "asyncio.Future[str]":
        if not self._open:
            raise FailedPrecondition("STATE_CONFLICT", "usage reporter", "it is not running")
        payload = pack(use, event_id, event_time or self._clock.now())
        if self._bytes + len(payload) > self._max_bytes:
            self._log.error("usage refused: the spool is full", unsent=self._events)
            raise StorageFull(
                f"the usage spool holds {self._bytes} of {self._max_bytes} bytes "
                f"({self._events} events unsent); reach the cloud or allow more"
            )
        self._count(1, len(payload))
        durable = asyncio.get_running_loop().create_future()
        self._pending.append(_Pending(event_id, payload, durable, held))
        self._tracked.set()
        return durable

    async def flush(self) -> None:
        """Returns when the cloud has answered for everything tracked; forever while it is away."""
        self._hurry.set()
        try:
            await self._idle.wait()
        finally:
            self._hurry.clear()

    async def _write(self) -> None:
        """All that waits goes to disk in one commit."""
        while self._open or self._pending:
            await self._tracked.wait()
            self._tracked.clear()
            group, self._pending = self._pending, []
            if group:
                await self._commit(group)

    async def _commit(self, group: list[_Pending]) -> None:
        try:
            await self._disk(
                self._spool.append,
                [(each.event_id, each.payload) for each in group],
                [each.event_id for each in group if each.held],
            )
        except MeshError as error:
            self._log.error("usage is not kept", events=len(group), why=error.message)
            self._count(-len(group), -sum(len(each.payload) for each in group))
            for each in group:
                if not each.durable.done():
                    each.durable.set_exception(error)
            return
        self._faults.hit("sdk.usage.after_write")
        self._written.set()
        for each in group:
            if each.held:
                self._held[each.event_id] = len(each.payload)
            if not each.durable.done():
                each.durable.set_result(each.event_id)

    async def _send(self) -> None:
        backoff = Backoff(_FIRST_RETRY_S, cap=_RETRY_CAP_S)
        while True:
            self._written.clear()
            try:
                batch = await self._disk(self._spool.read, self._limit, _MAX_BATCH_BYTES)
                if not batch:
                    await self._written.wait()
                    await self._linger()
                    continue
                await self._report(batch)
            except Exception as error:
                await asyncio.sleep(self._failed(as_mesh_error(error), next(backoff)))
            else:
                backoff.reset()
                self._failing = ""

    async def _report(self, batch: list[Spooled]) -> None:
        self._faults.hit("sdk.usage.before_send")
        try:
            results = await self._sink.report([each.payload for each in batch])
        except (InvalidArgument, TooLarge) as error:
            if len(batch) > 1:  # one bad event must not hold the others back: find it
                self._limit = len(batch) // 2
                return
            results = [UsageResult(batch[0].event_id, EventStatus.REJECTED, error.message)]
        if [each.event_id for each in results] != [each.event_id for each in batch]:
            raise Internal("the cloud answered for other events than were sent")
        self._faults.hit("sdk.usage.after_answer")
        self._limit = min(MAX_BATCH, self._limit * 2)
        for result, spooled in zip(results, batch, strict=True):
            self._tell(_of_operation(result) if spooled.operation else result)
        await self._disk(self._spool.remove, [each.event_id for each in batch])
        self._count(-len(batch), -sum(len(each.payload) for each in batch))

    def _tell(self, result: UsageResult) -> None:
        if not result.counted:
            self._log.error(
                "usage does not count",
                event_id=result.event_id,
                status=result.status.value,
                why=result.reason,
            )
        if self._on_result is not None:
            try:
                self._on_result(result)
            except Exception:
                self._log.exception("a usage callback failed")

    async def _linger(self) -> None:
        """Waits for more events, unless somebody waits for these."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._linger_s):
                await self._hurry.wait()

    def _count(self, events: int, size: int) -> None:
        self._events += events
        self._bytes += size
        self._settle()

    def _settle(self) -> None:
        if self._events:
            self._idle.clear()
        else:
            self._idle.set()

    def _failed(self, error: MeshError, delay: float) -> float:
        """Logs the first of a row of equal failures; seconds until the next attempt."""
        if error.message != self._failing:
            self._failing = error.message
            self._log.warning(
                "usage is not sent", reason=error.reason, why=error.message, unsent=self._events
            )
        if isinstance(error, RateLimited | Unavailable):
            return max(delay, error.retry_after.total_seconds())
        return delay

    async def _disk(self, work: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)


def _of_operation(result: UsageResult) -> UsageResult:
    """A commit and its event in the spool differ in their time only: either counts the use."""
    if result.status is EventStatus.CONFLICT:
        return UsageResult(result.event_id, EventStatus.DUPLICATE)
    return result
