"""InvoiceService on the wire."""

import asyncio
from typing import Any

from brinkbyte.invoice.v1 import invoice_service_pb2 as pb
from brinkbyte.invoice.v1 import invoice_service_pb2_grpc

from billing.invoices import packing
from billing.invoices.pdf.document import document
from billing.invoices.service import InvoicesService
from billing.invoices.services import InvoiceServices
from billing.invoices.settling.service import CreditWish
from billing.paging import PageRequest, numbered
from billing.unit import Units
from billing.wire import moment, uuid_field

_METHOD = (
    "usage so far, scaled from the seconds of the period that have passed to all of them; plans "
    "and items for the days on which they were held, and as they are held now for the rest"
)
_EVENTS = 100


class InvoiceServicer(invoice_service_pb2_grpc.InvoiceServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, services: InvoiceServices) -> None:
        """Plain constructor."""
        self._units = units
        self._invoices: InvoicesService = services.invoices
        self._provenance = services.provenance
        self._settling = services.settling

    async def PreviewInvoice(
        self, request: pb.PreviewInvoiceRequest, _: Any
    ) -> pb.PreviewInvoiceResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            return packing.preview(await self._invoices.preview(unit))

    async def ProjectInvoice(
        self, request: pb.ProjectInvoiceRequest, _: Any
    ) -> pb.ProjectInvoiceResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._invoices.project(unit)
        return pb.ProjectInvoiceResponse(
            invoice=packing.invoice(found.invoice),
            elapsed_seconds=found.elapsed_s,
            period_seconds=found.whole_s,
            method=_METHOD,
        )

    async def ListInvoices(
        self, request: pb.ListInvoicesRequest, _: Any
    ) -> pb.ListInvoicesResponse:
        """See the contract."""
        page = PageRequest.read(request.page_size, request.page_token, numbered)
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._invoices.page(
                unit,
                page,
                status=packing.status(request.status),
                issuer=packing.issuer(request.issuer),
            )
        return pb.ListInvoicesResponse(
            invoices=[packing.invoice(each) for each in found.rows],
            next_page_token=found.next_token,
        )

    async def GetInvoice(self, request: pb.GetInvoiceRequest, _: Any) -> pb.GetInvoiceResponse:
        """See the contract."""
        invoice_id = uuid_field("invoice_id", request.invoice_id)
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._invoices.get(unit, invoice_id)
        return pb.GetInvoiceResponse(invoice=packing.invoice(found))

    async def GetInvoicePdf(
        self, request: pb.GetInvoicePdfRequest, _: Any
    ) -> pb.GetInvoicePdfResponse:
        """See the contract."""
        invoice_id = uuid_field("invoice_id", request.invoice_id)
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._invoices.finalised(unit, invoice_id)
        pdf = await asyncio.to_thread(document, found)
        return pb.GetInvoicePdfResponse(pdf=pdf, filename=f"{found.number}.pdf")

    async def ExplainInvoiceLine(
        self, request: pb.ExplainInvoiceLineRequest, _: Any
    ) -> pb.ExplainInvoiceLineResponse:
        """See the contract."""
        invoice_id = uuid_field("invoice_id", request.invoice_id)
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._provenance.explain(unit, invoice_id, request.line_id)
        return packing.explanation(found)

    async def ListLineWindows(
        self, request: pb.ListLineWindowsRequest, _: Any
    ) -> pb.ListLineWindowsResponse:
        """See the contract."""
        invoice_id = uuid_field("invoice_id", request.invoice_id)
        page = PageRequest.read(request.page_size, request.page_token, numbered)
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._provenance.windows(unit, invoice_id, request.line_id, page)
        return pb.ListLineWindowsResponse(
            windows=[packing.window(each) for each in found.rows],
            next_page_token=found.next_token,
        )

    async def ListLineEvents(
        self, request: pb.ListLineEventsRequest, _: Any
    ) -> pb.ListLineEventsResponse:
        """See the contract."""
        invoice_id = uuid_field("invoice_id", request.invoice_id)
        hour = moment("hour", request.hour) if request.HasField("hour") else None
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._provenance.events(
                unit,
                invoice_id,
                request.line_id,
                hour=hour,
                size=request.page_size or _EVENTS,
                token=request.page_token,
            )
        return pb.ListLineEventsResponse(
            events=[packing.event(each) for each in found.rows],
            next_page_token=found.next_token,
        )

    async def RecordPayment(
        self, request: pb.RecordPaymentRequest, _: Any
    ) -> pb.RecordPaymentResponse:
        """See the contract."""
        invoice_id = uuid_field("invoice_id", request.invoice_id)
        paid_at = moment("paid_at", request.paid_at) if request.HasField("paid_at") else None
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._settling.pay(
                unit,
                invoice_id,
                request.reference,
                request.amount,
                method=request.method,
                paid_at=paid_at,
            )
        return pb.RecordPaymentResponse(invoice=packing.invoice(found))

    async def VoidInvoice(self, request: pb.VoidInvoiceRequest, _: Any) -> pb.VoidInvoiceResponse:
        """See the contract."""
        invoice_id = uuid_field("invoice_id", request.invoice_id)
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._settling.void(unit, invoice_id, request.reason)
        return pb.VoidInvoiceResponse(invoice=packing.invoice(found))

    async def MarkInvoiceUncollectible(
        self, request: pb.MarkInvoiceUncollectibleRequest, _: Any
    ) -> pb.MarkInvoiceUncollectibleResponse:
        """See the contract."""
        invoice_id = uuid_field("invoice_id", request.invoice_id)
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._settling.give_up(unit, invoice_id, request.reason)
        return pb.MarkInvoiceUncollectibleResponse(invoice=packing.invoice(found))

    async def IssueCreditNote(
        self, request: pb.IssueCreditNoteRequest, _: Any
    ) -> pb.IssueCreditNoteResponse:
        """See the contract."""
        invoice_id = uuid_field("invoice_id", request.invoice_id)
        wish = CreditWish(request.reference, request.reason, request.line_id, request.amount)
        async with self._units.tenant(request.tenant_id) as unit:
            note, found = await self._settling.give_back(unit, invoice_id, wish)
        return pb.IssueCreditNoteResponse(
            credit_note=packing.credit_note(note), invoice=packing.invoice(found)
        )
