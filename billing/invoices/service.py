"""Invoices as they are read: previews, drafts, projections, and what was finalised."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from billing.invoices import line_store, store
from billing.invoices.basis import BasisReader
from billing.invoices.drafts import Drafts
from billing.invoices.invoice import Invoice, InvoiceStatus, ProviderInvoice
from billing.invoices.periods.period import Issuer
from billing.invoices.periods.service import PeriodsService
from billing.invoices.settling import store as settling
from billing.paging import Page, PageRequest, Position, page_of
from billing.unit import Unit, VendorUnit
from mesh.errors import FailedPrecondition, NotFound

Provided = Callable[[Unit, Sequence[int]], Awaitable[Mapping[int, ProviderInvoice]]]
"""The payment provider's invoices of a tenant's periods, by period number."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A draft as it is expected at the period's end, from the usage of so many of its seconds."""

    invoice: Invoice
    elapsed_s: int
    whole_s: int


class InvoicesService:
    """Shows what each billing period costs, or did."""

    def __init__(
        self, periods: PeriodsService, basis: BasisReader, drafts: Drafts, provided: Provided
    ) -> None:
        """`provided` tells of the payment provider's invoices."""
        self._provided = provided
        self._periods = periods
        self._basis = basis
        self._drafts = drafts

    async def preview(self, unit: Unit) -> Invoice:
        """The period that runs, as if it ended now.

        Raises NotFound without a licence, FailedPrecondition (STATE_CONFLICT) when something has no
        price in the tenant's currency or costs more than 64 bits of minor units hold.
        """
        return await self._drafts.of(unit, (await self._periods.open_ones(unit))[-1])

    async def project(self, unit: Unit) -> Projection:
        """The period that runs, at its end. Raises as `preview` does."""
        running = (await self._periods.open_ones(unit))[-1]
        basis, elapsed, whole = await self._basis.projected(unit, running)
        return Projection(await self._drafts.made_of(unit, basis), elapsed, whole)

    async def get(self, unit: Unit, invoice_id: UUID) -> Invoice:
        """An invoice with lines, payments and credit notes; a period that is not closed is composed
        as it stands. Raises NotFound, and as `preview` does."""
        (found,) = await self._beside(unit, [await self._one(unit, invoice_id)])
        return found

    async def finalised(self, unit: Unit, invoice_id: UUID) -> Invoice:
        """As `get`, of a closed period. Raises NotFound, FailedPrecondition (STATE_CONFLICT)."""
        found = await self.get(unit, invoice_id)
        if not found.finalised:
            raise FailedPrecondition(
                "STATE_CONFLICT", f"invoice/{invoice_id}", "the period is not finalised yet"
            )
        if found.status is InvoiceStatus.ISSUED_BY_STRIPE:
            at = found.provided.hosted_url if found.provided is not None else ""
            raise FailedPrecondition(
                "STATE_CONFLICT",
                f"invoice/{invoice_id}",
                f"Stripe issues it: its document is there{at and f', at {at}'}",
            )
        return found

    async def page(
        self,
        unit: Unit,
        request: PageRequest,
        *,
        status: InvoiceStatus | None,
        issuer: Issuer | None,
    ) -> Page[Invoice]:
        """Finalised invoices, and drafts of periods that ended, newest first, without lines."""
        rows = await store.page(
            unit.conn,
            unit.tenant_id,
            status,
            issuer,
            below=int(request.after.key) if request.after is not None else None,
            limit=request.size + 1,
        )
        drafts = {}
        if any(invoice is None for _, invoice in rows):
            drafts = {each.number: each for each in await self._periods.open_ones(unit)}
        found = [
            replace(await self._drafts.of(unit, drafts[number]), lines=())
            if invoice is None
            else invoice
            for number, invoice in rows
        ]
        return page_of(
            request,
            await self._beside(unit, found),
            lambda each: Position(each.period.start, str(each.period.number)),
        )

    async def open_invoices(self, unit: Unit) -> list[Invoice]:
        """Finalised ones that are not paid, the one due first first, without lines."""
        return await store.unpaid(unit.conn, unit.tenant_id)

    async def overdue(self, unit: Unit) -> list[Invoice]:
        """Open ones whose due date has passed, the oldest first, without lines."""
        return await store.unpaid(unit.conn, unit.tenant_id, unit.now)

    async def overdue_tenants(self, unit: VendorUnit) -> list[UUID]:
        """Tenants of whom something is overdue."""
        return await store.overdue_tenants(unit.conn, unit.now)

    async def _one(self, unit: Unit, invoice_id: UUID) -> Invoice:
        found = await store.get(unit.conn, unit.tenant_id, invoice_id)
        if found is not None:
            return await self._whole(unit, found)
        for period in await self._periods.open_ones(unit):
            if period.invoice_id == invoice_id:
                return await self._drafts.of(unit, period)
        raise NotFound("invoice", str(invoice_id))

    async def _beside(self, unit: Unit, invoices: Sequence[Invoice]) -> list[Invoice]:
        """The invoices, those that the provider issues with what it says of its own."""
        theirs = [each.period.number for each in invoices if each.issuer is Issuer.STRIPE]
        known = await self._provided(unit, theirs) if theirs else {}
        return [replace(each, provided=known.get(each.period.number)) for each in invoices]

    async def _whole(self, unit: Unit, invoice: Invoice) -> Invoice:
        at, currency = (unit.conn, unit.tenant_id, invoice.invoice_id), invoice.currency
        return replace(
            invoice,
            lines=await line_store.of_invoice(*at, currency),
            payments=await settling.payments(*at, currency),
            credit_notes=await settling.notes(*at, currency),
        )
