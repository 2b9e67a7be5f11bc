"""Background work on quotas: thresholds that reported use crosses, operations to forget."""

from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from billing.background import for_each, repeat
from billing.quotas import store
from billing.quotas.service import QuotasService
from billing.unit import Units
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import NotFound

OPERATIONS_KEPT = timedelta(days=90)
"""For so long the answer to a repeated operation is known; its usage event is for ever."""

_EVERY_S = 1.0
_FORGET_EVERY = timedelta(days=1)


class QuotaWatch:
    """Looks each second at use that is new. Any number of replicas may."""

    def __init__(self, db: Database, units: Units, quotas: QuotasService, clock: Clock) -> None:
        """Runs as the worker role, and for each tenant as the application."""
        self._db = db
        self._units = units
        self._quotas = quotas
        self._clock = clock
        self._forget_at = 0.0

    async def run(self) -> None:
        """Looks until cancelled. Failures are tried again."""
        await repeat(self.look_once, "quotas_not_watched", _EVERY_S)

    async def look_once(self) -> None:
        """Raises thresholds for every tenant with use that is not yet folded. What fails for one
        of them is logged. Raises MeshError."""
        async with self._db.worker() as conn:
            fresh = await store.fresh_uses(conn)
        await for_each(fresh.items(), self._notice, "quota_not_watched", lambda each: str(each[0]))
        if self._clock.monotonic() >= self._forget_at:
            self._forget_at = self._clock.monotonic() + _FORGET_EVERY.total_seconds()
            async with self._db.worker() as conn:
                await store.forget_operations(conn, self._clock.now() - OPERATIONS_KEPT)

    async def _notice(self, fresh: tuple[UUID, Collection[str]]) -> None:
        tenant_id, metrics = fresh
        with suppress(NotFound):
            async with self._units.batch(tenant_id) as unit:
                await self._quotas.notice(unit, metrics)
