"""Counting that is durable before its result leaves: group commit by one writer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from edge.telemetry.store import TelemetryRow
from edge.usage import store
from edge.usage.budget import Budget
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
from edge.usage.group import Group
from edge.usage.journal import END_OF_TIME, Growth, Journal
from edge.usage.uses import Entry, Taken, Use, check, entry_of
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
    At most `most` results and `most_bytes` of telemetry and events wait; more is refused.
    """

    group: int = 64
    linger: timedelta = timedelta(milliseconds=20)
    settle: timedelta = timedelta(seconds=2)
    most: int = 20_000
    most_bytes: int = 64 * 1024 * 1024


class Meter:
    """Adds frames and calls to their open minutes and single uses to the journal, durably.

    Handing over takes microseconds and memory only; what it gives back is the awaitable commit.
    Many callers share one transaction. A database that is away makes them wait and heals by itself,
    until too many wait: then more is refused as Unavailable. A full disk or a spent budget reaches
    every caller as StorageFull, once it is certain that nothing was counted. Each change between
    working and failing is logged once.
    """

    def __init__(
        self,
        database: Database,
        insert_telemetry: InsertTelemetry,
        *,
        clock: Clock,
        journalled: Callable[[], None],
        faults: Faults,
        budget: Budget,
        options: MeterOptions | None = None,
    ) -> None:
        """`journalled` is called, in the loop, after new events are in the journal. `budget` says
        how much of the disk they may take, and learns how much they do."""
        self._database = database
        self._insert_telemetry = insert_telemetry
        self._clock = clock
        self._journalled = journalled
        self._faults = faults
        self._budget = budget
        self._options = options or MeterOptions()
        self._journal = Journal(database, clock, faults)
        self._writer = asyncio.Lock()
        self._group = Group()
        self._writing = Group()
        self._arrived = asyncio.Event()
        self._full = asyncio.Event()
        self._closing = False
        self._trouble = ""
        self._log = structlog.get_logger()

    def track(self, use: Use) -> "asyncio.Future[Taken]":
        """Hands one use over without waiting; the future ends once it is a durable event.

        Raises InvalidArgument for a use that breaks a rule, StorageFull when the budget is spent,
        Unavailable when too many wait or the meter stops. The future raises StorageFull when the
        disk is full, Unavailable when the meter stops: nothing was counted then.
        """
        size = check(use)
        group = self._admit()
        tracked: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        group.uses.append(use)
        group.tracking.append(tracked)
        self._grow(group, 1, size)
        return tracked

    def track_frames(self, results: Sequence[FrameResult]) -> "asyncio.Future[None]":
        """Hands frames over without waiting; the future ends once they are counted and their
        telemetry is stored, durably. Raises, and lets the future raise, as `track` does."""
        telemetry = [row for result in results for row in result.telemetry]
        return self._count(count_frames(results), telemetry, len(results))

    def track_call(self, route: str, lease: LeaseSpan | None = None) -> "asyncio.Future[None]":
        """Hands over one call of `route`, spent of `lease`. Raises as `track` does."""
        return self._count(count_call(route, self._clock.now(), lease), [], 1)

    async def commit(self, results: Sequence[FrameResult]) -> None:
        """Returns once the frames are counted and their telemetry is stored, durably.

        Raises StorageFull when the disk or the budget is full, Unavailable when too many wait or
        the meter stops.
        """
        if results:
            await self.track_frames(results)

    async def count_call(self, route: str, lease: LeaseSpan | None = None) -> None:
        """Returns once one call of `route` is counted, durably; `lease` is what it is spent of.

        Raises as `commit` does.
        """
        await self.track_call(route, lease)

    async def is_known(self, event_id: str) -> bool:
        """Whether a use with this id is an event that is held. Raises MeshError."""
        async with self._database.transaction(Role.APP) as conn:
            return bool(await store.known_ids(conn, [event_id]))

    async def journal_with(self, make: Callable[[Connection], Awaitable[Sequence[Entry]]]) -> None:
        """Makes what `make` returns events, in the transaction that `make` writes in.

        Raises MeshError; whether that transaction committed is then to be read from what it wrote.
        """
        async with self._writer:
            async with self._database.transaction(Role.APP) as conn:
                growth = await self._journal.append(conn, await make(conn))
            self._grew(growth)

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
            self._writing = Group()

    def stop(self) -> None:
        """Lets `run` end after what is already submitted; later callers are refused."""
        self._closing = True
        self._arrived.set()
        self._full.set()

    def _admit(self) -> Group:
        """The group that takes one more hand-over."""
        if self._closing:
            raise Unavailable("meter")
        self._budget.admit()
        group, writing, options = self._group, self._writing, self._options
        if (
            group.size + writing.size >= options.most
            or group.room + writing.room >= options.most_bytes
        ):
            self._budget.refused += 1
            raise Unavailable("usage journal")
        return group

    def _count(
        self, counts: Counts, telemetry: list[TelemetryRow], size: int
    ) -> "asyncio.Future[None]":
        group = self._admit()
        add(group.counts, counts)
        group.telemetry += telemetry
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        group.waiting.append(done)
        self._grow(group, size, sum(len(row.payload) for row in telemetry))
        return done

    def _grow(self, group: Group, size: int, room: int) -> None:
        group.size += size
        group.room += room
        self._arrived.set()
        if group.size >= self._options.group:
            self._full.set()

    def _take(self) -> Group:
        group, self._group = self._group, Group()
        self._writing = group
        if not self._closing:
            self._arrived.clear()
            self._full.clear()
        return group

    async def _write(self, group: Group) -> None:
        """Tries until the group is committed, or certain not to be and not worth a retry.

        A full disk may end the server at the COMMIT itself, so that only a look tells.
        """
        commit_id = uuid7(self._clock)
        backoff = Backoff(0.05, cap=2.0)
        while True:
            try:
                async with self._writer:
                    await self._write_once(group, commit_id)
                    self._grew(group.growth)
            except asyncio.CancelledError:
                group.failed(Unavailable("meter"))
                raise
            except Exception as error:
                self._note(error)
                passes = group.in_doubt or isinstance(error, Unavailable | TimeoutError)
                if self._closing or not passes:
                    group.failed(error)
                    return
                await asyncio.sleep(next(backoff))
            else:
                self._faults.hit("edge.meter.after_commit")
                self._note(None)
                group.written()
                return

    async def _write_once(self, group: Group, commit_id: UUID) -> None:
        async with self._database.transaction(Role.APP) as conn:
            if group.in_doubt:
                if (await store.lock_head(conn)).last_commit == commit_id:
                    return
                group.in_doubt = False
            self._faults.hit("edge.track.before_write")
            await store.add_counts(conn, group.counts, commit_id)
            if group.telemetry:
                await self._insert_telemetry(conn, group.telemetry)
            if group.uses:
                entries = [entry_of(use) for use in group.uses]
                group.taken, group.growth = await self._journal.take(conn, entries)
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
            grown = await self._journal.close(before, resource_id, beyond)
        if grown.events:
            self._faults.hit("edge.journal.after_close")
        self._grew(grown)

    def _grew(self, growth: Growth) -> None:
        if growth.events:
            self._budget.held_bytes += growth.size
            self._budget.pending += growth.events
            self._journalled()
