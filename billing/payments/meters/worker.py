"""Every few minutes: what was used becomes submissions, and what waits is sent."""

from datetime import timedelta

from prometheus_client import Counter, Gauge

from billing.background import for_each, repeat
from billing.payments.meters import memory_store, store
from billing.payments.meters.maker import SubmissionMaker
from billing.payments.meters.periods import IssuedPeriod, IssuedPeriods
from billing.payments.meters.recall import Recall
from billing.payments.meters.sender import SubmissionSender
from mesh.clock import Clock
from mesh.database import Database
from mesh.telemetry import Metrics

_NOTHING = timedelta(0)


class SubmissionMetrics:
    """What is counted of submissions."""

    def __init__(self, metrics: Metrics) -> None:
        """Registers with `metrics`."""
        self._tries = Counter(
            "brinkbyte_stripe_submissions",
            "Tries to submit use to Stripe's meters, by what became of them.",
            ["outcome"],
            registry=metrics.registry,
        )
        self._pending = Gauge(
            "brinkbyte_stripe_submissions_pending",
            "Submissions that wait.",
            registry=metrics.registry,
        )
        self._failed = Gauge(
            "brinkbyte_stripe_submissions_failed",
            "Submissions that Stripe refuses.",
            registry=metrics.registry,
        )
        self._lag = Gauge(
            "brinkbyte_stripe_submission_lag_seconds",
            "Seconds since the oldest submission that waits was made.",
            registry=metrics.registry,
        )

    def outcome(self, word: str) -> None:
        """Counts one try."""
        self._tries.labels(word).inc()

    def backlog(self, found: store.Backlog, lag: timedelta) -> None:
        """Shows what waits."""
        self._pending.set(found.pending)
        self._failed.set(found.failed)
        self._lag.set(lag.total_seconds())


class SubmissionWorker:
    """Any number of replicas may run one at the same time."""

    def __init__(
        self,
        db: Database,
        periods: IssuedPeriods,
        recall: Recall,
        maker: SubmissionMaker,
        sender: SubmissionSender,
        *,
        clock: Clock,
        metrics: SubmissionMetrics,
        every: timedelta,
        settles_after: timedelta,
    ) -> None:
        """`every` passes between two rounds. What was sent longer than `settles_after` ago is in
        the provider's sums."""
        self._recall = recall
        self._settles_after = settles_after
        self._db = db
        self._periods = periods
        self._maker = maker
        self._sender = sender
        self._clock = clock
        self._metrics = metrics
        self._every = every

    async def run(self) -> None:
        """Works at once and then at each interval, until cancelled. Failures are tried again."""
        await repeat(self.run_once, "stripe_not_submitted", self._every.total_seconds())

    async def run_once(self) -> tuple[int, int]:
        """How many submissions were made, and how many landed. Nothing is told while the provider
        may have been told what the database does not know. What fails for one period is logged,
        and made with the next round. Raises Unavailable."""
        async with self._db.worker() as conn:
            memory = await memory_store.look(conn, self._clock.now())
        made = landed = 0

        async def make(period: IssuedPeriod) -> None:
            nonlocal made
            await self._recall.recall(period, memory)
            made += await self._maker.make(period, memory)

        if memory.settled(self._clock.now(), self._settles_after):
            periods = await self._periods.open()
            await for_each(
                periods, make, "stripe_use_not_made", lambda period: str(period.tenant_id)
            )
            landed = await self._sender.send_due()
        async with self._db.worker() as conn:
            found = await store.backlog(conn)
        oldest = found.oldest
        self._metrics.backlog(found, self._clock.now() - oldest if oldest else _NOTHING)
        return made, landed
