"""Plans that are paid by the year: what an invoice charges of a year, and what it gives back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal

from billing.holdings.service import HoldingsService
from billing.invoices import store
from billing.invoices.invoice import InvoiceStatus
from billing.invoices.lines import OF_A_YEAR, InvoiceLine, LineKind, Service
from billing.invoices.periods.period import BillingPeriod
from billing.invoices.periods.service import PeriodsService
from billing.unit import Unit
from rights.errors import NoPrice
from rights.rating.annual import YearStep, cost_of
from rights.rating.card import Piece
from rights.rating.proration import days_of, utc_day
from rights.rating.scheme import charge

_NOTHING, _ONE = Decimal(0), Decimal(1)
_UNPAID = {InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE, InvoiceStatus.VOID}


@dataclass(frozen=True, slots=True)
class PaidYear:
    """A step of a plan's year, which costs what the rate card of `priced` says: of the period in
    which the year began."""

    piece: Piece
    step: YearStep
    priced: BillingPeriod


class PaidYears:
    """Reads which years began and ended in a period."""

    def __init__(self, holdings: HoldingsService, periods: PeriodsService) -> None:
        """Plain constructor."""
        self._holdings = holdings
        self._periods = periods

    async def read(
        self, unit: Unit, period: BillingPeriod, *, ahead: bool = False
    ) -> tuple[PaidYear, ...]:
        """Those of the period up to now, with `ahead` to its end."""
        steps = await self._holdings.years(unit, period.span, ahead=ahead)
        return await self.priced(unit, period, steps)

    async def priced(
        self, unit: Unit, period: BillingPeriod, steps: Iterable[tuple[Piece, YearStep]]
    ) -> tuple[PaidYear, ...]:
        """The steps with the period that prices each. Nothing is given back of a year that was not
        paid, or was paid to another issuer than the period's."""
        found = []
        for piece, step in steps:
            priced = await self._priced(unit, period, step)
            if priced is None and step.begins:
                priced = period
            if priced is not None and (step.begins or await self._paid(unit, period, priced)):
                found.append(PaidYear(piece, step, priced))
        return tuple(found)

    async def _priced(
        self, unit: Unit, period: BillingPeriod, step: YearStep
    ) -> BillingPeriod | None:
        day = utc_day(step.year.start)
        if day in days_of(period.span):
            return period
        return await self._periods.of_day(unit, day)

    async def _paid(self, unit: Unit, period: BillingPeriod, priced: BillingPeriod) -> bool:
        if priced.number == period.number:
            return True
        if priced.issuer is not period.issuer:
            return False
        invoice = await store.get(unit.conn, unit.tenant_id, priced.invoice_id)
        return invoice is None or invoice.status not in _UNPAID


def year_lines(years: Sequence[PaidYear], currency: str) -> Iterator[InvoiceLine]:
    """A line for each step of a plan that costs something. Raises NoPrice where the year was
    charged in another currency, UnknownName and MoneyInvalid."""
    for each in sorted(years, key=lambda one: (one.piece, one.step.day)):
        if each.priced.prices is None:
            continue
        card = each.priced.prices.card
        rate = card.piece(each.piece)
        if not rate.price:
            continue
        if card.currency != currency:
            raise NoPrice(f"{rate.title} was charged in {card.currency}")
        yield _line(each)


def _line(each: PaidYear) -> InvoiceLine:
    assert each.priced.prices is not None  # looked at by the caller
    card, step = each.priced.prices.card, each.step
    rate, price, days = card.piece(each.piece), card.year(each.piece), days_of(step.year)
    whole = step.begins and step.whole
    unit, of_year = OF_A_YEAR
    left = _ONE if whole else Decimal(len(days.cut(step.day)[1]))
    quantity = left if step.begins else -left
    per = _ONE if whole else Decimal(len(days))
    begun = step.year.start if step.whole else datetime.combine(step.day, time.min, UTC)
    return InvoiceLine(
        kind=LineKind.PLAN if step.begins else LineKind.CREDIT,
        family=rate.family,
        name=f"{rate.family}_{rate.name}",
        title=rate.title,
        unit=unit if whole else of_year,
        quantity=quantity,
        included=_NOTHING,
        billable=quantity,
        unit_price=price.amount,
        period_days=0 if whole else len(days),
        amount=cost_of(step, price),
        charges=(charge(_NOTHING, quantity, quantity, price.amount, per=per),),
        service=Service(each.priced.number, begun, step.year.end),
    )
