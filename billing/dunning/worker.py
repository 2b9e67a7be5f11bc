"""Background work on late payments: those that became late, and those that got later."""

from functools import partial
from uuid import UUID

from billing.background import for_each, repeat
from billing.dunning import store
from billing.dunning.late import OpenInvoice, Source
from billing.dunning.service import DunningService
from billing.invoices.service import InvoicesService
from billing.unit import Unit, Units
from mesh.database import retry_serialization

_EVERY_S = 5.0


class DunningWorker:
    """Looks every few seconds. Any number of replicas may: the licence's lock orders them."""

    def __init__(
        self,
        units: Units,
        dunning: DunningService,
        invoices: InvoicesService,
    ) -> None:
        """`invoices` are those that this server made."""
        self._units = units
        self._dunning = dunning
        self._invoices = invoices

    async def run(self) -> None:
        """Looks until cancelled. Failures are tried again."""
        await repeat(self.look_once, "payments_not_looked_at", _EVERY_S)

    async def look_once(self) -> None:
        """Takes every late tenant to its stage. What fails for one of them is logged, and tried
        again with the next look. Raises MeshError."""
        async with self._units.server() as server:
            known = await store.tenants(server.conn)
            fresh = await self._invoices.overdue_tenants(server)
        await for_each(dict.fromkeys((*known, *fresh)), self._assess, "payment_not_assessed")

    async def _assess(self, tenant_id: UUID) -> None:
        await retry_serialization(partial(self._assess_once, tenant_id))

    async def _assess_once(self, tenant_id: UUID) -> None:
        """Holds the tenant before it reads: what was paid meanwhile is not late any more."""
        async with self._units.working(tenant_id) as unit:
            await self._dunning.hold(unit)
            late = await self._dunning.late(unit)
            if late is not None and late.open.source is Source.STRIPE:
                await self._dunning.assess(unit, late.open)
            else:
                await self._dunning.assess(unit, await self._oldest(unit))

    async def _oldest(self, unit: Unit) -> OpenInvoice | None:
        for each in await self._invoices.overdue(unit):
            if each.due_at is not None:
                return OpenInvoice(Source.LOCAL, each.number, each.due_at)
        return None
