"""What the node does by the clock: minutes, partitions, retention."""

import asyncio
from datetime import datetime, timedelta

import structlog

from edge.licensing import store as licensing
from edge.licensing.clock import ForwardClock
from edge.telemetry.store import ensure_partitions
from edge.usage import positions
from edge.usage.meter import Meter
from mesh.database import Database, Role
from mesh.errors import MeshError

HIGH_WATER = "clock_high_water"
_USAGE_KEPT = timedelta(days=35)
_LOG_KEPT = timedelta(days=90)
_DAY = timedelta(days=1)
_MINUTE_S = 60.0


class Housekeeping:
    """Closes minutes each second, keeps the clock's high-water mark, and tidies up daily."""

    def __init__(self, database: Database, meter: Meter, clock: ForwardClock) -> None:
        """Usage minutes follow the machine's clock, everything else the forward clock."""
        self._database = database
        self._meter = meter
        self._clock = clock
        self._log = structlog.get_logger()
        self._failing = False
        self._tidied_at: datetime | None = None

    async def run(self) -> None:
        """Works until cancelled; what fails is tried again a second later."""
        kept_at = self._clock.monotonic()
        while True:
            try:
                await self._meter.close_minutes(self._clock.machine_now())
                if self._clock.monotonic() - kept_at >= _MINUTE_S:
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
        """Persists the latest time seen; a clock that was turned back is told of."""
        behind = self._clock.turned_back()
        if behind is not None:
            self._log.warning("the clock was turned back", seconds=behind.total_seconds())
        async with self._database.transaction(Role.APP) as conn:
            await licensing.write_setting(conn, HIGH_WATER, self._clock.high_water.isoformat())

    async def tidy(self) -> None:
        """Makes partitions ahead and drops what is old; at the first call and once a day."""
        now = self._clock.now()
        if self._tidied_at is not None and now - self._tidied_at < _DAY:
            return
        async with self._database.transaction(Role.APP) as conn:
            await ensure_partitions(conn, now)
            await ensure_partitions(conn, now, table="usage_events")
            await positions.forget_acked(conn, now - _USAGE_KEPT, now)
            await licensing.forget_log(conn, now - _LOG_KEPT)
        self._tidied_at = now


async def read_high_water(database: Database) -> datetime | None:
    """The latest time that an earlier run saw: aware, UTC."""
    async with database.transaction(Role.APP) as conn:
        text = await licensing.read_setting(conn, HIGH_WATER)
    return None if text is None else datetime.fromisoformat(text)
