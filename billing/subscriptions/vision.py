"""The vision plan and the licence that it is: bought, prolonged, ended together."""

from dataclasses import replace
from datetime import datetime, timedelta

from billing.audit.actions import Action
from billing.licenses.book import status_of
from billing.licenses.lifecycle import LifecycleService, Upgrade
from billing.licenses.service import LicensesService
from billing.subscriptions.rules import VISION, ended, invoiced_from
from billing.subscriptions.service import SubscriptionsService
from billing.unit import Unit
from mesh.errors import FailedPrecondition
from rights.claims import Epoch
from rights.licenses import LicenseMode, LicenseStatus
from rights.periods import ANNUAL, add_months, period_at
from rights.terms import Interval, Subscription

AHEAD = timedelta(days=1)
"""So long before its end a licence is prolonged, so that no camera feels it."""


class VisionPlan:
    """Changes licence and subscription in one transaction, in the order of their locks."""

    def __init__(
        self,
        licenses: LicensesService,
        lifecycle: LifecycleService,
        subscriptions: SubscriptionsService,
    ) -> None:
        """The rules of both."""
        self._licenses = licenses
        self._lifecycle = lifecycle
        self._subscriptions = subscriptions

    async def hold(self, unit: Unit) -> None:
        """Takes the licence's lock, which comes before the subscriptions'."""
        await self._lifecycle.hold(unit)

    async def slots(self, unit: Unit) -> int:
        """How many cameras the licence has room for, at least one."""
        return max((await self._licenses.row(unit)).license.cameras_allowed, 1)

    async def buy(
        self, unit: Unit, interval: Interval, cameras: int | None
    ) -> tuple[Subscription, Epoch]:
        """A paid licence, prolonged until it is cancelled; one in force gets other slots at most.

        Raises FailedPrecondition (LICENSE_SUSPENDED, LICENSE_REVOKED).
        """
        await self.hold(unit)
        license_ = (await self._licenses.row(unit)).license
        _check_not_stopped(license_.status)
        held = await self._subscriptions.lock(unit)
        running = status_of(license_, unit.now) is LicenseStatus.ACTIVE
        if running and license_.license_mode == LicenseMode.BASE:
            if cameras is not None:
                await self._lifecycle.upgrade(unit, Upgrade(cameras_allowed=cameras))
            return held[VISION], await self._subscriptions.epoch(unit)
        yearly = interval is Interval.YEAR
        until = add_months(unit.now, ANNUAL) if yearly else _month(held, unit.now)
        slots = license_.cameras_allowed if cameras is None else cameras
        packs = license_.growth_packs
        await self._licenses.issue(unit, LicenseMode.BASE, slots, packs, until)
        issued = (await self._subscriptions.held(unit))[VISION]
        bought = replace(issued, interval=interval, paid_through=until)
        epoch = await self._subscriptions.put(unit, issued, bought, Action.PLAN_CHANGED)
        return bought, epoch

    async def paid(self, unit: Unit, until: datetime, cameras: int | None) -> None:
        """A licence that was paid elsewhere lasts until then at least: one in force is renewed,
        another issued with `cameras` slots (None: as many as it has). A revoked one stays so."""
        await self.hold(unit)
        license_ = (await self._licenses.row(unit)).license
        if license_.status == "revoked" or until <= unit.now:
            return
        base = license_.license_mode == LicenseMode.BASE
        ends = license_.valid_until
        if base and ends is not None and (ends > unit.now or license_.status == "suspended"):
            if ends < until:
                await self._lifecycle.renew(unit, until, shorten=False)
            return
        slots = license_.cameras_allowed if cameras is None else cameras
        await self._licenses.issue(unit, LicenseMode.BASE, slots, license_.growth_packs, until)

    async def ends(self, unit: Unit, held: Subscription) -> datetime:
        """When the licence ends if nothing prolongs it; a trial that has not begun, now."""
        ends = (await self._licenses.row(unit)).license.valid_until
        return held.paid_through or ends or unit.now

    async def prolong(self, unit: Unit, held: dict[str, Subscription]) -> None:
        """Pays the licence for another period; a revoked one is not to be prolonged, and its
        subscription ends. Both are locked."""
        present = held[VISION]
        if present.paid_through is None:
            return
        if (await self._licenses.row(unit)).license.status == "revoked":
            over = ended(present, unit.now)
            await self._subscriptions.put(unit, present, over, Action.SUBSCRIPTION_CANCELED)
            return
        yearly = present.interval is Interval.YEAR
        after = max(present.paid_through, unit.now)
        until = period_at(present.anchor, after, ANNUAL).end if yearly else _month(held, after)
        await self._lifecycle.renew(unit, until, shorten=False)
        kept = replace(present, paid_through=until)
        await self._subscriptions.note(unit, present, kept, Action.SUBSCRIPTION_PROLONGED)

    async def end(self, unit: Unit) -> None:
        """Ends the licence now; it can be bought again."""
        await self._lifecycle.end(unit)


def _month(held: dict[str, Subscription], moment: datetime) -> datetime:
    return period_at(invoiced_from(held), moment).end


def _check_not_stopped(status: str) -> None:
    if status == "revoked":
        text = "the licence was revoked; ask the vendor for a new one"
        raise FailedPrecondition("LICENSE_REVOKED", "license", text)
    if status == LicenseStatus.SUSPENDED:
        text = "the licence is suspended; settle the account, or ask the vendor"
        raise FailedPrecondition("LICENSE_SUSPENDED", "license", text)
