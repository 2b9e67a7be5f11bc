"""Payments and corrections of invoices for the command line, their answers as lines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from brinkbyte.invoice.v1 import invoice_service_pb2 as pb
from brinkbyte.invoice.v1 import invoice_service_pb2_grpc as rpc

from deploy.cli.cloud import Cloud
from deploy.cli.invoices_calls import sums
from deploy.cli.wording import money
from mesh.errors import InvalidArgument
from rights.money import Money

T = TypeVar("T")


class SettlingCalls:
    """Answers with the invoice as it stands. Raises MeshError; StartError when the cloud does not
    answer."""

    def __init__(self, cloud: Cloud, tenant: str) -> None:
        """`cloud` is called with the vendor's key; `tenant` may not be empty."""
        self._cloud = cloud
        self._tenant = tenant

    def pay(
        self, invoice_id: str, amount: Money, reference: str, method: str, at: datetime | None
    ) -> list[str]:
        """`at` is aware; None means now. Raises InvalidArgument for another currency."""
        self._check_currency(invoice_id, amount)
        request = pb.RecordPaymentRequest(
            tenant_id=self._tenant,
            invoice_id=invoice_id,
            reference=reference,
            amount=amount.minor_units,
            method=method,
        )
        if at is not None:
            request.paid_at.FromDatetime(at)
        return sums(self._call(lambda stub: stub.RecordPayment(request)).invoice)

    def credit(
        self, invoice_id: str, line_id: str, amount: Money | None, *, reference: str, reason: str
    ) -> list[str]:
        """The note too. Without `amount` all of the line. Raises InvalidArgument as `pay`."""
        if amount is not None:
            self._check_currency(invoice_id, amount)
        request = pb.IssueCreditNoteRequest(
            tenant_id=self._tenant,
            invoice_id=invoice_id,
            reference=reference,
            reason=reason,
            line_id=line_id,
            amount=0 if amount is None else amount.minor_units,
        )
        answer = self._call(lambda stub: stub.IssueCreditNote(request))
        note = answer.credit_note
        said = f"credit note {note.number}: {money(note.net)} and {money(note.tax)} tax"
        return [said, *sums(answer.invoice)]

    def void(self, invoice_id: str, reason: str) -> list[str]:
        """Declares it invalid."""
        request = pb.VoidInvoiceRequest(
            tenant_id=self._tenant, invoice_id=invoice_id, reason=reason
        )
        return sums(self._call(lambda stub: stub.VoidInvoice(request)).invoice)

    def uncollectible(self, invoice_id: str, reason: str) -> list[str]:
        """Gives it up."""
        request = pb.MarkInvoiceUncollectibleRequest(
            tenant_id=self._tenant, invoice_id=invoice_id, reason=reason
        )
        return sums(self._call(lambda stub: stub.MarkInvoiceUncollectible(request)).invoice)

    def _check_currency(self, invoice_id: str, amount: Money) -> None:
        request = pb.GetInvoiceRequest(tenant_id=self._tenant, invoice_id=invoice_id)
        found = self._call(lambda stub: stub.GetInvoice(request)).invoice.total.currency
        if found != amount.currency:
            raise InvalidArgument.field("amount", f"the invoice is in {found}")

    def _call(self, ask: Callable[[rpc.InvoiceServiceStub], Awaitable[T]]) -> T:
        return self._cloud.ask(lambda api: ask(rpc.InvoiceServiceStub(api)))
