"""Invoices on the wire."""

import json

from brinkbyte.common.v1 import money_pb2
from brinkbyte.invoice.v1 import invoice_service_pb2 as pb

from billing.decimals import plain
from billing.invoices.invoice import (
    CreditNote,
    Invoice,
    InvoiceStatus,
    Payment,
    ProviderInvoice,
)
from billing.invoices.lines import InvoiceLine, LineKind, Window
from billing.invoices.parties import InvoiceTax
from billing.invoices.periods.period import Issuer
from billing.invoices.provenance import Explanation
from billing.usage.windows import RecordedEvent
from billing.wire import stamp
from rights.ids import render_tenant
from rights.money import Money
from rights.rating.card import MetricRate, PieceRate
from rights.rating.scheme import Charge
from rights.rating.tax import Treatment
from rights.rating.written import scheme_to_json

_KIND = {
    LineKind.USAGE: pb.LINE_KIND_USAGE,
    LineKind.ITEM: pb.LINE_KIND_ITEM,
    LineKind.PLAN: pb.LINE_KIND_PLAN,
    LineKind.ADJUSTMENT: pb.LINE_KIND_ADJUSTMENT,
    LineKind.CREDIT: pb.LINE_KIND_CREDIT,
}
_OF_PLANS = {LineKind.PLAN, LineKind.CREDIT}
_BY_DAY = "by_day"


def line(one: InvoiceLine) -> pb.InvoiceLine:
    """One line."""
    return pb.InvoiceLine(
        kind=_KIND[one.kind],
        name=one.name,
        description=one.title,
        quantity=plain(one.quantity),
        unit=one.unit,
        included_quantity=plain(one.included),
        billable_quantity=plain(one.billable),
        unit_price="" if one.unit_price is None else plain(one.unit_price),
        amount=money(one.amount),
        events=one.events,
        line_id=one.line_id,
        period_days=one.period_days,
        service_start=stamp(one.service.start),
        service_end=stamp(one.service.end),
    )


def money(amount: Money) -> money_pb2.Money:
    """An amount."""
    return money_pb2.Money(currency=amount.currency, minor_units=amount.minor_units)


def treatment(one: Treatment) -> pb.TaxTreatment:
    """Why an invoice is taxed as it is."""
    found: pb.TaxTreatment = getattr(pb, f"TAX_TREATMENT_{one.name}")
    return found


def tax(one: InvoiceTax) -> pb.InvoiceTax:
    """One tax."""
    return pb.InvoiceTax(
        name=one.name,
        country=one.country,
        region=one.region,
        percent=plain(one.percent),
        base=money(one.base),
        amount=money(one.amount),
    )


def status(wire: pb.InvoiceStatus) -> InvoiceStatus | None:
    """From the wire; None is any."""
    name = pb.InvoiceStatus.Name(wire).removeprefix("INVOICE_STATUS_").lower()
    return None if wire == pb.INVOICE_STATUS_UNSPECIFIED else InvoiceStatus(name)


def issuer(wire: pb.InvoiceIssuer) -> Issuer | None:
    """From the wire; None is any."""
    name = pb.InvoiceIssuer.Name(wire).removeprefix("INVOICE_ISSUER_").lower()
    return None if wire == pb.INVOICE_ISSUER_UNSPECIFIED else Issuer(name)


def preview(one: Invoice) -> pb.PreviewInvoiceResponse:
    """The draft of the period that runs."""
    return pb.PreviewInvoiceResponse(
        tenant_id=render_tenant(one.tenant_id),
        period_start=stamp(one.period.start),
        period_end=stamp(one.period.end),
        lines=[line(each) for each in one.lines],
        subtotal=money(one.subtotal),
        invoice_id=str(one.invoice_id),
        tax_treatment=treatment(one.issued.treatment),
        taxes=[tax(each) for each in one.issued.taxes],
        tax=money(one.tax),
        total=money(one.total),
    )


def invoice(one: Invoice) -> pb.Invoice:
    """An invoice with what it holds of lines, payments and notes."""
    wire_issuer: pb.InvoiceIssuer = getattr(pb, f"INVOICE_ISSUER_{one.issuer.name}")
    return pb.Invoice(
        invoice_id=str(one.invoice_id),
        tenant_id=render_tenant(one.tenant_id),
        period_number=one.period.number,
        number=one.number,
        status=_status(one.status),
        period_start=stamp(one.period.start),
        period_end=stamp(one.period.end),
        lines=[line(each) for each in one.lines],
        subtotal=money(one.subtotal),
        tax_treatment=treatment(one.issued.treatment),
        taxes=[tax(each) for each in one.issued.taxes],
        tax=money(one.tax),
        total=money(one.total),
        credit_applied=money(one.credit_applied),
        amount_paid=money(one.amount_paid),
        amount_credited=money(one.amount_credited),
        amount_due=money(one.due),
        issued_at=stamp(one.issued_at),
        due_at=stamp(one.due_at),
        paid_at=stamp(one.paid_at),
        finalizes_at=stamp(one.finalizes_at),
        payments=[_payment(each) for each in one.payments],
        credit_notes=[credit_note(each) for each in one.credit_notes],
        issuer=wire_issuer,
        provider_invoice=None if one.provided is None else provider_invoice(one.provided),
    )


def provider_invoice(one: ProviderInvoice) -> pb.ProviderInvoice:
    """The payment provider's invoice of a period."""
    return pb.ProviderInvoice(
        invoice_id=one.invoice_id,
        number=one.number,
        status=pb.INVOICE_STATUS_UNSPECIFIED if one.status is None else _status(one.status),
        paid_at=stamp(one.paid_at),
        hosted_url=one.hosted_url,
    )


def credit_note(one: CreditNote) -> pb.CreditNote:
    """Money given back."""
    return pb.CreditNote(
        credit_note_id=str(one.credit_note_id),
        number=one.number,
        invoice_id=str(one.invoice_id),
        line_id=one.line_id,
        net=money(one.net),
        tax=money(one.tax),
        reason=one.reason,
        issued_at=stamp(one.issued_at),
        reference=one.reference,
    )


def explanation(one: Explanation) -> pb.ExplainInvoiceLineResponse:
    """How a line's amount comes about."""
    billed = one.line.billed
    return pb.ExplainInvoiceLineResponse(
        line=line(one.line),
        rate=_rate(one),
        charges=[_charge(each) for each in one.line.charges],
        quantity_billed_before="" if billed is None else plain(billed.quantity),
        billed_before=None if billed is None else money(billed.amount),
        windows=one.windows,
    )


def window(one: Window) -> pb.LineWindow:
    """An hour of use."""
    return pb.LineWindow(
        hour=stamp(one.hour),
        revision=one.revision,
        quantity=plain(one.quantity),
        events=one.events,
    )


def event(one: RecordedEvent) -> pb.LineEvent:
    """A usage event."""
    return pb.LineEvent(
        event_id=one.event_id,
        resource_id=one.resource_id,
        quantity=plain(one.quantity),
        event_time=stamp(one.event_time),
        billing_time=stamp(one.billing_time),
        received_at=stamp(one.received_at),
        billing_corrected=one.billing_corrected,
        reporter=one.reporter,
        request_id=one.request_id,
        dimensions=one.dimensions or "",
    )


def _status(one: InvoiceStatus) -> pb.InvoiceStatus:
    found: pb.InvoiceStatus = getattr(pb, f"INVOICE_STATUS_{one.name}")
    return found


def _rate(one: Explanation) -> pb.LineRate:
    rate, version = one.rate, one.catalog_version
    match rate:
        case MetricRate():
            price = scheme_to_json(rate.scheme)
            return pb.LineRate(
                catalog_version=version,
                plan=rate.plan,
                model=price["model"],
                price=json.dumps(price),
                included=plain(rate.included),
                carried=plain(rate.carried),
                included_by=rate.included_by.value,
                priced_by=rate.priced_by.value,
            )
        case PieceRate():
            price = {"price": None if rate.price is None else plain(rate.price)}
            return pb.LineRate(
                catalog_version=version,
                plan=rate.name if one.line.kind in _OF_PLANS else "",
                model=_BY_DAY,
                price=json.dumps(price),
                priced_by=rate.priced_by.value,
            )
        case None:
            return pb.LineRate(catalog_version=version)


def _charge(one: Charge) -> pb.LineCharge:
    return pb.LineCharge(
        above=plain(one.above),
        up_to=plain(one.up_to),
        quantity=plain(one.quantity),
        per=plain(one.per),
        unit_price=plain(one.unit_price),
        flat=plain(one.flat),
        amount=plain(one.amount),
    )


def _payment(one: Payment) -> pb.Payment:
    return pb.Payment(
        reference=one.reference,
        amount=money(one.amount),
        method=one.method,
        paid_at=stamp(one.paid_at),
    )
