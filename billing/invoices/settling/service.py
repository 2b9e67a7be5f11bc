"""The rules of payments, credit notes and invoices that are given up."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from billing.audit.actions import Action
from billing.invoices import line_store, store
from billing.invoices.invoice import CreditNote, Invoice, InvoiceStatus, Payment
from billing.invoices.issuing import Issuing
from billing.invoices.settling import store as settling
from billing.invoices.settling.store import EntryKind
from billing.unit import Unit
from mesh.clock import Clock
from mesh.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from mesh.ids import uuid7
from rights.errors import CreditTooLarge
from rights.money import Money
from rights.rating.credits import Credit, credit

CREDIT_NOTE = "credit_note"
_PAYABLE = {InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE, InvoiceStatus.PAID}
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class CreditWish:
    """What is to be given back, in minor units: a line (all of it for an amount of 0) or, without
    one, an amount. `reference` is the caller's own, once for a tenant."""

    reference: str
    reason: str
    line_id: str
    minor_units: int


class SettlingService:
    """Changes how finalised invoices stand; what they say stays."""

    def __init__(self, issuing: Issuing, clock: Clock) -> None:
        """`clock` dates ids."""
        self._issuing = issuing
        self._clock = clock

    async def pay(
        self,
        unit: Unit,
        invoice_id: UUID,
        reference: str,
        minor_units: int,
        *,
        method: str,
        paid_at: datetime | None,
    ) -> Invoice:
        """Notes a payment; what is more than due goes to the credit balance.

        The same reference and amount again change nothing. Raises NotFound, InvalidArgument naming
        `amount`, AlreadyExists, FailedPrecondition (STATE_CONFLICT) for a void invoice.
        """
        if not 0 < minor_units <= _LARGEST:
            raise InvalidArgument.field("amount", "must be above 0")
        invoice = await self._lock(unit, invoice_id)
        amount = Money(invoice.currency, minor_units)
        known = await settling.find_payment(unit.conn, unit.tenant_id, reference, invoice.currency)
        if known is not None:
            if (known[0], known[1].amount) != (invoice_id, amount):
                raise _other_payment(reference)
            return invoice
        if invoice.status not in _PAYABLE:
            raise _conflict(invoice, "takes no payment")
        payment = Payment(reference, amount, method or "bank_transfer", paid_at or unit.now)
        if not await settling.add_payment(unit.conn, unit.tenant_id, invoice_id, payment, unit.now):
            raise _other_payment(reference)
        taken = min(minor_units, max(invoice.due.minor_units, 0))
        await self._give(unit, EntryKind.OVERPAYMENT, reference, minor_units - taken, invoice)
        paid = invoice.amount_paid + Money(invoice.currency, taken)
        return await self._stand(unit, replace(invoice, amount_paid=paid))

    async def void(self, unit: Unit, invoice_id: UUID, reason: str) -> Invoice:
        """Declares an open invoice invalid. Raises NotFound, FailedPrecondition."""
        invoice = await self._lock(unit, invoice_id)
        if invoice.status is InvoiceStatus.VOID:
            return invoice
        touched = invoice.amount_paid.minor_units or invoice.amount_credited.minor_units
        if invoice.status is InvoiceStatus.PAID or touched:
            raise _conflict(invoice, "cannot be voided: issue a credit note")
        applied = invoice.credit_applied.minor_units
        await self._give(unit, EntryKind.VOIDED, str(invoice_id), applied, invoice)
        return await self._end(unit, invoice, InvoiceStatus.VOID, Action.INVOICE_VOIDED, reason)

    async def give_up(self, unit: Unit, invoice_id: UUID, reason: str) -> Invoice:
        """Gives up on an open invoice. Raises NotFound, FailedPrecondition (STATE_CONFLICT)."""
        invoice = await self._lock(unit, invoice_id)
        if invoice.status is InvoiceStatus.UNCOLLECTIBLE:
            return invoice
        if invoice.status is not InvoiceStatus.OPEN:
            raise _conflict(invoice, "is not open")
        status = InvoiceStatus.UNCOLLECTIBLE
        return await self._end(unit, invoice, status, Action.INVOICE_GIVEN_UP, reason)

    async def give_back(
        self, unit: Unit, invoice_id: UUID, wish: CreditWish
    ) -> tuple[CreditNote, Invoice]:
        """Issues a credit note.

        It lowers what is due; what was paid already goes to the credit balance. The same reference
        again gives the same note. Raises NotFound, InvalidArgument naming `amount`, AlreadyExists,
        FailedPrecondition (STATE_CONFLICT) when more than was invoiced would be given back.
        """
        invoice = await self._lock(unit, invoice_id)
        known = await settling.find_note(
            unit.conn, unit.tenant_id, wish.reference, invoice.currency
        )
        if known is not None:
            other = wish.minor_units not in {0, known.net.minor_units}
            if other or (known.invoice_id, known.line_id) != (invoice_id, wish.line_id):
                raise AlreadyExists("credit_note", wish.reference)
            return known, invoice
        if invoice.status is InvoiceStatus.VOID:
            raise _conflict(invoice, "is void")
        net = await self._net(unit, invoice, wish)
        note = await self._write_note(unit, invoice, wish, await self._credit(unit, invoice, net))
        off = min(note.total.minor_units, max(invoice.due.minor_units, 0))
        over = note.total.minor_units - off
        await self._give(unit, EntryKind.CREDIT_NOTE, str(note.credit_note_id), over, invoice)
        credited = invoice.amount_credited + Money(invoice.currency, off)
        return note, await self._stand(unit, replace(invoice, amount_credited=credited))

    async def _net(self, unit: Unit, invoice: Invoice, wish: CreditWish) -> Money:
        if not wish.line_id:
            if wish.minor_units < 1:
                raise InvalidArgument.field("amount", "must be above 0")
            return Money(invoice.currency, wish.minor_units)
        lines = await line_store.of_invoice(
            unit.conn, unit.tenant_id, invoice.invoice_id, invoice.currency
        )
        line = next((each for each in lines if each.line_id == wish.line_id), None)
        if line is None:
            raise NotFound("invoice_line", wish.line_id)
        notes = await self._notes(unit, invoice)
        before = sum(each.net.minor_units for each in notes if each.line_id == wish.line_id)
        left = line.amount.minor_units - before
        asked = wish.minor_units or left
        if not 0 < asked <= left:
            raise _conflict(invoice, f"has {max(left, 0)} minor units left on that line")
        return Money(invoice.currency, asked)

    async def _credit(self, unit: Unit, invoice: Invoice, net: Money) -> Credit:
        before = [Credit(each.net, each.tax) for each in await self._notes(unit, invoice)]
        try:
            return credit(Credit(invoice.subtotal, invoice.tax), before, net)
        except CreditTooLarge as error:
            raise _conflict(invoice, str(error)) from None

    async def _write_note(
        self, unit: Unit, invoice: Invoice, wish: CreditWish, given: Credit
    ) -> CreditNote:
        prefix, year = self._issuing.credit_prefix, unit.now.year
        serial = await store.next_number(unit.conn, prefix, CREDIT_NOTE, year)
        note = CreditNote(
            uuid7(self._clock),
            f"{prefix}-{year}-{serial:06d}",
            invoice.invoice_id,
            wish.reference,
            wish.line_id,
            given.net,
            given.tax,
            wish.reason,
            unit.now,
        )
        if not await settling.add_note(unit.conn, unit.tenant_id, note):
            raise AlreadyExists("credit_note", wish.reference)
        unit.audit(
            Action.CREDIT_NOTE_ISSUED,
            f"invoice/{invoice.invoice_id}",
            number=note.number,
            total=str(note.total),
            reason=wish.reason,
        )
        return note

    async def _notes(self, unit: Unit, invoice: Invoice) -> tuple[CreditNote, ...]:
        return await settling.notes(unit.conn, unit.tenant_id, invoice.invoice_id, invoice.currency)

    async def _give(
        self, unit: Unit, kind: EntryKind, source: str, minor_units: int, invoice: Invoice
    ) -> None:
        """Puts money into the credit balance. Raises InvalidArgument naming `amount` for more than
        it can hold."""
        if minor_units > 0:
            amount = Money(invoice.currency, minor_units)
            held = await settling.balance(unit.conn, unit.tenant_id, invoice.currency)
            if held.minor_units > _LARGEST - minor_units:
                raise InvalidArgument.field("amount", "is more than a credit balance holds")
            await settling.enter(
                unit.conn, unit.tenant_id, kind, source, amount=amount, now=unit.now
            )

    async def _stand(self, unit: Unit, invoice: Invoice) -> Invoice:
        """Writes how it stands; it is paid once nothing is due."""
        if invoice.status is not InvoiceStatus.PAID and invoice.due.minor_units <= 0:
            invoice = replace(invoice, status=InvoiceStatus.PAID, paid_at=unit.now)
            unit.audit(Action.INVOICE_PAID, f"invoice/{invoice.invoice_id}", number=invoice.number)
        await store.change(unit.conn, invoice)
        return invoice

    async def _end(
        self, unit: Unit, invoice: Invoice, status: InvoiceStatus, action: Action, reason: str
    ) -> Invoice:
        ended = replace(invoice, status=status)
        await store.change(unit.conn, ended)
        unit.audit(action, f"invoice/{invoice.invoice_id}", number=invoice.number, reason=reason)
        return ended

    async def _lock(self, unit: Unit, invoice_id: UUID) -> Invoice:
        invoice = await store.get(unit.conn, unit.tenant_id, invoice_id, lock=True)
        if invoice is None:
            raise NotFound("invoice", str(invoice_id))
        if invoice.status is InvoiceStatus.ISSUED_BY_STRIPE:
            raise _conflict(invoice, "is issued by Stripe: settle it there")
        return invoice


def _other_payment(reference: str) -> AlreadyExists:
    return AlreadyExists("payment", reference, "another payment has this reference")


def _conflict(invoice: Invoice, what: str) -> FailedPrecondition:
    return FailedPrecondition(
        "STATE_CONFLICT", f"invoice/{invoice.invoice_id}", f"invoice {invoice.number} {what}"
    )
