"""What is paid, voided, credited, and printed of a finalised invoice."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import grpc
import pytest
from brinkbyte.invoice.v1 import invoice_service_pb2 as pb
from pypdf import PdfReader

from billing.invoices.service import InvoicesService
from billing.unit import Unit
from mesh.principal import ANONYMOUS
from tests.billing.cloud_harness import Authorities, Cloud, Tenant, refused, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.invoices.stories import (
    NEW_YEAR,
    after,
    close,
    listed,
    set_profile,
    vendor,
    whole,
)
from tests.billing.invoices.test_preview import metered, preview, use
from tests.billing.locks import somebody_waits

ISSUER = "Wzór Wideo Sp. z o.o."
CUSTOMER = "Αθήνα Ανάλυση Α.Ε. & Zażółć Gęślą"  # noqa: RUF001 - Greek


@pytest.fixture(scope="module")
async def cloud(new_database: NewDatabase, authorities: Authorities) -> AsyncIterator[Cloud]:
    dsns, superuser_dsn = await new_database()
    async with running_cloud(
        authorities,
        dsns,
        superuser_dsn,
        tax_rates="PL:VAT:23",
        issuer_name=ISSUER,
        issuer_address="ul. Prosta 1 | 00-001 Warszawa",
        issuer_country="PL",
        issuer_tax_id="PL5260250995",
        issuer_bank="IBAN PL61 1090 1014 0000 0712 1981 2874",
    ) as found:
        found.clock.turn_to(NEW_YEAR)
        yield found


async def invoiced(cloud: Cloud, tenant: Tenant | None = None, **profile: Any) -> pb.Invoice:
    """The newest invoice of a tenant, a new one by default, on the metered standard plan."""
    if tenant is None:
        tenant = await cloud.tenant()
        await metered(cloud, tenant)
        await use(tenant, cloud.clock.now(), ("sms", "150"))
        await set_profile(tenant, **{"country": "PL", **profile})
    await close(cloud, after(await preview(cloud.vendor, tenant.tenant_id)))
    return await whole(cloud, tenant, (await listed(cloud, tenant))[0].invoice_id)


async def pay(cloud: Cloud, invoice: pb.Invoice, reference: str, amount: int) -> pb.Invoice:
    request = pb.RecordPaymentRequest(
        tenant_id=invoice.tenant_id,
        invoice_id=invoice.invoice_id,
        reference=reference,
        amount=amount,
    )
    return (await vendor(cloud).RecordPayment(request)).invoice


async def test_a_reference_that_comes_twice_at_once_is_refused_once(cloud: Cloud) -> None:
    first = await invoiced(cloud)
    tenant = Tenant(first.tenant_id, None, cloud.vendor, cloud.vendor, "")  # type: ignore[arg-type]
    second = await invoiced(cloud, tenant)
    at, doubled = cloud.clock.now(), f"twice-{first.number}"
    async with cloud.superuser() as other, cloud.superuser() as watcher:
        async with other.transaction():
            await other.execute(
                "insert into payments select tenant_id, $2, invoice_id, 1, 'cash', $3, $3 "
                "from invoices where number = $1",
                first.number,
                doubled,
                at,
            )
            await other.execute(
                "insert into credit_notes select tenant_id, $2, gen_random_uuid(), 'X-1', "
                "invoice_id, '', 1, 0, '', $3 from invoices where number = $1",
                first.number,
                doubled,
                at,
            )
            paying = asyncio.create_task(pay(cloud, second, doubled, 1))
            crediting = asyncio.create_task(credit(cloud, first, doubled, amount=1))
            await somebody_waits(watcher, 2)
        for each in (paying, crediting):
            async with refused(grpc.StatusCode.ALREADY_EXISTS):
                await each
    assert (await whole(cloud, tenant, second.invoice_id)).amount_due == second.amount_due


async def credit(cloud: Cloud, invoice: pb.Invoice, reference: str, **what: Any) -> Any:
    return await vendor(cloud).IssueCreditNote(
        pb.IssueCreditNoteRequest(
            tenant_id=invoice.tenant_id,
            invoice_id=invoice.invoice_id,
            reference=reference,
            reason="sent twice",
            **what,
        )
    )


async def void(cloud: Cloud, invoice: pb.Invoice) -> pb.Invoice:
    request = pb.VoidInvoiceRequest(
        tenant_id=invoice.tenant_id, invoice_id=invoice.invoice_id, reason="wrong"
    )
    return (await vendor(cloud).VoidInvoice(request)).invoice


async def test_payments_pay_in_parts_each_once_and_too_much_is_kept(cloud: Cloud) -> None:
    invoice = await invoiced(cloud)
    assert invoice.total.minor_units == 10150 + round(10150 * 0.23)
    part = await pay(cloud, invoice, f"a-{invoice.number}", 10_000)
    assert (part.status, part.amount_due.minor_units) == (pb.INVOICE_STATUS_OPEN, 2484)
    assert await pay(cloud, invoice, f"a-{invoice.number}", 10_000) == part, "told twice"
    async with refused(grpc.StatusCode.ALREADY_EXISTS):
        await pay(cloud, invoice, f"a-{invoice.number}", 1)
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await pay(cloud, invoice, "nothing", 0)
    paid = await pay(cloud, invoice, f"b-{invoice.number}", 12_484)
    assert (paid.status, paid.amount_due.minor_units) == (pb.INVOICE_STATUS_PAID, 0)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION):
        await void(cloud, invoice)
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as absurd:
        await pay(cloud, invoice, f"c-{invoice.number}", 2**63 - 1)
    assert "amount" in absurd[0].message, "with what is kept already"
    tenant = Tenant(invoice.tenant_id, None, cloud.vendor, cloud.vendor, "")  # type: ignore[arg-type]
    following = await invoiced(cloud, tenant)
    assert following.credit_applied.minor_units == 10_000, "what was too much pays the next one"
    assert following.amount_due.minor_units == following.total.minor_units - 10_000


async def test_a_credit_note_gives_back_a_line_with_its_tax(cloud: Cloud) -> None:
    invoice = await invoiced(cloud)
    found = await credit(cloud, invoice, "case-1", line_id="usage.sms")
    note = found.credit_note
    assert (note.net.minor_units, note.tax.minor_units) == (250, 57)
    assert re.fullmatch(r"CN-2026-\d{6}", note.number)
    assert found.invoice.amount_due.minor_units == invoice.total.minor_units - 307
    again = await credit(cloud, invoice, "case-1", line_id="usage.sms")
    assert again.credit_note == note, "told twice"
    async with refused(grpc.StatusCode.ALREADY_EXISTS):
        await credit(cloud, invoice, "case-1", line_id="usage.sms", amount=100)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION):
        await credit(cloud, invoice, "case-2", line_id="usage.sms", amount=1)
    rest = await credit(cloud, invoice, "case-3", amount=9_900)
    assert (rest.invoice.status, rest.invoice.amount_due.minor_units) == (
        pb.INVOICE_STATUS_PAID,
        0,
    )
    whole_tax = note.tax.minor_units + rest.credit_note.tax.minor_units
    assert whole_tax == invoice.tax.minor_units, "all parts together give back exactly the tax"
    async with refused(grpc.StatusCode.FAILED_PRECONDITION):
        await credit(cloud, invoice, "case-4", amount=1)
    async with refused(grpc.StatusCode.NOT_FOUND):
        await credit(cloud, invoice, "case-5", line_id="usage.none")


async def test_a_void_or_hopeless_invoice_keeps_its_number(cloud: Cloud) -> None:
    wrong, hopeless = await invoiced(cloud), await invoiced(cloud)
    assert (await void(cloud, wrong)).amount_due.minor_units == 0
    assert (await void(cloud, wrong)).status == pb.INVOICE_STATUS_VOID
    async with refused(grpc.StatusCode.FAILED_PRECONDITION):
        await pay(cloud, wrong, "too-late", 1)
    request = pb.MarkInvoiceUncollectibleRequest(
        tenant_id=hopeless.tenant_id, invoice_id=hopeless.invoice_id, reason="bankrupt"
    )
    given_up = (await vendor(cloud).MarkInvoiceUncollectible(request)).invoice
    assert given_up.status == pb.INVOICE_STATUS_UNCOLLECTIBLE
    paid = await pay(cloud, hopeless, "after-all", hopeless.total.minor_units)
    assert paid.status == pb.INVOICE_STATUS_PAID
    following = await invoiced(cloud)
    serials = [int(each.number[-6:]) for each in (wrong, hopeless, following)]
    assert serials == sorted(serials)


async def test_what_is_due_and_overdue_is_told(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    await metered(cloud, tenant)
    invoice = await invoiced(cloud, tenant)
    service = _invoices(cloud)

    async def numbers(at: datetime) -> tuple[list[str], list[str]]:
        async with cloud.server.db.tenant(tenant.uuid) as conn:
            unit = Unit(conn, tenant.uuid, ANONYMOUS, at)
            return (
                [each.number for each in await service.open_invoices(unit)],
                [each.number for each in await service.overdue(unit)],
            )

    due = invoice.due_at.ToDatetime(NEW_YEAR.tzinfo)
    assert await numbers(due) == ([invoice.number], [])
    assert await numbers(due + timedelta(seconds=1)) == ([invoice.number], [invoice.number])
    await pay(cloud, invoice, f"in-time-{invoice.number}", invoice.total.minor_units)
    assert await numbers(due + timedelta(days=1)) == ([], [])


def _invoices(cloud: Cloud) -> InvoicesService:
    name = "brinkbyte.invoice.v1.InvoiceService"
    servicer: Any = next(each.servicer for each in cloud.server.services if each.full_name == name)
    found: InvoicesService = servicer._invoices
    return found


async def test_the_document_says_what_a_finance_department_needs(cloud: Cloud) -> None:
    invoice = await invoiced(
        cloud,
        country="GR",
        tax_id="EL123456789",
        legal_name=CUSTOMER,
        address=["Ερμού 5", "105 63 Αθήνα"],
    )
    request = pb.GetInvoicePdfRequest(tenant_id=invoice.tenant_id, invoice_id=invoice.invoice_id)
    found = await vendor(cloud).GetInvoicePdf(request)
    assert found.filename == f"{invoice.number}.pdf"
    assert found.pdf == (await vendor(cloud).GetInvoicePdf(request)).pdf, "the same bytes"
    text = text_of(found.pdf)
    for said in (
        ISSUER,
        "00-001 Warszawa",
        "PL5260250995",
        CUSTOMER,
        "105 63 Αθήνα",
        "EL123456789",
        f"Invoice {invoice.number}",
        "Text messages",
        "100 messages included",
        "Metered standard",
        "99 / ",
        "101.50",
        "Amount due USD",
        "Reverse charge",
        "IBAN PL61",
        "Page 1 of 1",
    ):
        assert said in text, said
    await pay(cloud, invoice, f"wire-{invoice.number}", 150)
    await credit(cloud, invoice, f"note-{invoice.number}", amount=100)
    later = text_of((await vendor(cloud).GetInvoicePdf(request)).pdf)
    for said in (f"wire-{invoice.number}", "CN-2026-", "-1.50", "-1.00", "99.00"):
        assert said in later, said


async def test_a_draft_has_no_document(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    shown = await preview(cloud.vendor, tenant.tenant_id)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION):
        await vendor(cloud).GetInvoicePdf(
            pb.GetInvoicePdfRequest(tenant_id=tenant.tenant_id, invoice_id=shown.invoice_id)
        )


def text_of(pdf: bytes) -> str:
    """What a reader could copy out of the document."""
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
