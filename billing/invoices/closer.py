"""Background work on billing periods: one that is over becomes a draft, a draft an invoice."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from prometheus_client import Counter, Histogram

from billing.background import Failure, for_each, repeat
from billing.invoices.closing import Closing
from billing.invoices.invoice import Invoice
from billing.invoices.periods import store as periods_store
from billing.invoices.periods.service import PeriodsService
from billing.unit import Units
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import NotFound
from mesh.faults import Faults
from mesh.telemetry import Metrics
from rights.ids import render_tenant

_EVERY_S = 10.0
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Closed:
    """What one look at what is due came to: the invoices that it finalised, and the tenants or
    periods (`cust_…`, `cust_…/3`) for whom it failed."""

    invoices: tuple[Invoice, ...]
    failed: tuple[Failure, ...]


class InvoiceCloser:
    """Looks for periods that are over, one transaction each. Any number of replicas may."""

    def __init__(
        self,
        db: Database,
        units: Units,
        periods: PeriodsService,
        closing: Closing,
        *,
        draft: timedelta,
        clock: Clock,
        metrics: Metrics,
        faults: Faults,
    ) -> None:
        """`draft` passes between a period's end and its invoice; the fault point behind a commit is
        `invoices.after_commit`."""
        self._db = db
        self._units = units
        self._periods = periods
        self._closing = closing
        self._draft = draft
        self._clock = clock
        self._faults = faults
        self._closed = Counter(
            "brinkbyte_invoices_finalized", "Invoices finalised.", registry=metrics.registry
        )
        self._seconds = Histogram(
            "brinkbyte_invoice_closing_seconds",
            "Seconds that closing one period took.",
            registry=metrics.registry,
        )

    async def run(self) -> None:
        """Looks at once and then every ten seconds, until cancelled. Failures are tried again."""
        await repeat(self.run_once, "periods_not_closed", _EVERY_S)

    async def run_once(self) -> Closed:
        """Everything that is due now. What fails for one tenant is logged, and tried again with the
        next look. Raises Unavailable."""
        now = self._clock.now()
        async with self._db.worker() as conn:
            behind = await periods_store.behind(conn, now, _BATCH)
        failed = await for_each(behind, self._keep, "period_not_kept", render_tenant)
        async with self._db.worker() as conn:
            due = await periods_store.due(conn, now - self._draft, _BATCH)
        closed: list[Invoice] = []

        async def close(period: tuple[UUID, int]) -> None:
            closed.extend(await self._close(*period))

        failed += await for_each(due, close, "period_not_closed", _named)
        return Closed(tuple(closed), tuple(failed))

    async def _keep(self, tenant_id: UUID) -> None:
        with suppress(NotFound):
            async with self._units.working(tenant_id) as unit:
                await self._periods.keep(unit)

    async def _close(self, tenant_id: UUID, number: int) -> list[Invoice]:
        """Its invoice, if it got one."""
        with self._seconds.time():
            async with self._units.working(tenant_id) as unit:
                await self._periods.settle_carried(unit)
            async with self._units.working(tenant_id) as unit:
                invoice = await self._closing.close(unit, number)
        self._faults.hit("invoices.after_commit")
        if invoice is None:
            return []
        self._closed.inc()
        return [invoice]


def _named(period: tuple[UUID, int]) -> str:
    return f"{render_tenant(period[0])}/{period[1]}"
