"""The daily comparison, and the gauge that alerts stand on."""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Gauge

from billing.background import for_each, repeat
from billing.paging import PageRequest, Position
from billing.reconcile import store
from billing.reconcile.findings import Step
from billing.reconcile.service import ReconcileService, window_of
from billing.unit import Units
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import NotFound
from mesh.telemetry import Metrics

_FIRST_AFTER = timedelta(hours=1)
_EVERY = timedelta(days=1)
_RETRY_AFTER = timedelta(minutes=10)
_PAGE = 100


class DriftWatch:
    """Compares every tenant once a day, mending nothing. Each replica does, in its own time."""

    def __init__(
        self,
        db: Database,
        units: Units,
        reconcile: ReconcileService,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        """Lists tenants as the worker role, and reads each as the application."""
        self._db = db
        self._units = units
        self._reconcile = reconcile
        self._clock = clock
        self._log = structlog.get_logger()
        self._drift = Gauge(
            "brinkbyte_usage_drift",
            "Differences between two steps of usage that the last daily comparison found, by the "
            "step that should agree with the one before it.",
            ["step"],
            registry=metrics.registry,
        )

    async def run(self) -> None:
        """Compares an hour after the start and then daily, until cancelled."""
        await asyncio.sleep(_FIRST_AFTER.total_seconds())
        await repeat(
            self.look_once,
            "usage_not_reconciled",
            _EVERY.total_seconds(),
            retry_s=_RETRY_AFTER.total_seconds(),
        )

    async def look_once(self) -> int:
        """Compares everything and sets the gauge; the number of differences. What fails for one
        tenant is logged. Raises MeshError."""
        found: Counter[Step] = Counter()
        page = PageRequest(_PAGE, None)

        async def compare(tenant: tuple[UUID, object]) -> None:
            found.update(await self._of_tenant(tenant[0]))

        while True:
            async with self._db.worker() as conn:
                tenants = await store.tenants(conn, page)
            await for_each(
                tenants[:_PAGE], compare, "tenant_not_reconciled", lambda each: str(each[0])
            )
            if len(tenants) <= _PAGE:
                break
            last_id, made_at = tenants[_PAGE - 1]
            page = PageRequest(_PAGE, Position(made_at, str(last_id)))
        for step in Step:
            self._drift.labels(step.value).set(found[step])
        return found.total()

    async def _of_tenant(self, tenant_id: UUID) -> Counter[Step]:
        found: Counter[Step] = Counter()
        window = window_of(None, None, self._clock.now())
        with suppress(NotFound):
            async with self._units.reading(tenant_id) as unit:
                findings = await self._reconcile.reconcile(unit, window, heal=False)
            for drift in findings.drifts:
                found[drift.went_to] += 1
                self._log.error(
                    "usage_drift",
                    tenant_id=str(tenant_id),
                    step=drift.went_to.value,
                    metric=drift.metric,
                    why=drift.message,
                )
        return found
