"""The invoice that a notification tells of, as it is printed."""

import asyncio
from uuid import UUID

from billing.invoices.pdf.document import document
from billing.invoices.service import InvoicesService
from billing.notifications.channels.channel import Delivery
from billing.notifications.channels.papers import Paper
from billing.notifications.kinds import Kind
from billing.unit import Units


class InvoicePapers:
    """Prints it anew each time: a finalised invoice stays as it is."""

    def __init__(self, units: Units, invoices: InvoicesService) -> None:
        """`invoices` have it."""
        self._units = units
        self._invoices = invoices

    async def of(self, delivery: Delivery) -> tuple[Paper, ...]:
        """The PDF of an invoice that was finalised. Raises NotFound, Unavailable."""
        if delivery.kind is not Kind.INVOICE_FINALIZED:
            return ()
        async with self._units.reading(delivery.tenant_id) as unit:
            invoice = await self._invoices.finalised(unit, UUID(delivery.facts["invoice_id"]))
        pdf = await asyncio.to_thread(document, invoice)
        return (Paper(f"{invoice.number}.pdf", bytes(pdf)),)
