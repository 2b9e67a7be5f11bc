"""Finishes the provider's invoice of a period: held as a draft until ours is closed, late use put
onto it, finalised, and compared with ours line by line."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from billing.background import for_each, repeat
from billing.payments import store as leases
from billing.payments.meters.periods import IssuedPeriod
from billing.payments.provider import PaymentProvider
from billing.payments.shadows import store
from billing.payments.shadows.charged import LATE, Charged
from billing.payments.shadows.compare import DifferenceKind, LineSum, compare
from billing.payments.shadows.own import OwnPrices
from billing.payments.shadows.periods import ClosedPeriod, ClosedPeriods
from billing.payments.shadows.row import COMPARED, ShadowRow, ShadowState
from billing.payments.shadows.standing import follow, provided
from billing.payments.shadows.untold import UntoldUse
from billing.payments.values import Invoice
from mesh.clock import Clock
from mesh.database import Database
from mesh.faults import Faults
from mesh.ids import uuid7
from rights.ids import render_tenant

_WORK = "shadows"
_LEASE = timedelta(minutes=10)
_HOUR = timedelta(hours=1)
_EVERY = timedelta(minutes=5)
_DRAFT = "draft"
_ONE = Decimal(1)
_COMPLAINT = "stripe_invoice_waits"


class InvoiceFinisher:
    """Every step can be repeated. One replica works at a time."""

    def __init__(
        self,
        db: Database,
        provider: PaymentProvider,
        periods: ClosedPeriods,
        untold: UntoldUse,
        *,
        clock: Clock,
        faults: Faults,
        every: timedelta = _EVERY,
    ) -> None:
        """`periods` say what ended and what was closed here, `untold` what of it the provider does
        not know; `every` passes between two rounds."""
        self._untold = untold
        self._own = OwnPrices(provider)
        self._every = every
        self._db = db
        self._provider = provider
        self._periods = periods
        self._clock = clock
        self._faults = faults
        self._holder: UUID = uuid7(clock)

    async def run(self) -> None:
        """Works at once and then at each interval, until cancelled. Failures are tried again."""
        await repeat(self.run_once, "stripe_invoices_not_finished", self._every.total_seconds())

    async def run_once(self) -> int:
        """Returns how many invoices were compared. What fails is tried at the next time."""
        if not await self._lease():
            return 0
        compared = 0

        async def finish(period: IssuedPeriod) -> None:
            nonlocal compared
            compared += await self._finish(period)

        try:
            await for_each(await self._periods.ended(), self._hold, _COMPLAINT, _named)
            await for_each(await self._periods.closed(), finish, _COMPLAINT, _named)
        finally:
            async with self._db.worker() as conn:
                await leases.give_back(conn, _WORK, self._holder)
        return compared

    async def _lease(self) -> bool:
        async with self._db.worker() as conn:
            return await leases.take(conn, _WORK, self._holder, self._clock.now(), _LEASE)

    async def _hold(self, period: IssuedPeriod) -> ShadowRow | None:
        """Its draft, kept from going by itself; None while there is no invoice."""
        async with self._db.worker() as conn:
            row = await store.get(conn, period.tenant_id, period.number)
        if row is not None:
            return row
        found = await self._invoice(period)
        if found is None:
            return None
        state = ShadowState.FINALIZED
        if found.status == _DRAFT:
            await self._provider.invoices.hold(found.invoice_id, key=f"hold-{found.invoice_id}")
            self._faults.hit("stripe.after_hold_before_record")
            state = ShadowState.HELD
        return await self._save(
            ShadowRow(
                period.tenant_id,
                period.number,
                provided(found),
                state,
                None,
                None,
                (),
                self._clock.now(),
            )
        )

    async def _invoice(self, period: IssuedPeriod) -> Invoice | None:
        """The provider's own period ends up to an hour after ours, cut to the full hour."""
        for each in await self._provider.invoices.of_customer(period.customer_id):
            late = each.period_end - period.span.end
            mine = each.subscription_id == period.subscription_id
            if mine and each.billing_reason == "subscription_cycle" and -_HOUR < late < _HOUR:
                return each
        return None

    async def _finish(self, period: IssuedPeriod) -> bool:
        row = await self._hold(period)
        if row is None or row.state in COMPARED or await self._untold.waits(period):
            return False
        closed = await self._untold.apart(await self._periods.read(period))
        closed = await self._own.apart(closed, row.invoice_id)
        if row.state is ShadowState.HELD:
            await self._finalize(closed, row.invoice_id)
            self._faults.hit("stripe.after_finalize_before_record")
            row = await self._save(replace(row, state=ShadowState.FINALIZED))
        await self._carry(closed, row.invoice_id)
        await self._compare(closed, row)
        return True

    async def _finalize(self, closed: ClosedPeriod, invoice_id: str) -> None:
        """Unless it was, and the answer was lost."""
        if (await self._provider.invoices.get(invoice_id)).status != _DRAFT:
            return
        await self._add_late(closed, invoice_id)
        self._faults.hit("stripe.before_finalize")
        await self._provider.invoices.finalize(invoice_id, key=f"finalize-{invoice_id}")

    async def _add_late(self, closed: ClosedPeriod, invoice_id: str) -> None:
        """Each once: looked for on the invoice first, since the provider forgets keys."""
        lines = await self._provider.invoices.lines(invoice_id)
        there = {line.metadata.get(LATE) for line in lines}
        await self._add_items(closed, there, invoice_id)

    async def _carry(self, closed: ClosedPeriod, invoice_id: str) -> None:
        """What is not on its invoice, which was finalised by another hand, waits for the next."""
        if not any(each.amount for each in closed.late):
            return
        customer, there = closed.issued.customer_id, set[str | None]()
        for each in await self._provider.invoices.of_customer(customer):
            if each.invoice_id == invoice_id or each.created >= closed.issued.span.end:
                lines = await self._provider.invoices.lines(each.invoice_id)
                there |= {line.metadata.get(LATE) for line in lines}
        waiting = await self._provider.invoices.waiting_items(customer)
        there |= {item.metadata.get(LATE) for item in waiting}
        await self._add_items(closed, there, "")

    async def _add_items(
        self, closed: ClosedPeriod, there: Collection[str | None], invoice_id: str
    ) -> None:
        for late in closed.late:
            if late.reference in there or not late.amount:
                continue
            await self._provider.invoices.add_item(
                customer_id=closed.issued.customer_id,
                amount=late.amount,
                currency=closed.currency,
                description=late.description,
                period_start=late.start,
                period_end=late.end,
                metadata={LATE: late.reference},
                key=f"late-{closed.issued.tenant_id}-{late.reference}",
                invoice_id=invoice_id,
            )
            self._faults.hit("stripe.after_late_item_before_finalize")

    async def _compare(self, closed: ClosedPeriod, row: ShadowRow) -> None:
        charged = await Charged.read(self._provider.invoices, closed, row.invoice_id)
        theirs = charged.sums()
        late = [LineSum(each.reference, _ONE, each.amount) for each in closed.late]
        ours = [*closed.lines, *(each for each in late if each.amount)]
        found = compare(ours, theirs, charged.allowed())
        told = await self._provider.invoices.get(row.invoice_id)
        async with self._db.worker() as conn:
            await follow(conn, row.tenant_id, [told])
        unexplained = any(each.kind is DifferenceKind.UNEXPLAINED for each in found)
        await self._save(
            replace(
                row,
                state=ShadowState.DIFFERS if unexplained else ShadowState.MATCHES,
                our_amount=sum(each.amount for each in ours),
                their_amount=sum(each.amount for each in theirs),
                differences=found,
            )
        )

    async def _save(self, row: ShadowRow) -> ShadowRow:
        row = replace(row, changed_at=self._clock.now())
        async with self._db.worker() as conn:
            await store.save(conn, row)
        return row


def _named(period: IssuedPeriod) -> str:
    return f"{render_tenant(period.tenant_id)}/{period.number}"
