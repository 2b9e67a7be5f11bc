"""Tenants that were there before their holdings were noted."""

from contextlib import suppress
from uuid import UUID

from billing.background import for_each, repeat
from billing.holdings import store
from billing.holdings.service import HoldingsService
from billing.unit import Units
from mesh.database import Database
from mesh.errors import NotFound

_EVERY_S = 3600.0
_AT_ONCE = 100
_BEFORE_ALL = UUID(int=0)


class FirstLook:
    """Notes what such tenants hold. Any number of replicas may."""

    def __init__(self, db: Database, units: Units, holdings: HoldingsService) -> None:
        """Finds tenants as the worker role, and notes as the application."""
        self._db = db
        self._units = units
        self._holdings = holdings

    async def run(self) -> None:
        """Looks each hour until cancelled. Failures are tried again."""
        await repeat(self.look_once, "holdings_not_noted", _EVERY_S)

    async def look_once(self) -> int:
        """Looks at every tenant that never was noted; at how many. What fails for one of them is
        logged. Raises MeshError."""
        looked, after = 0, _BEFORE_ALL
        while True:
            async with self._db.worker() as conn:
                found = await store.never_noted(conn, after, _AT_ONCE)
            await for_each(found, self._note, "holdings_not_noted")
            looked += len(found)
            if len(found) < _AT_ONCE:
                return looked
            after = found[-1]

    async def _note(self, tenant_id: UUID) -> None:
        with suppress(NotFound):
            async with self._units.working(tenant_id) as unit:
                await self._holdings.lock(unit)
                await self._holdings.note(unit)
