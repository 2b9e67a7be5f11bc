"""Keeps a tenant's billing periods in step with its metered subscription."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from billing.invoices.periods import rules, store
from billing.invoices.periods.period import BillingPeriod, Issuer, PeriodPrices, PeriodState
from billing.subscriptions.rules import invoiced_from
from billing.subscriptions.terms import TermsReader
from billing.unit import Unit
from mesh.database import Connection
from mesh.errors import FailedPrecondition
from rights.errors import NoPrice
from rights.periods import Period
from rights.rating.pricing import card_of
from rights.terms import Terms

CurrencyOf = Callable[[Unit], Awaitable[str]]
IssuerOf = Callable[[Unit], Awaitable[Issuer]]
_Into = Callable[[Unit, Terms, Period], Awaitable[Mapping[str, Decimal]]]


class Carried(Protocol):
    """What quotas carry from one of their periods into the next; spans are of full hours."""

    async def into(self, unit: Unit, terms: Terms, span: Period) -> Mapping[str, Decimal]:
        """What those took over whose period begins in the span, by metric."""
        ...

    async def settle_into(self, unit: Unit, terms: Terms, span: Period) -> Mapping[str, Decimal]:
        """As `into`, and nothing that comes later changes it."""
        ...

    async def settle(self, unit: Unit, terms: Terms) -> None:
        """Nothing that comes later changes what the periods that run took over."""
        ...

    async def take_nothing(self, unit: Unit, terms: Terms) -> None:
        """Those that run and are not settled took nothing over."""
        ...


class PeriodsService:
    """The one place where billing periods begin, end, and get their prices."""

    def __init__(
        self, terms: TermsReader, currency: CurrencyOf, carried: Carried, issuer: IssuerOf
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
        return await self._open_ones(unit, self._carried.into)

    async def keep(self, unit: Unit) -> list[BillingPeriod]:
        """As `open_ones`, written down."""
        found = await self._open_ones(unit, self._carried.settle_into)
        await store.put(unit.conn, found)
        return found

    async def before_change(self, unit: Unit) -> None:
        """Writes prices down before a plan changes in the same unit: what ended is then rated by
        what it ended with, and so is a period that the change itself ends."""
        with suppress(FailedPrecondition):
            await self.keep(unit)

    async def settle_carried(self, unit: Unit) -> None:
        """What quotas' running periods took over is final: the period before is about to be closed,
        or what quotas include about to change in the unit. Raises NotFound."""
        await self._carried.settle(unit, await self._terms.read(unit))

    async def take_nothing_over(self, unit: Unit) -> None:
        """The metered plan changed in the unit: what it alone would carry over, it has not left
        yet. Raises NotFound."""
        await self._carried.take_nothing(unit, await self._terms.read(unit))

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
        """What the terms come to now for a period that began at `start` (aware) and took nothing
        over. Raises FailedPrecondition as `open_ones` does, and when a plan is not sold in the
        currency."""
        currency = await self._currency(unit)
        terms = await self._terms.with_former(unit, terms, start)
        try:
            card = card_of(terms, unit.now, currency)
            for family in terms.subscriptions:
                terms.plan_price(family, currency, unit.now)
        except NoPrice as error:
            raise FailedPrecondition("STATE_CONFLICT", "invoice", str(error)) from None
        return PeriodPrices(card)

    async def _open_ones(self, unit: Unit, over: _Into) -> list[BillingPeriod]:
        """`over` tells what those that are over took over."""
        terms = await self._terms.read(unit)
        held = await store.open_ones(unit.conn, unit.tenant_id)
        anchor = invoiced_from(terms.subscriptions)
        issuer = await self._issuer(unit)
        last = held[-1] if held else rules.first(unit.tenant_id, anchor, issuer)
        moved = []
        for each in rules.follow(last, anchor, unit.now, issuer):
            into = self._carried.into if each.state is PeriodState.RUNNING else over
            carried = await into(unit, terms, each.span)
            prices = await self.prices(unit, terms, each.start)
            now = PeriodPrices(prices.card.carrying(carried))
            moved.append(_priced(each, before=last, now=now))
        return rules.passing_on([*held[:-1], *moved])


def _priced(period: BillingPeriod, *, before: BillingPeriod, now: PeriodPrices) -> BillingPeriod:
    """A period that a change of plan ended keeps what was noted before the change."""
    ended_early = period.number == before.number and period.end != before.end
    if ended_early and before.prices is not None:
        return replace(period, prices=before.prices)
    return replace(period, prices=now)
