"""Asks Stripe what its meters have summed, outside of every transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from billing.payments.objects import names
from billing.payments.objects.service import ObjectsService
from billing.payments.provider import PaymentProvider
from billing.reconcile import meters
from billing.reconcile.findings import Findings
from billing.reconcile.meters import Submission, ToldPeriod
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import MeshError

_MINUTE = timedelta(minutes=1)


class MeterSums:
    """Compares the submissions of whole periods with Stripe's sums of them, one call each, and
    where these differ the submissions with their minutes."""

    def __init__(
        self,
        db: Database,
        provider: PaymentProvider | None,
        objects: ObjectsService,
        *,
        clock: Clock,
        settles_after: timedelta,
    ) -> None:
        """Without a `provider` nothing is compared, nor what was sent less than `settles_after`
        ago: it may not be in Stripe's sums yet."""
        self._db = db
        self._provider = provider
        self._objects = objects
        self._clock = clock
        self._settles_after = settles_after

    async def compare(
        self, periods: Sequence[ToldPeriod], submissions: Sequence[Submission], *, heal: bool
    ) -> Findings:
        """What differs; a note where Stripe does not answer, or has no such meter."""
        found = Findings()
        if self._provider is None:
            return found
        try:
            for each in periods:
                found.add(await self._period(self._provider, each, submissions, heal=heal))
        except MeshError as error:
            found.notes.append(
                f"not every period is compared with Stripe's meters: {error.message}"
            )
        return found

    async def _period(
        self,
        provider: PaymentProvider,
        period: ToldPeriod,
        submissions: Sequence[Submission],
        *,
        heal: bool,
    ) -> Findings:
        if period.waiting:
            return Findings()
        async with self._db.worker() as conn:
            meter = names.meter(period.metric)
            ids = await self._objects.meter_ids(conn, [meter])

        async def summed(start: datetime, end: datetime) -> Decimal:
            return await provider.meters.summed(
                meter_id=ids[meter], customer_id=period.customer_id, start=start, end=end
            )

        drift = meters.compare_period(period, await summed(period.start, period.end), heal=heal)
        if drift is None:
            return Findings()
        told_at = period.settled_at
        if told_at is not None and self._clock.now() - told_at < self._settles_after:
            return Findings(notes=[f"Stripe adds up what it was told of {period.metric} lately"])
        mine = [
            each
            for each in submissions
            if each.metric == period.metric and period.start <= each.minute < period.end
        ][: meters.LOOKED_AT]
        landed = {
            (each.metric, each.minute): await summed(each.minute, each.minute + _MINUTE)
            for each in mine
        }
        return Findings(drifts=[drift, *meters.compare_landed(mine, landed)])
