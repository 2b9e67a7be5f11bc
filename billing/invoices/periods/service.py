"""Keeps a tenant's billing periods in step with its metered subscription."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from billing.invoices.periods import rules, store
from billing.invoices.periods.period import BillingPeriod, Issuer, PeriodPrices
from billing.subscriptions.rules import invoiced_from
from billing.subscriptions.terms import TermsReader
from billing.unit import Unit
from mesh.database import Connection
from mesh.errors import FailedPrecondition
from rights.errors import NoPrice
from rights.rating.pricing import card_of
from rights.terms import Terms

CurrencyOf = Callable[[Unit], Awaitable[str]]
IssuerOf = Callable[[Unit], Awaitable[Issuer]]
CarriedTo = Callable[[Unit, datetime], Awaitable[Mapping[str, Decimal]]]


class PeriodsService:
    """The one place where billing periods begin, end, and get their prices."""

    def __init__(
        self, terms: TermsReader, currency: CurrencyOf, carried: CarriedTo, issuer: IssuerOf
    ) -> None:
        """`currency` tells in which a tenant is invoiced, `carried` what quotas took over, `issuer`
        who issues the periods that begin now."""
        self._issuer = issuer
        self._terms = terms
        self._currency = currency
        self._carried = carried

    async def open_ones(self, unit: Unit) -> list[BillingPeriod]:
        """Periods that are not closed, by number, each with prices; the last one runs.

        Writes nothing. Raises NotFound, FailedPrecondition when a metric has no price in the
        tenant's currency.
        """
        terms = await self._terms.read(unit)
        held = await store.open_ones(unit.conn, unit.tenant_id)
        anchor = invoiced_from(terms.subscriptions)
        issuer = await self._issuer(unit)
        last = held[-1] if held else rules.first(unit.tenant_id, anchor, issuer)
        moved = [
            _priced(each, before=last, now=await self.prices(unit, terms, each.start))
            for each in rules.follow(last, anchor, unit.now, issuer)
        ]
        return rules.passing_on([*held[:-1], *moved])

    async def keep(self, unit: Unit) -> list[BillingPeriod]:
        """As `open_ones`, written down."""
        found = await self.open_ones(unit)
        await store.put(unit.conn, found)
        return found

    async def before_change(self, unit: Unit) -> None:
        """Writes prices down before a plan changes in the same unit: what ended is then rated by
        what it ended with, and so is a period that the change itself ends."""
        with suppress(FailedPrecondition):
            await self.keep(unit)

    async def open_of_issuer(self, conn: Connection, issuer: Issuer) -> list[BillingPeriod]:
        """Every tenant's periods of an issuer that are written down and not closed, running ones
        too; for background work."""
        return await store.open_of_issuer(conn, issuer)

    async def closed_of_issuer(
        self, conn: Connection, issuer: Issuer, since: datetime
    ) -> list[BillingPeriod]:
        """Every tenant's closed periods of an issuer that ended since a moment (aware); for
        background work."""
        return await store.closed_of_issuer(conn, issuer, since)

    async def closed_between(
        self, unit: Unit, start: datetime, end: datetime
    ) -> list[BillingPeriod]:
        """Closed periods that share a moment with [start, end) (aware), by number."""
        return await store.closed_between(unit.conn, unit.tenant_id, start, end)

    async def of_day(self, unit: Unit, day: date) -> BillingPeriod | None:
        """The period, over, in which a UTC day ended; those before the first are nobody's."""
        return await store.of_day(unit.conn, unit.tenant_id, day)

    async def get(self, unit: Unit, number: int) -> BillingPeriod | None:
        """One that was written down."""
        return await store.get(unit.conn, unit.tenant_id, number)

    async def passed_on_to(self, unit: Unit, number: int) -> int:
        """The first of the closes after which late use is for the invoice of a period: that before
        it, or an earlier one whose period passed its late use on."""
        return await store.passed_on_to(unit.conn, unit.tenant_id, number)

    async def close(self, unit: Unit, period: BillingPeriod) -> None:
        """Nothing changes it from here on."""
        await store.close(unit.conn, period, unit.now)

    async def prices(self, unit: Unit, terms: Terms, start: datetime) -> PeriodPrices:
        """What the terms come to now for a period that began at `start` (aware). Raises
        FailedPrecondition as `open_ones` does, and when a plan is not sold in the currency."""
        currency = await self._currency(unit)
        terms = await self._terms.with_former(unit, terms, start)
        try:
            card = card_of(terms, unit.now, currency).carrying(await self._carried(unit, start))
            for family in terms.subscriptions:
                terms.plan_price(family, currency, unit.now)
        except NoPrice as error:
            raise FailedPrecondition("STATE_CONFLICT", "invoice", str(error)) from None
        return PeriodPrices(card)


def _priced(period: BillingPeriod, *, before: BillingPeriod, now: PeriodPrices) -> BillingPeriod:
    """A period that a change of plan ended keeps what was noted before the change."""
    ended_early = period.number == before.number and period.end != before.end
    if ended_early and before.prices is not None:
        return replace(period, prices=before.prices)
    return replace(period, prices=now)
