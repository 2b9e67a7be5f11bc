"""InvoiceService on the wire."""

from typing import Any

from brinkbyte.invoice.v1 import invoice_service_pb2 as pb
from brinkbyte.invoice.v1 import invoice_service_pb2_grpc

from billing.invoices import packing
from billing.invoices.service import InvoicesService
from billing.unit import Units
from billing.wire import stamp
from rights.ids import render_tenant


class InvoiceServicer(invoice_service_pb2_grpc.InvoiceServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, invoices: InvoicesService) -> None:
        """Plain constructor."""
        self._units = units
        self._invoices = invoices

    async def PreviewInvoice(
        self, request: pb.PreviewInvoiceRequest, _: Any
    ) -> pb.PreviewInvoiceResponse:
        """Rates the running month so far."""
        async with self._units.tenant(request.tenant_id) as unit:
            preview = await self._invoices.preview(unit)
        return pb.PreviewInvoiceResponse(
            tenant_id=render_tenant(preview.tenant_id),
            period_start=stamp(preview.period.start),
            period_end=stamp(preview.period.end),
            lines=[packing.line(each) for each in preview.lines],
            subtotal=packing.money(preview.subtotal),
        )
