"""Makes use into submissions: by differences under one lock, so that their sum is the use.

The whole part of the period's sum, in the meter's unit, less what was told before, is what is told
now; what is left over goes with the next one.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from billing.catalog.live import Catalogs
from billing.payments.meters import memory_store, store
from billing.payments.meters.memory import Memory
from billing.payments.meters.periods import IssuedPeriod
from billing.payments.meters.row import SubmissionRow, SubmissionState
from billing.payments.meters.store import SumRow
from billing.payments.objects.wanted import sold_metrics
from billing.unit import Unit, Units
from billing.usage.service import UsageService
from mesh.clock import Clock
from mesh.ids import uuid7

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_IN_TIME = 0
"""The revision of use that came before its period was closed."""


class SubmissionMaker:
    """One transaction a tenant and period."""

    def __init__(self, units: Units, usage: UsageService, catalogs: Catalogs, clock: Clock) -> None:
        """`usage` knows the sums, `catalogs` the meters' units."""
        self._units = units
        self._usage = usage
        self._catalogs = catalogs
        self._clock = clock

    async def make(self, period: IssuedPeriod, memory: Memory) -> int:
        """Returns how many submissions were made: none of what the provider may have been told and
        `memory` does not know. Raises Unavailable."""
        scales = {each.name: each.stripe_scale for each in sold_metrics(self._catalogs.live)}
        start = period.span.start
        async with self._units.batch(period.tenant_id) as unit:
            told = await store.lock_sums(unit.conn, unit.tenant_id, sorted(scales), start)
            if await memory_store.remembered(unit.conn) != memory:
                return 0
            used = await self._used(unit, period)
            made = 0
            for metric, before in told.items():
                if memory.doubts(start, before.compared):
                    continue
                quantity = used.get(metric, Decimal(0))
                after = SumRow(quantity, int(quantity * scales[metric]))
                if after.value > before.value:
                    made += await self._submit(unit, period, metric, before, after)
        return made

    async def _used(self, unit: Unit, period: IssuedPeriod) -> dict[str, Decimal]:
        """Read after the lock: a statement sees all that whoever had it before has written."""
        hours = await self._usage.windows(unit, period.span.start, period.span.end, _IN_TIME)
        used: dict[str, Decimal] = {}
        for each in hours:
            used[each.metric] = used.get(each.metric, Decimal(0)) + each.quantity
        return used

    async def _submit(
        self, unit: Unit, period: IssuedPeriod, metric: str, before: SumRow, after: SumRow
    ) -> bool:
        minute = await self._minute(unit, period, metric)
        if minute is None:
            return False
        row = SubmissionRow(
            unit.tenant_id,
            metric,
            minute,
            period.customer_id,
            after.value - before.value,
            uuid7(self._clock).hex,
            SubmissionState.PENDING,
            0,
            None,
            "",
            unit.now,
        )
        await store.add(unit.conn, row, period.span.start)
        await store.raise_sum(unit.conn, unit.tenant_id, metric, period.span.start, after)
        return True

    async def _minute(self, unit: Unit, period: IssuedPeriod, metric: str) -> datetime | None:
        """A minute of the period that is free, looked for near its end first; None while there is
        none yet."""
        first, last = safe_minutes(period.span.start, period.span.end, unit.now)
        for since in (max(first, last - _HOUR), first):
            minute = await store.free_minute(unit.conn, unit.tenant_id, metric, since, last)
            if minute is not None:
                return minute
        return None


def safe_minutes(start: datetime, end: datetime, now: datetime) -> tuple[datetime, datetime]:
    """The first and last minute that stand for use of a period and lie in the provider's own
    period too, which begins and ends up to an hour later than ours, cut to the full hour."""
    passed = now.replace(second=0, microsecond=0) - _MINUTE
    return min(start + _HOUR, end - _MINUTE), min(end - _MINUTE, passed)
