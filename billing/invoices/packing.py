"""Invoice lines on the wire."""

from brinkbyte.common.v1 import money_pb2
from brinkbyte.invoice.v1 import invoice_service_pb2 as pb

from billing.decimals import plain
from billing.invoices.service import InvoiceLine, LineKind
from rights.money import Money

_KIND = {
    LineKind.USAGE: pb.LINE_KIND_USAGE,
    LineKind.ITEM: pb.LINE_KIND_ITEM,
    LineKind.PLAN: pb.LINE_KIND_PLAN,
}


def line(one: InvoiceLine) -> pb.InvoiceLine:
    """One line."""
    rated = one.rated
    return pb.InvoiceLine(
        kind=_KIND[one.kind],
        name=rated.name,
        description=one.title,
        quantity=plain(rated.quantity),
        unit=one.unit,
        included_quantity=plain(rated.included),
        billable_quantity=plain(rated.billable),
        unit_price="" if rated.unit_price is None else plain(rated.unit_price),
        amount=money(rated.amount),
        events=one.events,
    )


def money(amount: Money) -> money_pb2.Money:
    """An amount."""
    return money_pb2.Money(currency=amount.currency, minor_units=amount.minor_units)
