"""Background work on usage: folding sums, making and retiring partitions, forgetting."""

from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter, Histogram

from billing.background import repeat
from billing.usage.aggregates import store
from billing.usage.instances import store as instances
from billing.usage.instances.service import REPORTS_KEPT
from billing.usage.journals import store as journals
from billing.usage.problems import store as problems
from mesh.clock import Clock
from mesh.database import Database, retry_serialization
from mesh.faults import Faults, NoFaults
from mesh.telemetry import Metrics
from rights.periods import add_months, calendar_month

MARKS_KEPT = timedelta(days=35)
"""For as long as a node keeps events that were acked."""

PROBLEMS_KEPT = timedelta(days=90)

_BATCH = 5_000
_MONTHS_AHEAD = 3
_UPKEEP_EVERY = timedelta(days=1)
_RETRY_AFTER = timedelta(minutes=1)


class AggregationWorker:
    """Folds deltas into hours. Any number of replicas may run one at the same time."""

    def __init__(
        self,
        db: Database,
        metrics: Metrics,
        interval: timedelta = timedelta(minutes=1),
        *,
        faults: Faults | None = None,
    ) -> None:
        """`interval` passes between two folds; usage.fold.before_commit and after_commit are
        fault points of those that take something."""
        self._db = db
        self._faults = faults or NoFaults()
        self._interval = interval
        self._log = structlog.get_logger()
        self._folded = Counter(
            "brinkbyte_usage_deltas_folded",
            "Usage deltas folded into hourly aggregates.",
            registry=metrics.registry,
        )
        self._seconds = Histogram(
            "brinkbyte_usage_aggregation_seconds",
            "Seconds that a fold of all waiting deltas took.",
            registry=metrics.registry,
        )

    async def run(self) -> None:
        """Folds at once and then at each interval, until cancelled. Failures are retried."""
        await repeat(self.fold_once, "usage_not_folded", self._interval.total_seconds())

    async def fold_once(self) -> int:
        """Folds what is there now; returns the number of deltas. Raises Unavailable."""
        total = 0
        with self._seconds.time():
            while taken := await retry_serialization(self._fold_batch):
                total += taken
                self._folded.inc(taken)
                if taken < _BATCH:
                    break
        return total

    async def _fold_batch(self) -> int:
        async with self._db.worker() as conn:
            taken = await store.fold(conn, _BATCH)
            if taken:
                self._faults.hit("usage.fold.before_commit")
        if taken:
            self._faults.hit("usage.fold.after_commit")
        return taken


class UsageUpkeep:
    """Makes partitions ahead of time, retires old ones, and forgets what nobody can need."""

    def __init__(self, db: Database, clock: Clock, months_kept: int = 25) -> None:
        """Runs as the worker role. Events are kept for `months_kept` full months, and longer where
        one of them is not billed."""
        self._db = db
        self._clock = clock
        self._months_kept = months_kept
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Works at once and then daily, until cancelled. Failures are retried after a minute."""
        await repeat(
            self.run_once,
            "usage_upkeep_failed",
            _UPKEEP_EVERY.total_seconds(),
            retry_s=_RETRY_AFTER.total_seconds(),
        )

    async def run_once(self) -> int:
        """Returns the number of partitions made. Raises Unavailable."""
        now = self._clock.now()
        await self._forget(now)
        await self._retire(now)
        async with self._db.worker() as conn:
            return await store.make_partitions(conn, now.date(), _MONTHS_AHEAD)

    async def _forget(self, now: datetime) -> None:
        async with self._db.worker() as conn:
            await journals.forget_marks(conn, now - MARKS_KEPT)
            await problems.forget(conn, now - PROBLEMS_KEPT)
            await instances.forget(conn, now - REPORTS_KEPT)

    async def _retire(self, now: datetime) -> None:
        oldest = add_months(calendar_month(now).start, -self._months_kept)
        async with self._db.worker() as conn:
            retired = await store.retire_partitions(conn, oldest.date())
        for each in retired:
            self._log.info("usage_partition_retired", partition=each.name, events=each.events)
