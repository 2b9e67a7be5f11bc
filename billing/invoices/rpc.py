"""InvoiceService on the wire."""

from typing import Any

from brinkbyte.common.v1 import money_pb2
from brinkbyte.invoice.v1 import invoice_service_pb2 as pb
from brinkbyte.invoice.v1 import invoice_service_pb2_grpc

from billing.decimals import plain
from billing.invoices.service import InvoiceLine, InvoicesService, LineKind
from billing.unit import Units
from billing.wire import stamp
from rights.ids import render_tenant
from rights.money import Money

_KIND = {LineKind.USAGE: pb.LINE_KIND_USAGE, LineKind.ITEM: pb.LINE_KIND_ITEM}


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
            lines=[_line(each) for each in preview.lines],
            subtotal=_money(preview.subtotal),
        )


def _line(line: InvoiceLine) -> pb.InvoiceLine:
    rated = line.rated
    return pb.InvoiceLine(
        kind=_KIND[line.kind],
        name=rated.name,
        description=line.title,
        quantity=plain(rated.quantity),
        unit=line.unit,
        included_quantity=plain(rated.included),
        billable_quantity=plain(rated.billable),
        unit_price=plain(rated.unit_price),
        amount=_money(rated.amount),
        events=line.events,
    )


def _money(amount: Money) -> money_pb2.Money:
    return money_pb2.Money(currency=amount.currency, minor_units=amount.minor_units)
