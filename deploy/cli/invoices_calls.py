"""Invoices for the command line: each call, and its answer as lines for a person."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from brinkbyte.invoice.v1 import invoice_service_pb2 as pb
from brinkbyte.invoice.v1 import invoice_service_pb2_grpc as rpc

from deploy.cli.cloud import Cloud
from deploy.cli.wording import counted, money, word

T = TypeVar("T")


class InvoiceCalls:
    """One call each. Raises MeshError; StartError when the cloud does not answer."""

    def __init__(self, cloud: Cloud, tenant: str) -> None:
        """`tenant` may be empty for a tenant's own key."""
        self._cloud = cloud
        self._tenant = tenant

    def overview(self, issuer: str = "") -> list[str]:
        """One line an invoice, all pages; an empty issuer means any."""
        wanted = f"INVOICE_ISSUER_{issuer.upper() or 'UNSPECIFIED'}"
        lines: list[str] = []
        token = ""
        while True:
            answer = self._page(
                pb.ListInvoicesRequest(tenant_id=self._tenant, issuer=wanted, page_token=token)
            )
            lines += [_summary(each) for each in answer.invoices]
            token = answer.next_page_token
            if not token:
                return lines or ["no such invoice" if issuer else "no period is over yet"]

    def show(self, invoice_id: str) -> list[str]:
        """An invoice's sums."""
        return sums(self._invoice(invoice_id))

    def projected(self) -> list[str]:
        """What the running period will come to, and how that was found."""
        request = pb.ProjectInvoiceRequest(tenant_id=self._tenant)
        told = self._call(lambda stub: stub.ProjectInvoice(request))
        passed = f"{told.elapsed_seconds / told.period_seconds:.1%} of the period has passed"
        return [*map(_line, told.invoice.lines), *sums(told.invoice), f"{passed}: {told.method}"]

    def lines(self, invoice_id: str) -> list[str]:
        """An invoice's lines."""
        return [_line(each) for each in self._invoice(invoice_id).lines] or ["no lines"]

    def explain(self, invoice_id: str, line_id: str) -> list[str]:
        """A line's price, parts and hours."""
        at = self._at(invoice_id)
        request = pb.ExplainInvoiceLineRequest(
            tenant_id=self._tenant, invoice_id=at, line_id=line_id
        )
        told = self._call(lambda stub: stub.ExplainInvoiceLine(request))
        found = [_line(told.line), *_rate(told.rate)]
        found += [f"  {_charge(each)}" for each in told.charges]
        if told.quantity_billed_before:
            before = f"{told.quantity_billed_before} for {money(told.billed_before)}"
            found.append(f"  less what was billed before: {before}")
        return [*found, *self._windows(at, line_id)]

    def events(self, invoice_id: str, line_id: str) -> list[str]:
        """The events behind a line, all pages."""
        at, token = self._at(invoice_id), ""
        lines: list[str] = []
        while True:
            answer = self._events(
                pb.ListLineEventsRequest(
                    tenant_id=self._tenant, invoice_id=at, line_id=line_id, page_token=token
                )
            )
            lines += [
                f"{each.billing_time.ToJsonString()}  {each.event_id}  {each.resource_id}  "
                f"{each.quantity}"
                for each in answer.events
            ]
            token = answer.next_page_token
            if not token:
                return lines or ["no usage is behind this line"]

    def pdf(self, invoice_id: str, out: Path | None) -> list[str]:
        """Writes the document; tells where."""
        request = pb.GetInvoicePdfRequest(tenant_id=self._tenant, invoice_id=invoice_id)
        answer = self._call(lambda stub: stub.GetInvoicePdf(request))
        path = out or Path(answer.filename)
        path.write_bytes(answer.pdf)
        return [str(path)]

    def _windows(self, invoice_id: str, line_id: str) -> list[str]:
        lines: list[str] = []
        token = ""
        while True:
            answer = self._page_of_windows(
                pb.ListLineWindowsRequest(
                    tenant_id=self._tenant,
                    invoice_id=invoice_id,
                    line_id=line_id,
                    page_token=token,
                )
            )
            lines += [
                f"  {each.hour.ToJsonString()}  {each.quantity} in {counted(each.events, 'event')}"
                + (f", came after close {each.revision}" if each.revision else "")
                for each in answer.windows
            ]
            token = answer.next_page_token
            if not token:
                return lines

    def _invoice(self, invoice_id: str) -> pb.Invoice:
        request = pb.GetInvoiceRequest(tenant_id=self._tenant, invoice_id=self._at(invoice_id))
        return self._call(lambda stub: stub.GetInvoice(request)).invoice

    def _at(self, invoice_id: str) -> str:
        """The invoice, or that of the period that runs."""
        if invoice_id:
            return invoice_id
        request = pb.PreviewInvoiceRequest(tenant_id=self._tenant)
        return self._call(lambda stub: stub.PreviewInvoice(request)).invoice_id

    def _page(self, request: pb.ListInvoicesRequest) -> pb.ListInvoicesResponse:
        return self._call(lambda stub: stub.ListInvoices(request))

    def _events(self, request: pb.ListLineEventsRequest) -> pb.ListLineEventsResponse:
        return self._call(lambda stub: stub.ListLineEvents(request))

    def _page_of_windows(self, request: pb.ListLineWindowsRequest) -> pb.ListLineWindowsResponse:
        return self._call(lambda stub: stub.ListLineWindows(request))

    def _call(self, ask: Callable[[rpc.InvoiceServiceStub], Awaitable[T]]) -> T:
        return self._cloud.ask(lambda api: ask(rpc.InvoiceServiceStub(api)))


def sums(one: pb.Invoice) -> list[str]:
    """An invoice's sums, a line each; what is nothing beside the total is left out."""
    taxes = [f"  {each.name} {each.percent} %: {money(each.amount)}" for each in one.taxes]
    more = (
        ("from the credit balance", one.credit_applied),
        ("credit notes", one.amount_credited),
        ("paid", one.amount_paid),
    )
    return [
        _summary(one),
        f"subtotal: {money(one.subtotal)}",
        f"tax: {money(one.tax)}",
        *taxes,
        f"total: {money(one.total)}",
        *(f"{name}: {money(each)}" for name, each in more if each.minor_units),
        f"due: {money(one.amount_due)}" + _on(one),
        *_provided(one),
    ]


def at_stripe(one: pb.ProviderInvoice) -> str:
    """How Stripe's invoice stands, and since which day it is paid: `paid 2026-03-05`; empty until
    Stripe was asked."""
    if not one.status:
        return ""
    paid = f" {one.paid_at.ToDatetime():%Y-%m-%d}" if one.HasField("paid_at") else ""
    return word(pb.InvoiceStatus.Name(one.status), "INVOICE_STATUS_") + paid


def _provided(one: pb.Invoice) -> list[str]:
    """Stripe's own, where it issues the invoice."""
    if not one.HasField("provider_invoice"):
        return []
    theirs = one.provider_invoice
    facts = (theirs.number, at_stripe(theirs), theirs.hosted_url)
    return ["  ".join([f"at Stripe: {theirs.invoice_id}", *filter(None, facts)])]


def _on(one: pb.Invoice) -> str:
    """Until when, where something has to be paid."""
    if not (one.HasField("due_at") and one.amount_due.minor_units):
        return ""
    return f" on {one.due_at.ToDatetime():%Y-%m-%d}"


def _summary(one: pb.Invoice) -> str:
    status = word(pb.InvoiceStatus.Name(one.status), "INVOICE_STATUS_")
    span = f"{one.period_start.ToJsonString()} to {one.period_end.ToJsonString()}"
    due = f", {money(one.amount_due)} due" if one.amount_due.minor_units else ""
    theirs = at_stripe(one.provider_invoice)
    return (
        f"{one.invoice_id}  {one.number or '-'}  {status}  {span}: {money(one.total)}{due}"
        f"{theirs and f', {theirs} there'}"
    )


def _line(one: pb.InvoiceLine) -> str:
    price = f" at {one.unit_price}" if one.unit_price else ""
    per = f" for {one.period_days} days" if one.period_days else ""
    free = f", {one.included_quantity} included" if one.included_quantity != "0" else ""
    days = "s" if one.period_days and one.quantity != "1" else ""
    return (
        f"{one.line_id}  {one.description}: {one.quantity} {one.unit}{days}{free}{price}{per}: "
        f"{money(one.amount)}"
    )


def _rate(rate: pb.LineRate) -> list[str]:
    plan = f", plan {rate.plan}" if rate.plan else ""
    by = f", set by the {rate.priced_by}" if rate.priced_by else ""
    found = [f"catalogue {rate.catalog_version[:12]}{plan}: {_price(rate)}{by}"]
    if rate.included and (rate.plan or rate.included != "0"):
        carried = f", {rate.carried} carried over" if rate.carried != "0" else ""
        found.append(f"included {rate.included}, set by the {rate.included_by}{carried}")
    return found


def _price(rate: pb.LineRate) -> str:
    """`per_unit, 0.05 USD`; tiers as the catalogue writes them."""
    said = json.loads(rate.price)
    said.pop("model", None)
    if said.keys() == {"prices"}:
        text = ", ".join(f"{amount} {currency}" for currency, amount in said["prices"].items())
    else:
        text = said["price"] if said.keys() == {"price"} else json.dumps(said)
    return f"{rate.model}, {text}"


def _charge(each: pb.LineCharge) -> str:
    above = f" above {each.above}" if each.above != "0" else ""
    per = f" for each {each.per}" if each.per != "1" else ""
    flat = f" and {each.flat} once" if each.flat != "0" else ""
    return f"{each.quantity}{above} at {each.unit_price}{per}{flat}: {each.amount}"
