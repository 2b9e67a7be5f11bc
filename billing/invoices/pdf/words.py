"""What a document says, as text: amounts, quantities, days, notes."""

from datetime import datetime, timedelta
from decimal import Decimal

from billing.decimals import plain
from billing.invoices.invoice import Invoice, InvoiceStatus
from billing.invoices.lines import InvoiceLine, LineKind
from billing.invoices.parties import Address, InvoiceTax
from rights.money import Money
from rights.rating.tax import Treatment

_NOTES = {
    Treatment.REVERSE_CHARGE: (
        "Reverse charge: the recipient accounts for the VAT "
        "(Article 196 of Council Directive 2006/112/EC)."
    ),
    Treatment.EXEMPT: "The customer is exempt from tax.",
    Treatment.OUT_OF_SCOPE: "No tax applies at the customer's place.",
}

LACKING = "?"
LACKS = "Letters that this document's font does not have are shown as question marks."


def amount(money: Money) -> str:
    """Without the currency, to its last decimal: 1,234.50."""
    return f"{money.amount:,f}"


def day(moment: datetime | None) -> str:
    """A UTC day."""
    return "" if moment is None else f"{moment:%Y-%m-%d}"


def hour(moment: datetime) -> str:
    """An hour of a UTC day."""
    return f"{moment:%Y-%m-%d %H:%M}"


def span(line_start: datetime, line_end: datetime) -> str:
    """A period."""
    return f"{hour(line_start)} to {hour(line_end)} UTC"


def described(line: InvoiceLine) -> str:
    """A line's title, and beneath what a reader has to know of its price."""
    more = []
    if line.kind is LineKind.ADJUSTMENT:
        more.append(f"Late usage of {span(line.service.start, line.service.end)}")
        if line.billed is not None:
            before = f"{quantity(line.billed.quantity)} {line.unit}"
            more.append(f"billed before: {before} for {amount(line.billed.amount)}")
    if line.kind is LineKind.CREDIT:
        more.append(f"Given back of the year paid: {days(line)}")
    elif line.of_year:
        more.append(f"Paid by the year: {days(line)}")
    if line.included:
        more.append(f"{quantity(line.included)} {line.unit} included")
    if line.unit_price is None:
        more += [
            f"{quantity(each.quantity)} at {plain(each.unit_price)}"
            + (f" per {plain(each.per)}" if each.per != 1 else "")
            + (f" and {plain(each.flat)}" if each.flat else "")
            for each in line.charges
        ]
    return "\n".join([line.title, "; ".join(more)]) if more else line.title


def days(line: InvoiceLine) -> str:
    """From which day to which, both included, a line of a year is."""
    return f"{day(line.service.start)} to {day(line.service.end - timedelta(days=1))}"


def price(line: InvoiceLine) -> str:
    """What one costs."""
    if line.unit_price is None:
        return ""
    per = f" / {line.period_days} d" if line.period_days else ""
    return f"{plain(line.unit_price)}{per}"


def quantity(number: Decimal) -> str:
    """A quantity with thousands apart."""
    text = plain(number)
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}{point}{rest}"


def tax_name(tax: InvoiceTax) -> str:
    """A tax with its rate and what it applies to."""
    place = f"{tax.country}-{tax.region}" if tax.region else tax.country
    return f"{tax.name} {place} {plain(tax.percent)} % on {amount(tax.base)}"


def note(invoice: Invoice) -> str:
    """Why it is taxed as it is, where that has to be said."""
    return _NOTES.get(invoice.issued.treatment, "")


def terms(invoice: Invoice) -> str:
    """What is to be paid until when, where something is."""
    if invoice.status is not InvoiceStatus.OPEN or invoice.due_at is None:
        return ""
    given = (invoice.due_at - invoice.issued_at).days if invoice.issued_at is not None else 0
    within = f"Payment terms: {given} days from the day of issue. " if given else ""
    return (
        f"{within}Please pay {amount(invoice.due)} {invoice.currency} by {day(invoice.due_at)}, "
        f"with the reference {invoice.number}."
    )


def address(party: Address) -> list[str]:
    """A party's lines beneath its name."""
    tax_id = [f"Tax ID: {party.tax_id}"] if party.tax_id else []
    return [*party.lines, *filter(None, [party.country]), *tax_id, *filter(None, [party.email])]


def standing(invoice: Invoice) -> str:
    """How it stands, where that is not simply open."""
    match invoice.status:
        case InvoiceStatus.PAID:
            return f"Paid on {day(invoice.paid_at)}"
        case InvoiceStatus.VOID:
            return "VOID: this invoice is not valid"
        case _:
            return ""


def totals(invoice: Invoice) -> list[tuple[str, str]]:
    """What the lines come to, and what is still to be paid; without the last row's emphasis."""
    nothing = Money(invoice.currency, 0)
    rows = [("Subtotal", amount(invoice.subtotal))]
    rows += [(tax_name(each), amount(each.amount)) for each in invoice.issued.taxes]
    if not invoice.issued.taxes:
        rows.append(("Tax", amount(invoice.tax)))
    rows.append((f"Total {invoice.currency}", amount(invoice.total)))
    less = (
        ("Credit balance", invoice.credit_applied),
        ("Credit notes", invoice.amount_credited),
        ("Paid", invoice.amount_paid),
    )
    rows += [(name, amount(-each)) for name, each in less if each != nothing]
    return [*rows, (f"Amount due {invoice.currency}", amount(invoice.due))]
