"""Use that the provider's meters were never told of, as an invoice item of its own.

What came in the last minutes before a period was closed, what was refused, or what could not be
told within the time in which the provider takes it. The meter's sum of the whole period says how
much.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from billing.payments.meters import memory_store
from billing.payments.meters import store as submissions
from billing.payments.meters.maker import safe_minutes
from billing.payments.meters.periods import IssuedPeriod
from billing.payments.meters.sums import MeterReader
from billing.payments.objects.service import ObjectsService
from billing.payments.provider import PaymentProvider
from billing.payments.shadows.compare import LineSum
from billing.payments.shadows.periods import ClosedPeriod, LateLine, MeteredLine
from mesh.clock import Clock
from mesh.database import Database

_MINUTE = timedelta(minutes=1)


class UntoldUse:
    """Asks the provider what its meters have of a closed period, once they have all they get."""

    def __init__(
        self,
        db: Database,
        provider: PaymentProvider,
        objects: ObjectsService,
        *,
        clock: Clock,
        settles_after: timedelta,
    ) -> None:
        """What was sent longer than `settles_after` ago is in the provider's sums."""
        self._db = db
        self._sums = MeterReader(db, provider.meters, objects)
        self._clock = clock
        self._settles_after = settles_after

    async def waits(self, period: IssuedPeriod) -> bool:
        """Whether the meters may still come to have more: something is to be sent, was sent lately,
        or was told by a database that was restored since."""
        now = self._clock.now()
        async with self._db.worker() as conn:
            memory = await memory_store.remembered(conn)
            if memory is None or not memory.settled(now, self._settles_after):
                return True
            since = now - self._settles_after
            return await submissions.waits(conn, period.tenant_id, period.span.start, since)

    async def apart(self, closed: ClosedPeriod) -> ClosedPeriod:
        """The period with what the meters have on its lines, and the rest as late lines at what its
        own prices charge for that. Raises MeshError as the provider does."""
        lines, late = list(closed.lines), list(closed.late)
        for each in closed.metered:
            told = await self._told(closed.issued, each.metric) if each.told else 0
            if told < each.line.quantity:
                amount = each.charge(told)
                lines[lines.index(each.line)] = LineSum(each.line.name, Decimal(told), amount)
                late.append(_untold(closed, each, each.line.amount - amount))
        return replace(closed, lines=tuple(lines), late=tuple(late))

    async def _told(self, period: IssuedPeriod, metric: str) -> int:
        sums = await self._sums.of(metric, period.customer_id)
        first, last = safe_minutes(period.span.start, period.span.end, self._clock.now())
        return int(await sums.between(first, last + _MINUTE))


def _untold(closed: ClosedPeriod, each: MeteredLine, amount: int) -> LateLine:
    span = closed.issued.span
    return LateLine(
        f"{closed.issued.number}/untold.{each.metric}", each.title, amount, span.start, span.end
    )
