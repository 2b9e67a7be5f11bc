"""Answered calls into the database: whoever comes while one group commits makes the next."""

import asyncio
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog
from prometheus_client import Counter

from billing.metering import store
from billing.metering.store import CallKey
from mesh.clock import Clock
from mesh.database import Database
from mesh.faults import Faults
from mesh.ids import uuid7
from mesh.retry import Backoff
from mesh.telemetry import Metrics

_PATIENCE_S = 2.0
_LINGER_S = 0.2


class CallCounter:
    """One writer for each server. `run` beside it."""

    def __init__(
        self, db: Database, replica: UUID, clock: Clock, metrics: Metrics, faults: Faults
    ) -> None:
        """`replica` names this server's life. Fault points: metering.before_commit,
        metering.after_commit_before_answer."""
        self._db = db
        self._replica = replica
        self._clock = clock
        self._faults = faults
        self._counts: dict[CallKey, int] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._arrived = asyncio.Event()
        self._urgent = asyncio.Event()
        self._failing = False
        self._stopping = False
        self._log = structlog.get_logger()
        self._late = Counter(
            "brinkbyte_api_calls_answered_uncommitted",
            "Calls answered before their count was in the database, which was away.",
            registry=metrics.registry,
        )

    @property
    def minute(self) -> datetime:
        """The start of the running minute."""
        return minute_of(self._clock.now())

    def note(self, tenant_id: UUID, route: str) -> None:
        """Counts a call without waiting: durably within 200 ms or so."""
        key = CallKey(tenant_id, self.minute, route)
        self._counts[key] = self._counts.get(key, 0) + 1
        self._arrived.set()

    async def count(self, tenant_id: UUID, route: str) -> None:
        """Returns once the call is counted durably.

        While the database is away it returns after two seconds: the count is kept in memory, and
        told of in the log.
        """
        self.note(tenant_id, route)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        self._urgent.set()
        try:
            async with asyncio.timeout(0 if self._failing else _PATIENCE_S):
                await done
        except TimeoutError:
            self._late.inc()

    async def run(self) -> None:
        """Writes until `stop`, and then what is left."""
        while not self._stopping or self._counts:
            await self._arrived.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LINGER_S):
                    await self._urgent.wait()
            await self._flush()

    def stop(self) -> None:
        """Lets `run` end after what was counted."""
        self._stopping = True
        self._arrived.set()
        self._urgent.set()

    async def _flush(self) -> None:
        if not self._stopping:
            self._arrived.clear()
            self._urgent.clear()
        counts, self._counts = self._counts, {}
        waiting, self._waiting = self._waiting, []
        if not counts:
            return
        await self._insist(counts)
        self._faults.hit("metering.after_commit_before_answer")
        for done in waiting:
            if not done.done():
                done.set_result(None)

    async def _insist(self, counts: dict[CallKey, int]) -> None:
        commit_id, backoff, in_doubt = uuid7(self._clock), Backoff(0.05, cap=1.0), False
        while True:
            try:
                async with self._db.worker() as conn:
                    if in_doubt and await store.last_commit(conn, self._replica) == commit_id:
                        break
                    await store.add(conn, self._replica, commit_id, counts, self._clock.now())
                    self._faults.hit("metering.before_commit")
                    in_doubt = True
                break
            except Exception as error:
                if not self._failing:
                    self._log.error("api_calls_not_counted", error=type(error).__name__)
                self._failing = True
                await asyncio.sleep(next(backoff))
        if self._failing:
            self._log.info("api_calls_counted_again")
        self._failing = False


def minute_of(moment: datetime) -> datetime:
    """The start of the minute that holds an aware moment in UTC."""
    return moment.replace(second=0, microsecond=0)
