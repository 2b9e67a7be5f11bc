"""A year paid at once, at the catalogue's discount."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from rights.money import Money, exact_context, round_line
from rights.periods import ANNUAL, Period, period_at
from rights.rating.proration import days_of, split

_MONTHS = Decimal(12)
_WHOLE = Decimal(1)


@dataclass(frozen=True, slots=True)
class EarlyEnd:
    """A paid year that ends before its time: ``used`` and ``unused`` sum to what was paid."""

    used: Money
    unused: Money
    days_used: int
    days_unused: int


def annual_price(monthly: Decimal, discount: Decimal) -> Decimal:
    """A year's price: twelve monthly ones, less the discount (a fraction); exact, not rounded."""
    exact = exact_context()
    return exact.multiply(exact.multiply(monthly, _MONTHS), exact.subtract(_WHOLE, discount))


def charge_of_year(monthly: Decimal, discount: Decimal, currency: str) -> Money:
    """What a year costs, rounded once. Raises MoneyInvalid."""
    return round_line(annual_price(monthly, discount), currency)


def year_that_begins(anchor: datetime, period: Period) -> Period | None:
    """The year, counted from the anchor, whose first moment lies in the period; None where none
    begins, before the anchor too. Moments are aware."""
    year = period_at(anchor, period.start, ANNUAL)
    if year.start not in period:
        year = period_at(anchor, year.end, ANNUAL)
    return year if year.start in period and year.start >= anchor else None


def end_early(paid: Money, year: Period, on: date) -> EarlyEnd:
    """The paid year if ``on`` is the first UTC day that is no longer held."""
    before, after = days_of(year).cut(on)
    used, unused = split(paid, (len(before), len(after)))
    return EarlyEnd(used, unused, len(before), len(after))
