"""Background work on late payments: those that became late, and those that got later."""

import asyncio
from functools import partial
from typing import Protocol
from uuid import UUID

import structlog

from billing.dunning import store
from billing.dunning.late import OpenInvoice, Source
from billing.dunning.service import DunningService
from billing.unit import Unit, Units
from mesh.database import Connection, Database, retry_serialization
from mesh.errors import MeshError

_EVERY_S = 5.0


class LocalInvoices(Protocol):
    """The invoices that this server made."""

    async def overdue_tenants(self, conn: Connection) -> list[UUID]:
        """Tenants with an open invoice whose day has passed; `conn` sees all of them."""
        ...

    async def oldest_overdue(self, unit: Unit) -> OpenInvoice | None:
        """The tenant's oldest one."""
        ...


class DunningWorker:
    """Looks every few seconds. Any number of replicas may: the licence's lock orders them."""

    def __init__(
        self,
        db: Database,
        units: Units,
        dunning: DunningService,
        invoices: LocalInvoices | None = None,
    ) -> None:
        """Finds tenants as the worker role, and changes each as the application; without
        `invoices` those of Stripe alone are late."""
        self._db = db
        self._units = units
        self._dunning = dunning
        self._invoices = invoices
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Looks until cancelled. Failures are tried again."""
        while True:
            try:
                await self.look_once()
            except MeshError as error:
                self._log.warning("payments_not_looked_at", reason=error.reason)
            except Exception:
                self._log.exception("payments_not_looked_at")
            await asyncio.sleep(_EVERY_S)

    async def look_once(self) -> None:
        """Takes every late tenant to its stage. What fails for one of them is logged, and tried
        again with the next look. Raises MeshError."""
        async with self._db.worker() as conn:
            known = await store.tenants(conn)
            fresh = await self._invoices.overdue_tenants(conn) if self._invoices else []
        for tenant_id in dict.fromkeys((*known, *fresh)):
            try:
                await retry_serialization(partial(self._assess, tenant_id))
            except MeshError as error:
                self._log.warning(
                    "payment_not_assessed", tenant_id=str(tenant_id), reason=error.reason
                )

    async def _assess(self, tenant_id: UUID) -> None:
        async with self._units.working(tenant_id) as unit:
            late = await self._dunning.late(unit)
            if late is not None and late.open.source is Source.STRIPE:
                await self._dunning.assess(unit, late.open)
            elif self._invoices is not None:
                await self._dunning.assess(unit, await self._invoices.oldest_overdue(unit))
