"""The document at its edges: long names, huge sums, many lines, letters that its font lacks."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from uuid import UUID

from pypdf import PdfReader

from billing.invoices.invoice import Invoice, InvoiceStatus
from billing.invoices.lines import InvoiceLine, LineKind, Service
from billing.invoices.parties import Address, InvoiceTax, Issued
from billing.invoices.pdf import words
from billing.invoices.pdf.document import document
from billing.invoices.periods.period import Issuer
from rights.money import Money
from rights.rating.tax import Treatment

PERIOD = Service(3, datetime(2026, 1, 31, 10, tzinfo=UTC), datetime(2026, 2, 28, 10, tzinfo=UTC))
SELLER = Address("BrinkByte Sp. z o.o.", ("ul. Prosta 1",), "PL", "PL5260250995")
GERMAN = Address(
    "Müller & Söhne Präzisionsüberwachungstechnik Gesellschaft mit beschränkter Haftung & Co. KG",
    ("Donaudampfschifffahrtsgesellschaftskapitänsweg 123456", "80331 München"),
    "DE",
    "DE123456789",
)
LARGEST = 2**63 - 1


def line(amount: Money, title: str = "Text messages", quantity: str = "1234567.5") -> InvoiceLine:
    sent = Decimal(quantity)
    return InvoiceLine(
        kind=LineKind.USAGE,
        family="metered",
        name="sms",
        title=title,
        unit="messages",
        quantity=sent,
        included=Decimal(100),
        billable=sent,
        unit_price=Decimal("0.0000125"),
        period_days=0,
        amount=amount,
        charges=(),
        service=PERIOD,
    )


def invoice(
    customer: Address,
    *lines: InvoiceLine,
    treatment: Treatment = Treatment.REVERSE_CHARGE,
    taxes: tuple[InvoiceTax, ...] = (),
) -> Invoice:
    """Issued on 3 March 2026, open for two weeks."""
    currency = lines[0].amount.currency
    nothing, issued = Money(currency, 0), PERIOD.end + timedelta(days=3)
    return Invoice(
        invoice_id=UUID(int=1),
        tenant_id=UUID(int=2),
        period=PERIOD,
        number="INV-2026-000007",
        status=InvoiceStatus.OPEN,
        subtotal=Money(currency, sum(each.amount.minor_units for each in lines)),
        tax=Money(currency, sum(each.amount.minor_units for each in taxes)),
        credit_applied=nothing,
        amount_paid=nothing,
        amount_credited=nothing,
        issued=Issued(SELLER, customer, treatment, taxes, ("IBAN PL61 1090",)),
        issuer=Issuer.LOCAL,
        issued_at=issued,
        due_at=issued + timedelta(days=14),
        lines=lines,
    )


def pages_of(one: Invoice) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(document(one))).pages]


def test_many_lines_and_long_names_are_whole_on_every_page() -> None:
    """A name as a Mac writes it, an umlaut in two parts, is printed like any other."""
    named = replace(GERMAN, name=unicodedata.normalize("NFD", GERMAN.name))
    lines = [line(Money("EUR", 1_234_567 + at), f"Standort Nr. {at}") for at in range(40)]
    pages = pages_of(replace(invoice(named, *lines), credit_applied=Money("EUR", 5_000)))
    assert [f"Page {at} of {len(pages)}" in page for at, page in enumerate(pages, 1)] == [True] * 3
    assert all("Unit price" in page and "INV-2026-000007" in page for page in pages)
    text = " ".join("\n".join(pages).split())
    assert GERMAN.name in text and words.LACKS not in text
    assert all(f"Standort Nr. {at} " in text for at in range(40))
    for said in (*GERMAN.lines, "Tax ID: DE123456789", "Reverse charge", "Credit balance -50.00"):
        assert said in text, said
    assert (
        "Payment terms: 14 days from the day of issue. Please pay 493,784.60 EUR by 2026-03-17, "
        "with the reference INV-2026-000007." in text
    )


def test_no_number_is_broken_however_long() -> None:
    largest = Money("KWD", LARGEST)
    lines = [line(Money("KWD", 1_234_567_890_123), quantity="123456789.123456")]
    assert {"123,456,789.123456", "1,234,567,890.123"} <= words_of(invoice(GERMAN, *lines))
    title = "Überwachungskamerastunden"
    long = line(largest, title, quantity="123456789012345678.123456789")
    absurd = words_of(invoice(GERMAN, long))
    assert {"123,456,789,012,345,678.123456789", "9,223,372,036,854,775.807"} <= absurd
    assert title in absurd, "nor is a word of the description"
    tax = InvoiceTax("JCT", "JP", "", Decimal(10), Money("JPY", 24_691), Money("JPY", 2_469))
    yen = invoice(GERMAN, line(Money("JPY", 24_691)), treatment=Treatment.TAXED, taxes=(tax,))
    assert {"24,691", "2,469", "27,160"} <= words_of(yen)


def test_letters_that_cannot_be_printed_are_seen_to_be_missing() -> None:
    for name, shown in (
        ("株式会社東京監視システム", "????????????"),
        ("شركة الكويت للأنظمة", "???? ?????? ???????"),
        ("Kamera 株 AG", "Kamera ? AG"),
    ):
        text = "\n".join(pages_of(invoice(replace(GERMAN, name=name), line(Money("EUR", 100)))))
        assert shown in text and words.LACKS in text
    asked = replace(GERMAN, name="Wer? GmbH")
    assert words.LACKS not in "\n".join(pages_of(invoice(asked, line(Money("EUR", 100)))))


def test_nobody_is_asked_to_pay_what_is_paid() -> None:
    paid = replace(invoice(GERMAN, line(Money("EUR", 100))), status=InvoiceStatus.PAID)
    assert not words.terms(paid)


def words_of(one: Invoice) -> set[str]:
    return {word for page in pages_of(one) for word in page.split()}
