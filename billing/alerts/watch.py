"""Background work on costs: looks at those of tenants that want to be told."""

from uuid import UUID

from billing.alerts import store
from billing.alerts.service import EVERY, IDLE_EVERY, CostAlertsService
from billing.background import for_each, repeat
from billing.unit import Units
from mesh.clock import Clock
from mesh.database import Database

_POLL_S = 1.0
_AT_ONCE = 50


class CostWatch:
    """Finds each second who is due. Any number of replicas may: one at a time looks at a tenant."""

    def __init__(self, db: Database, units: Units, alerts: CostAlertsService, clock: Clock) -> None:
        """Finds tenants as the worker role, and looks at each as the application."""
        self._db = db
        self._units = units
        self._alerts = alerts
        self._clock = clock

    async def run(self) -> None:
        """Looks until cancelled. Failures are tried again."""
        await repeat(self.look_once, "costs_not_watched", _POLL_S)

    async def look_once(self) -> None:
        """Looks at every tenant that is due. What fails for one of them is logged, and waits for
        the next time. Raises Unavailable."""
        now = self._clock.now()
        async with self._db.worker() as conn:
            due = await store.due(
                conn, fresh_before=now - EVERY, idle_before=now - IDLE_EVERY, limit=_AT_ONCE
            )
        await for_each(due, self._look, "costs_not_watched")

    async def _look(self, tenant_id: UUID) -> None:
        try:
            async with self._units.batch(tenant_id) as unit:
                await self._alerts.look(unit)
        except Exception:
            async with self._units.batch(tenant_id) as unit:
                await self._alerts.postpone(unit)
            raise
