"""Quotas of the cloud: reserve before a use, commit what was used, or release.

Operations that callers make in the same moment travel in one call, and while it is under way
others gather for the next. Each keeps its id at every attempt, so that the cloud does it once.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from mesh.clock import Clock
from mesh.driver_errors import as_mesh_error
from mesh.errors import (
    Aborted,
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    MeshError,
    RateLimited,
    TooLarge,
    Unavailable,
)
from mesh.ids import uuid7
from mesh.retry import Backoff
from sdk.event import Quantity
from sdk.operations import Commit, Done, Operation, QuotaSink, Release, Reserve, pack

MAX_BATCH = 1000
_MAX_WAITING = 10_000
_IN_FLIGHT = 4
_ATTEMPT_S = 5.0
_FIRST_RETRY_S = 0.05
_RETRY_CAP_S = 1.0
PASSING = (Unavailable, DeadlineExceeded, RateLimited, Aborted, Internal)
"""Errors after which the same operation may be tried again."""


@dataclass(slots=True)
class _Waiting:
    """An operation whose caller waits; `deadline` is on the monotonic clock."""

    operation: Operation
    packed: bytes
    deadline: float
    answer: "asyncio.Future[Done]"
    last: MeshError | None = None


class QuotaClient:
    """Used from one event loop; `stop` ends it."""

    def __init__(self, sink: QuotaSink, clock: Clock) -> None:
        """`clock` gives ids their time and bounds the waiting."""
        self._sink = sink
        self._clock = clock
        self._waiting: deque[_Waiting] = deque()
        self._calls: set[asyncio.Task[None]] = set()
        self._gathering = False
        self._open = True

    async def reserve(
        self,
        metric: str,
        quantity: Quantity = 1,
        *,
        operation_id: str = "",
        ttl_s: int = 300,
        timeout_s: float = 2.0,
    ) -> str:
        """Sets an amount aside, all of it or nothing; returns the operation's id.

        Uncommitted it expires after `ttl_s` seconds. Raises QuotaExhausted, InvalidArgument,
        and within `timeout_s` seconds Unavailable or DeadlineExceeded.
        """
        found = operation_id or str(uuid7(self._clock))
        await self._do(Reserve(found, metric, quantity, ttl_s), timeout_s)
        return found

    async def commit(
        self,
        operation_id: str,
        metric: str,
        quantity: Quantity,
        resource_id: str,
        *,
        request_id: str = "",
        dimensions: Mapping[str, str] | None = None,
        timeout_s: float = 10.0,
    ) -> Done:
        """Says what was used of a reservation; the cloud records it as a usage event.

        Raises NotFound, FailedPrecondition when it was released, AlreadyExists when it was
        committed with other content, and what `reserve` raises but QuotaExhausted.
        """
        made = Commit(operation_id, metric, quantity, resource_id, request_id, dimensions)
        return await self._do(made, timeout_s)

    async def release(self, operation_id: str, metric: str, *, timeout_s: float = 10.0) -> Done:
        """Gives a reservation back unused. Raises NotFound, FailedPrecondition when committed."""
        return await self._do(Release(operation_id, metric), timeout_s)

    async def stop(self) -> None:
        """Ends; whoever still waits hears Unavailable."""
        self._open = False
        for each in self._calls:
            each.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        while self._waiting:
            _fail(self._waiting.popleft(), Unavailable("cloud"))

    async def _do(self, operation: Operation, timeout_s: float) -> Done:
        if not self._open:
            raise FailedPrecondition("STATE_CONFLICT", "quota client", "it is not running")
        packed = pack(operation)
        if len(self._waiting) >= _MAX_WAITING:
            raise RateLimited
        deadline = self._clock.monotonic() + timeout_s
        waiting = _Waiting(operation, packed, deadline, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._go()
        try:
            async with asyncio.timeout(timeout_s) as limit:
                return await waiting.answer
        except TimeoutError:
            if not limit.expired():
                raise
            raise waiting.last or DeadlineExceeded("the cloud did not answer in time") from None

    def _go(self) -> None:
        """Starts a call unless enough are under way; it takes all that waits when it runs."""
        if self._waiting and not self._gathering and len(self._calls) < _IN_FLIGHT:
            self._gathering = True
            task = asyncio.create_task(self._run())
            self._calls.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._calls.discard(task)
        if self._open:
            self._go()

    async def _run(self) -> None:
        """One batch until each of it is answered or its caller is gone."""
        batch = [self._waiting.popleft() for _ in range(min(MAX_BATCH, len(self._waiting)))]
        self._gathering = False
        try:
            await self._until_answered(batch)
        finally:
            for each in batch:
                _fail(each, each.last or Unavailable("cloud"))

    async def _until_answered(self, batch: list[_Waiting]) -> None:
        backoff = Backoff(_FIRST_RETRY_S, cap=_RETRY_CAP_S)
        while batch := [each for each in batch if not each.answer.done()]:
            await self._attempt(batch)
            if any(not each.answer.done() for each in batch):
                await asyncio.sleep(next(backoff))

    async def _attempt(self, batch: list[_Waiting]) -> None:
        latest = max(each.deadline for each in batch) - self._clock.monotonic()
        sent = [(each.operation, each.packed) for each in batch]
        try:
            outcomes = await self._sink.apply(sent, min(_ATTEMPT_S, max(latest, 0.001)))
        except (InvalidArgument, TooLarge) as error:
            if len(batch) > 1:  # one bad operation must not fail the others: find it
                half = len(batch) // 2
                await self._attempt(batch[:half])
                await self._attempt(batch[half:])
                return
            _fail(batch[0], error)
            return
        except Exception as error:
            self._failed(batch, as_mesh_error(error))
            return
        for each, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Done):
                if not each.answer.done():
                    each.answer.set_result(outcome)
            else:
                self._failed([each], outcome)

    def _failed(self, batch: list[_Waiting], error: MeshError) -> None:
        """What passes is tried again while its caller waits."""
        for each in batch:
            each.last = error
            if not isinstance(error, PASSING):
                _fail(each, error)


def _fail(waiting: _Waiting, error: MeshError) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
