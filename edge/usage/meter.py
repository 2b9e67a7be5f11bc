"""Counting that is durable before its result leaves: group commit by one writer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from edge.telemetry.store import TelemetryRow
from edge.usage import store
from edge.usage.counts import (
    MINUTE,
    Counts,
    FrameResult,
    LeaseSpan,
    add,
    count_call,
    count_frames,
    start_of_minute,
)
from edge.usage.journal import END_OF_TIME, Journal
from mesh.clock import Clock
from mesh.database import Connection, Database, Role
from mesh.errors import Unavailable
from mesh.faults import Faults
from mesh.ids import uuid7
from mesh.retry import Backoff

__all__ = ["FrameResult", "Meter", "MeterOptions"]

_AHEAD = timedelta(minutes=5)

InsertTelemetry = Callable[[Connection, Sequence[TelemetryRow]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class MeterOptions:
    """How commits are grouped.

    A group is written once it holds `group` results or its first one waited `linger`.
    A minute is closed `settle` after its end, so that frames in flight still find it open.
    """

    group: int = 64
    linger: timedelta = timedelta(milliseconds=20)
    settle: timedelta = timedelta(seconds=2)


@dataclass(slots=True)
class _Group:
    """What one transaction will write, and who waits for it.

    It is in doubt from its COMMIT until the answer to that, or a look, says what became of it.
    """

    counts: Counts = field(default_factory=dict)
    telemetry: list[TelemetryRow] = field(default_factory=list)
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    size: int = 0
    in_doubt: bool = False

    def settle(self, error: BaseException | None) -> None:
        for future in self.waiting:
            if future.done():
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)


class Meter:
    """Adds frames and calls to their open minutes, durably, and closes ended minutes.

    Many callers share one transaction. A database that is away makes callers wait and
    heals by itself; a full disk reaches every caller as StorageFull, once it is certain that
    nothing was counted. Each change between working and failing is logged once.
    """

    def __init__(
        self,
        database: Database,
        insert_telemetry: InsertTelemetry,
        *,
        clock: Clock,
        journalled: Callable[[], None],
        faults: Faults,
        options: MeterOptions | None = None,
    ) -> None:
        """`journalled` is called, in the loop, after new events are in the journal."""
        self._database = database
        self._insert_telemetry = insert_telemetry
        self._clock = clock
        self._journalled = journalled
        self._faults = faults
        self._options = options or MeterOptions()
        self._journal = Journal(database, faults)
        self._writer = asyncio.Lock()
        self._group = _Group()
        self._arrived = asyncio.Event()
        self._full = asyncio.Event()
        self._closing = False
        self._trouble = ""
        self._log = structlog.get_logger()

    async def commit(self, results: Sequence[FrameResult]) -> None:
        """Returns once the frames are counted and their telemetry is stored, durably.

        Raises StorageFull when the disk is full, Unavailable when the meter stops.
        """
        if not results:
            return
        telemetry = [row for result in results for row in result.telemetry]
        await self._submit(count_frames(results), telemetry, len(results))

    async def count_call(self, route: str, lease: LeaseSpan | None = None) -> None:
        """Returns once one call of `route` is counted, durably; `lease` is what it is spent of.

        Raises as `commit` does.
        """
        await self._submit(count_call(route, self._clock.now(), lease), [], 1)

    async def close_camera(self, camera_id: str) -> None:
        """Makes the camera's open minutes journal events now, ended or not."""
        await self._close(END_OF_TIME, camera_id)

    async def close_all(self) -> None:
        """Makes every open minute a journal event now, ended or not."""
        await self._close(END_OF_TIME, None)

    async def close_minutes(self, now: datetime) -> None:
        """Makes every minute that ended a while before `now` (aware) one journal event.

        So are those far ahead of it, which were counted while the clock was wrong: nobody
        counts in them any more, and their end may be years away.
        """
        ended = start_of_minute(now - self._options.settle - MINUTE) + MINUTE
        await self._close(ended, None, now + _AHEAD)

    async def run(self) -> None:
        """Writes groups until `stop`; run it as one task."""
        while not self._closing or self._group.size:
            await self._arrived.wait()
            if not self._closing and self._group.size < self._options.group:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._options.linger.total_seconds()):
                        await self._full.wait()
            group = self._take()
            if group.size:
                await self._write(group)

    def stop(self) -> None:
        """Lets `run` end after what is already submitted; later callers are refused."""
        self._closing = True
        self._arrived.set()
        self._full.set()

    async def _submit(self, counts: Counts, telemetry: list[TelemetryRow], size: int) -> None:
        if self._closing:
            raise Unavailable("meter")
        group = self._group
        add(group.counts, counts)
        group.telemetry += telemetry
        group.size += size
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        group.waiting.append(done)
        self._arrived.set()
        if group.size >= self._options.group:
            self._full.set()
        await done

    def _take(self) -> _Group:
        group, self._group = self._group, _Group()
        if not self._closing:
            self._arrived.clear()
            self._full.clear()
        return group

    async def _write(self, group: _Group) -> None:
        """Tries until the group is committed, or certain not to be and not worth a retry.

        A full disk may end the server at the COMMIT itself, so that only a look tells.
        """
        commit_id = uuid7(self._clock)
        backoff = Backoff(0.05, cap=2.0)
        while True:
            try:
                async with self._writer:
                    await self._write_once(group, commit_id)
            except asyncio.CancelledError:
                group.settle(Unavailable("meter"))
                raise
            except Exception as error:
                self._note(error)
                passes = group.in_doubt or isinstance(error, Unavailable | TimeoutError)
                if self._closing or not passes:
                    group.settle(error)
                    return
                await asyncio.sleep(next(backoff))
            else:
                self._faults.hit("edge.meter.after_commit")
                self._note(None)
                group.settle(None)
                return

    async def _write_once(self, group: _Group, commit_id: UUID) -> None:
        async with self._database.transaction(Role.APP) as conn:
            if group.in_doubt:
                if (await store.lock_head(conn)).last_commit == commit_id:
                    return
                group.in_doubt = False
            await store.add_counts(conn, group.counts, commit_id)
            if group.telemetry:
                await self._insert_telemetry(conn, group.telemetry)
            self._faults.hit("edge.meter.before_commit")
            group.in_doubt = True

    def _note(self, error: Exception | None) -> None:
        """Logs the change from counting to not counting, or back, and of the reason."""
        trouble = "" if error is None else getattr(error, "reason", type(error).__name__)
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if trouble:
            self._log.error("frames_not_counted", reason=trouble)
        else:
            self._log.info("frames_counted_again")

    async def _close(
        self, before: datetime, resource_id: str | None, beyond: datetime = END_OF_TIME
    ) -> None:
        async with self._writer:
            made = await self._journal.close(before, resource_id, beyond)
        if made:
            self._faults.hit("edge.journal.after_close")
            self._journalled()
