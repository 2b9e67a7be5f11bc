"""Background work on billing periods: one that is over becomes a draft, a draft an invoice."""

from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram

from billing.background import repeat
from billing.invoices.closing import Closing
from billing.invoices.invoice import Invoice
from billing.invoices.periods import store as periods_store
from billing.invoices.periods.service import PeriodsService
from billing.unit import Units
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import MeshError, NotFound
from mesh.faults import Faults
from mesh.telemetry import Metrics

_EVERY_S = 10.0
_BATCH = 10_000


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
        self._log = structlog.get_logger()
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

    async def run_once(self) -> list[Invoice]:
        """Everything that is due now; the invoices that it finalised. Raises Unavailable."""
        now = self._clock.now()
        async with self._db.worker() as conn:
            behind = await periods_store.behind(conn, now, _BATCH)
        for tenant_id in behind:
            await self._keep(tenant_id)
        async with self._db.worker() as conn:
            due = await periods_store.due(conn, now - self._draft, _BATCH)
        found = [await self._close(tenant_id, number) for tenant_id, number in due]
        return [each for each in found if each is not None]

    async def _keep(self, tenant_id: UUID) -> None:
        try:
            async with self._units.working(tenant_id) as unit:
                await self._periods.keep(unit)
        except NotFound:
            return
        except MeshError as error:
            self._log.error("period_not_kept", tenant_id=str(tenant_id), error=error.message)

    async def _close(self, tenant_id: UUID, number: int) -> Invoice | None:
        try:
            with self._seconds.time():
                async with self._units.working(tenant_id) as unit:
                    invoice = await self._closing.close(unit, number)
        except MeshError as error:
            self._log.error(
                "period_not_closed", tenant_id=str(tenant_id), number=number, error=error.message
            )
            return None
        self._faults.hit("invoices.after_commit")
        if invoice is not None:
            self._closed.inc()
        return invoice
