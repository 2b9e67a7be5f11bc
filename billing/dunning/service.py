"""Rules of late payments: what a stage of the ladder stops, and what a payment heals."""

from dataclasses import replace

from billing.audit.actions import Action
from billing.dunning import store
from billing.dunning.late import LatePayment, OpenInvoice, Source
from billing.dunning.store import CaseRow
from billing.dunning.telling import DunningTelling
from billing.licenses.lifecycle import LifecycleService
from billing.licenses.service import LicensesService
from billing.subscriptions.local import LocalOrders
from billing.subscriptions.service import SubscriptionsService
from billing.unit import Unit
from mesh.faults import Faults
from rights.claims import SubscriptionStatus
from rights.dunning import DunningStage, Ladder
from rights.terms import Subscription

_LATE = {
    DunningStage.PAST_DUE: SubscriptionStatus.PAST_DUE,
    DunningStage.GRACE: SubscriptionStatus.PAST_DUE,
    DunningStage.SUSPENDED: SubscriptionStatus.UNPAID,
    DunningStage.CANCELED: SubscriptionStatus.UNPAID,
}
_STOPPED = {DunningStage.SUSPENDED, DunningStage.CANCELED}
_CHARGED = {
    SubscriptionStatus.ACTIVE,
    SubscriptionStatus.PAST_DUE,
    SubscriptionStatus.UNPAID,
}


class DunningService:
    """Brings a tenant to where its oldest late invoice puts it, whatever was before: the same
    invoice at the same stage changes nothing."""

    def __init__(
        self,
        ladder: Ladder,
        licenses: LicensesService,
        lifecycle: LifecycleService,
        subscriptions: SubscriptionsService,
        orders: LocalOrders,
        *,
        telling: DunningTelling,
        faults: Faults,
    ) -> None:
        """`ladder` says when what begins; `orders` end what is cancelled in the end, `telling`
        hears of each stage."""
        self._ladder = ladder
        self._licenses = licenses
        self._lifecycle = lifecycle
        self._subscriptions = subscriptions
        self._orders = orders
        self._telling = telling
        self._faults = faults

    async def hold(self, unit: Unit) -> None:
        """One unit at a time takes the tenant up or down; it comes before what it goes by is
        read."""
        await self._lifecycle.hold(unit)

    async def late(self, unit: Unit) -> LatePayment | None:
        """The tenant's late payment as it was left last."""
        case = await store.find(unit.conn, unit.tenant_id)
        if case is None:
            return None
        next_at = self._ladder.next_at(case.open.due_since, unit.now)
        return LatePayment(case.open, case.stage, next_at)

    async def assess(self, unit: Unit, late: OpenInvoice | None) -> DunningStage | None:
        """Takes the tenant up or down the ladder; None, when nothing is late, heals all of it."""
        await self.hold(unit)
        case = await store.find(unit.conn, unit.tenant_id)
        if late is None or late.due_since > unit.now:
            if case is not None:
                await self._heal(unit, case)
            return None
        stage = self._ladder.stage(late.due_since, unit.now)
        if case is not None and case.stage is stage:
            if case.open != late:
                await store.put(unit.conn, unit.tenant_id, replace(case, open=late), unit.now)
            return stage
        await self._move(unit, case, late, stage)
        return stage

    async def assess_stripe(self, unit: Unit, late: OpenInvoice | None) -> DunningStage | None:
        """As `assess` of what Stripe collects: that nothing is late there heals no local case."""
        await self.hold(unit)
        case = await store.find(unit.conn, unit.tenant_id)
        if late is None and case is not None and case.open.source is Source.LOCAL:
            return None
        return await self.assess(unit, late)

    async def _move(
        self, unit: Unit, case: CaseRow | None, late: OpenInvoice, stage: DunningStage
    ) -> None:
        suspended = case is not None and case.suspended
        if stage in _STOPPED and not suspended:
            suspended = await self._suspend(unit, late)
            self._faults.hit("dunning.after_suspend_before_record")
        elif stage not in _STOPPED and suspended:
            await self._resume(unit)
            suspended = False
        if stage is DunningStage.CANCELED:
            await self._telling.ended(unit, late, await self._end_all(unit))
        elif late.source is Source.LOCAL:
            await self._mark(unit, _LATE[stage])
        await store.put(unit.conn, unit.tenant_id, CaseRow(late, stage, suspended), unit.now)
        await self._telling.reached(unit, late, stage)
        unit.audit(
            Action.PAYMENT_LATE,
            f"invoice/{late.invoice}",
            stage=stage.value,
            due_since=late.due_since.isoformat(),
        )
        self._faults.hit("dunning.after_stage_before_commit")

    async def _heal(self, unit: Unit, case: CaseRow) -> None:
        if case.suspended:
            await self._resume(unit)
        if case.open.source is Source.LOCAL:
            await self._mark(unit, SubscriptionStatus.ACTIVE)
        await store.remove(unit.conn, unit.tenant_id)
        unit.audit(Action.PAYMENT_SETTLED, f"invoice/{case.open.invoice}", stage=case.stage.value)
        self._faults.hit("dunning.after_heal_before_commit")

    async def _suspend(self, unit: Unit, late: OpenInvoice) -> bool:
        """Whether it was this that suspended the licence: one that the vendor stopped stays so,
        and one that has ended runs nothing."""
        row = await self._licenses.row(unit)
        ended = row.license.valid_until is not None and row.license.valid_until <= unit.now
        if row.license.status != "active" or ended:
            return False
        await self._lifecycle.suspend(unit, f"the payment of invoice {late.invoice} is late")
        return True

    async def _resume(self, unit: Unit) -> None:
        if (await self._licenses.row(unit)).license.status == "suspended":
            await self._lifecycle.resume(unit)

    async def _mark(self, unit: Unit, status: SubscriptionStatus) -> None:
        for each in (await self._subscriptions.lock(unit)).values():
            if self._is_charged(each) and each.status is not status:
                changed = replace(each, status=status)
                await self._subscriptions.put(unit, each, changed, Action.SUBSCRIPTION_MARKED)

    async def _end_all(self, unit: Unit) -> list[str]:
        """The plans that it ended."""
        held = (await self._subscriptions.lock(unit)).values()
        charged = [each for each in held if self._is_charged(each)]
        for each in charged:
            await self._orders.end(unit, each)
        return [f"{each.family} {each.plan}" for each in charged]

    @staticmethod
    def _is_charged(each: Subscription) -> bool:
        """What was bought; a free plan and a trial owe nothing."""
        bought = each.catalog_number is not None and each.ended_at is None
        return bought and each.status in _CHARGED
