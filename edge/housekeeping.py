"""What the node does by the clock: minutes, partitions, retention."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from edge.licensing import store as licensing
from edge.licensing.clock import ForwardClock
from edge.licensing.timekeeping import keep_clock
from edge.telemetry.store import ensure_partitions
from edge.usage import positions
from edge.usage.meter import Meter
from edge.usage.storage import StorageMeter
from edge.usage.watch import UsageWatch
from mesh.database import Database, Role
from mesh.errors import MeshError
from rights.claims import Epoch

_USAGE_KEPT = timedelta(days=35)
_LOG_KEPT = timedelta(days=90)
_DAY = timedelta(days=1)
_MINUTE_S = 60.0
_AT_ONCE = 10_000


class Rights(Protocol):
    """What is known of the rights in force."""

    epoch: Epoch

    def tell_what_time_changed(self) -> None:
        """Time went on."""
        ...


class Housekeeping:
    """Closes minutes, watches usage and the clock each second, keeps its state, tidies up daily."""

    def __init__(
        self,
        database: Database,
        meter: Meter,
        clock: ForwardClock,
        rights: Rights,
        *,
        watch: UsageWatch,
        storage: StorageMeter,
        publish: Callable[[], None],
    ) -> None:
        """Usage minutes follow the machine's clock, everything else the forward clock.

        `publish` is called each second.
        """
        self._watch = watch
        self._storage = storage
        self._database = database
        self._meter = meter
        self._clock = clock
        self._rights = rights
        self._publish = publish
        self._log = structlog.get_logger()
        self._failing = False
        self._tidied_at: datetime | None = None

    async def run(self) -> None:
        """Works until cancelled; what fails is tried again a second later."""
        kept_at = self._clock.monotonic()
        while True:
            try:
                await self._watch.look()
                self._publish()
                await self._meter.close_minutes(self._clock.machine_now())
                await self._storage.tick()
                self._clock.observe()
                self._rights.tell_what_time_changed()
                news = bool(self._clock.events) or self._clock.learned
                if news or self._clock.monotonic() - kept_at >= _MINUTE_S:
                    kept_at = self._clock.monotonic()
                    await self.keep_time()
                    await self.tidy()
                self._failing = False
            except MeshError as error:
                if not self._failing:
                    self._log.error("housekeeping fails", reason=error.reason, why=error.message)
                self._failing = True
            await asyncio.sleep(1)

    async def keep_time(self) -> None:
        """Persists the clock's state and tells what looked wrong. Raises MeshError."""
        for message in self._clock.events:
            self._log.warning("clock", why=message)
        await keep_clock(self._database, self._clock, self._rights.epoch)

    async def tidy(self) -> None:
        """Makes partitions ahead and drops what is old; at the first call and once a day."""
        now = self._clock.now()
        if self._tidied_at is not None and now - self._tidied_at < _DAY:
            return
        async with self._database.transaction(Role.APP) as conn:
            await ensure_partitions(conn, now)
            await ensure_partitions(conn, now, table="usage_events")
            await licensing.forget_log(conn, now - _LOG_KEPT)
        await self._forget_usage(now)
        self._tidied_at = now

    async def _forget_usage(self, now: datetime) -> None:
        """Bit by bit, so that no frame waits for it."""
        async with self._database.transaction(Role.APP) as conn:
            first = await positions.first_recent(conn, now - _USAGE_KEPT, now)
        gone = _AT_ONCE
        while gone == _AT_ONCE:
            async with self._database.transaction(Role.APP) as conn:
                gone = await positions.forget_acked(conn, first, _AT_ONCE)
