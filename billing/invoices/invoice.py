"""An invoice as a value, finalised or not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from billing.invoices.lines import InvoiceLine, Service
from billing.invoices.parties import Issued
from billing.invoices.periods.period import Issuer
from rights.money import Money


class InvoiceStatus(StrEnum):
    """Stripe's words; a draft's period runs, or is over and still takes late usage in. One that
    Stripe issues is kept for its sums: it has no number, and is paid there."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"
    ISSUED_BY_STRIPE = "issued_by_stripe"


@dataclass(frozen=True, slots=True)
class ProviderInvoice:
    """What the payment provider told last of its invoice of a period. `number`, `paid_at` (aware,
    UTC) and `hosted_url` are empty before it has them, `status` is None until it was asked."""

    invoice_id: str
    number: str = ""
    status: InvoiceStatus | None = None
    paid_at: datetime | None = None
    hosted_url: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in; moments are aware, UTC."""

    reference: str
    amount: Money
    method: str
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class CreditNote:
    """Money given back: `line_id` is empty for an amount. `issued_at` is aware, UTC."""

    credit_note_id: UUID
    number: str
    invoice_id: UUID
    reference: str
    line_id: str
    net: Money
    tax: Money
    reason: str
    issued_at: datetime

    @property
    def total(self) -> Money:
        """Net and tax."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Invoice:
    """The bill of one billing period. Moments are aware, UTC.

    `credit_applied` is what the credit balance paid; below zero it is what a negative total added
    to it. A draft has no number and no dates of its own but `finalizes_at`. `provided` is the
    provider's invoice of a period that it issues.
    """

    invoice_id: UUID
    tenant_id: UUID
    period: Service
    number: str
    status: InvoiceStatus
    subtotal: Money
    tax: Money
    credit_applied: Money
    amount_paid: Money
    amount_credited: Money
    issued: Issued
    issuer: Issuer
    issued_at: datetime | None = None
    due_at: datetime | None = None
    paid_at: datetime | None = None
    finalizes_at: datetime | None = None
    lines: tuple[InvoiceLine, ...] = ()
    payments: tuple[Payment, ...] = ()
    credit_notes: tuple[CreditNote, ...] = ()
    provided: ProviderInvoice | None = None

    @property
    def currency(self) -> str:
        """ISO 4217."""
        return self.subtotal.currency

    @property
    def total(self) -> Money:
        """Subtotal and tax."""
        return self.subtotal + self.tax

    @property
    def due(self) -> Money:
        """What is still to be paid here; nothing for a void one, or one that Stripe issues."""
        if self.status in {InvoiceStatus.VOID, InvoiceStatus.ISSUED_BY_STRIPE}:
            return Money(self.currency, 0)
        return self.total - self.credit_applied - self.amount_paid - self.amount_credited

    @property
    def finalised(self) -> bool:
        """Whether it never changes again."""
        return self.status is not InvoiceStatus.DRAFT

    def line(self, line_id: str) -> InvoiceLine | None:
        """One of its lines."""
        return next((each for each in self.lines if each.line_id == line_id), None)
