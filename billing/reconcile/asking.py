"""Asks Stripe what its meters have summed, outside of every transaction."""

from collections.abc import Sequence
from datetime import timedelta

from billing.payments.meters.sums import MeterReader
from billing.payments.objects.service import ObjectsService
from billing.payments.provider import PaymentProvider
from billing.reconcile import meters
from billing.reconcile.findings import Findings
from billing.reconcile.meters import Submission, ToldPeriod
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import MeshError


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
        self._sums = MeterReader(db, provider.meters, objects) if provider is not None else None
        self._clock = clock
        self._settles_after = settles_after

    async def compare(
        self, periods: Sequence[ToldPeriod], submissions: Sequence[Submission], *, heal: bool
    ) -> Findings:
        """What differs; a note where Stripe does not answer, or has no such meter."""
        found = Findings()
        if self._sums is None:
            return found
        try:
            for each in periods:
                found.add(await self._period(self._sums, each, submissions, heal=heal))
        except MeshError as error:
            found.notes.append(
                f"not every period is compared with Stripe's meters: {error.message}"
            )
        return found

    async def _period(
        self,
        reader: MeterReader,
        period: ToldPeriod,
        submissions: Sequence[Submission],
        *,
        heal: bool,
    ) -> Findings:
        if period.waiting:
            return Findings()
        sums = await reader.of(period.metric, period.customer_id)
        found = await sums.between(period.start, period.end)
        drift = meters.compare_period(period, found, heal=heal)
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
        landed = {(each.metric, each.minute): await sums.minute(each.minute) for each in mine}
        return Findings(drifts=[drift, *meters.compare_landed(mine, landed)])
