"""Asks the provider what it was told of a period that the database does not remember, and records
it, so that nothing of it is told again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import structlog

from billing.audit.actions import Action
from billing.catalog.live import Catalogs
from billing.payments import store as leases
from billing.payments.meters import memory_store, store
from billing.payments.meters.maker import safe_minutes
from billing.payments.meters.memory import Memory
from billing.payments.meters.periods import IssuedPeriod
from billing.payments.meters.row import SubmissionRow, SubmissionState
from billing.payments.meters.strangers import known_minute, strangers
from billing.payments.meters.sums import MeterReader
from billing.payments.objects import names
from billing.payments.objects.service import ObjectsService
from billing.payments.objects.wanted import sold_metrics
from billing.payments.provider import PaymentProvider
from billing.unit import Unit, Units
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import MeshError
from mesh.ids import uuid7

_LEASE = timedelta(minutes=10)


class Recall:
    """One lease a tenant and meter, the same as for sending: nothing is on its way meanwhile."""

    def __init__(
        self,
        db: Database,
        units: Units,
        provider: PaymentProvider,
        objects: ObjectsService,
        catalogs: Catalogs,
        *,
        clock: Clock,
        settles_after: timedelta,
    ) -> None:
        """What was sent longer than `settles_after` ago is in the provider's sums."""
        self._db = db
        self._units = units
        self._sums = MeterReader(db, provider.meters, objects)
        self._catalogs = catalogs
        self._clock = clock
        self._settles_after = settles_after
        self._holder: UUID = uuid7(clock)
        self._log = structlog.get_logger()

    async def recall(self, period: IssuedPeriod, memory: Memory) -> int:
        """How many minutes were found. A metric of which the provider does not answer is left for
        the next time, and nothing of it is told before. Raises Unavailable."""
        metrics = [each.name for each in sold_metrics(self._catalogs.live)]
        start, found = period.span.start, 0
        async with self._units.reading(period.tenant_id) as unit:
            compared = await memory_store.compared(unit.conn, unit.tenant_id, metrics, start)
        for metric in metrics:
            if memory.doubts(start, compared.get(metric, 0)):
                found += await self._of(period, metric, memory)
        return found

    async def _of(self, period: IssuedPeriod, metric: str, memory: Memory) -> int:
        work = f"submit/{period.tenant_id}/{metric}"
        async with self._db.worker() as conn:
            if not await leases.take(conn, work, self._holder, self._clock.now(), _LEASE):
                return 0
        try:
            found = await self._ask(period, metric)
            return await self._record(period, metric, memory, found)
        except MeshError as error:
            self._log.warning("stripe_not_compared", metric=metric, reason=error.reason)
            return 0
        finally:
            async with self._db.worker() as conn:
                await leases.give_back(conn, work, self._holder)

    async def _ask(self, period: IssuedPeriod, metric: str) -> Sequence[tuple[datetime, Decimal]]:
        now = self._clock.now()
        async with self._units.reading(period.tenant_id) as unit:
            rows = await memory_store.of_period(
                unit.conn, unit.tenant_id, metric, period.span.start
            )
        known = [known_minute(*row, before=now - self._settles_after) for row in rows]
        sums = await self._sums.of(metric, period.customer_id)
        first, last = safe_minutes(period.span.start, period.span.end, now)
        return await strangers(sums, first, last, known)

    async def _record(
        self,
        period: IssuedPeriod,
        metric: str,
        memory: Memory,
        found: Sequence[tuple[datetime, Decimal]],
    ) -> int:
        start = period.span.start
        async with self._units.working(period.tenant_id) as unit:
            await store.lock_sums(unit.conn, unit.tenant_id, [metric], start)
            if await memory_store.remembered(unit.conn) != memory:
                return 0
            rows = [_row(unit, period, metric, *each) for each in found if int(each[1]) > 0]
            await memory_store.add_found(unit.conn, rows, start)
            await memory_store.set_compared(
                unit.conn, unit.tenant_id, metric, start, memory.generation
            )
            if rows:
                unit.audit(
                    Action.STRIPE_SUBMISSIONS_FOUND,
                    f"stripe_meter/{names.meter(metric)}",
                    period_start=start.isoformat(),
                    minutes=len(rows),
                    value=sum(each.value for each in rows),
                )
        return len(rows)


def _row(
    unit: Unit, period: IssuedPeriod, metric: str, minute: datetime, value: Decimal
) -> SubmissionRow:
    return SubmissionRow(
        unit.tenant_id,
        metric,
        minute,
        period.customer_id,
        int(value),
        f"found-{metric}-{minute:%Y%m%dT%H%MZ}",
        SubmissionState.FOUND,
        0,
        None,
        "",
        unit.now,
    )
