"""Closing a period: one transaction in which its invoice gets a number and never changes again."""

from dataclasses import replace

from billing.accounts.service import AccountsService
from billing.audit.actions import Action
from billing.invoices import line_store, store
from billing.invoices.drafts import Drafts, finalizes_at
from billing.invoices.invoice import Invoice, InvoiceStatus
from billing.invoices.issuing import Issuing
from billing.invoices.periods.period import BillingPeriod, Issuer, PeriodState
from billing.invoices.periods.service import PeriodsService
from billing.invoices.settling import store as settling
from billing.invoices.settling.store import EntryKind
from billing.notifications.kinds import Kind
from billing.notifications.service import NotificationsService
from billing.profiles.service import ProfilesService
from billing.unit import Unit
from mesh.faults import Faults
from rights.rating.credits import settle

INVOICE = "invoice"


class Closing:
    """Finalises periods, each once.

    The account's lock comes first, so that all use acknowledged before is in the invoice and what
    comes after is late; the number comes last, so that a close that fails takes none.
    """

    def __init__(
        self,
        accounts: AccountsService,
        periods: PeriodsService,
        drafts: Drafts,
        profiles: ProfilesService,
        issuing: Issuing,
        *,
        notifications: NotificationsService,
        faults: Faults,
    ) -> None:
        """`notifications` tell of each invoice that comes to something. Fault points are
        `invoices.before_number` and `invoices.after_number_before_commit`."""
        self._accounts = accounts
        self._periods = periods
        self._drafts = drafts
        self._profiles = profiles
        self._issuing = issuing
        self._notifications = notifications
        self._faults = faults

    async def close(self, unit: Unit, number: int) -> Invoice | None:
        """Closes a period whose draft days are over; one without any line gets no invoice.

        Returns the invoice without lines, None where there is none or nothing was to be done.
        Raises FailedPrecondition when something has no price; the period then stays a draft.
        """
        account = await self._accounts.lock(unit)
        periods = {each.number: each for each in await self._periods.keep(unit)}
        period = periods.get(number)
        if period is None or account.closes != number - 1 or not self._is_due(unit, period):
            return None
        draft = await self._drafts.of(unit, period)
        await self._accounts.close(unit, period.end)
        await self._periods.close(unit, period)
        if not draft.lines:
            return None
        if period.issuer is Issuer.STRIPE:
            return await self._shadow(unit, draft)
        return await self._finalise(unit, draft)

    def _is_due(self, unit: Unit, period: BillingPeriod) -> bool:
        over = period.state is PeriodState.DRAFT
        return over and finalizes_at(period, self._issuing.draft) <= unit.now

    async def _shadow(self, unit: Unit, draft: Invoice) -> Invoice:
        """Kept with its lines, to be compared with the invoice that Stripe issues."""
        invoice = replace(
            draft,
            status=InvoiceStatus.ISSUED_BY_STRIPE,
            issued_at=unit.now,
            due_at=unit.now,
            finalizes_at=None,
        )
        await store.add(unit.conn, invoice)
        await line_store.add(unit.conn, unit.tenant_id, invoice.invoice_id, invoice.lines)
        return replace(invoice, lines=())

    async def _finalise(self, unit: Unit, draft: Invoice) -> Invoice:
        held = await settling.balance(unit.conn, unit.tenant_id, draft.currency)
        await self._profiles.invoiced(unit, draft.currency)
        settled = settle(draft.total, held)
        paid = settled.due.minor_units == 0
        self._faults.hit("invoices.before_number")
        serial = await store.next_number(unit.conn, self._issuing.prefix, INVOICE, unit.now.year)
        invoice = replace(
            draft,
            number=f"{self._issuing.prefix}-{unit.now.year}-{serial:06d}",
            status=InvoiceStatus.PAID if paid else InvoiceStatus.OPEN,
            credit_applied=settled.applied,
            issued_at=unit.now,
            due_at=unit.now + self._issuing.due,
            paid_at=unit.now if paid else None,
            finalizes_at=None,
        )
        await store.add(unit.conn, invoice)
        await line_store.add(unit.conn, unit.tenant_id, invoice.invoice_id, invoice.lines)
        if settled.applied.minor_units:
            kind = (
                EntryKind.APPLIED if settled.applied.minor_units > 0 else EntryKind.NEGATIVE_TOTAL
            )
            await settling.enter(
                unit.conn,
                unit.tenant_id,
                kind,
                str(invoice.invoice_id),
                amount=-settled.applied,
                now=unit.now,
            )
        unit.audit(
            Action.INVOICE_FINALIZED,
            f"invoice/{invoice.invoice_id}",
            number=invoice.number,
            total=str(invoice.total),
        )
        if invoice.total.minor_units:
            await self._tell(unit, invoice)
        self._faults.hit("invoices.after_number_before_commit")
        return replace(invoice, lines=())

    async def _tell(self, unit: Unit, invoice: Invoice) -> None:
        open_until = invoice.due_at if invoice.status is InvoiceStatus.OPEN else None
        await self._notifications.tell(
            unit,
            Kind.INVOICE_FINALIZED,
            str(invoice.invoice_id),
            {
                "invoice_id": str(invoice.invoice_id),
                "number": invoice.number,
                "total": str(invoice.total),
                "due_at": open_until.isoformat() if open_until is not None else "",
                "period_start": invoice.period.start.isoformat(),
                "period_end": invoice.period.end.isoformat(),
            },
            also=(await self._profiles.get(unit)).invoice_email,
        )
