"""A year paid at once, at the catalogue's discount, and what of it is charged and given back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from rights.money import Money, exact_context, round_line
from rights.periods import ANNUAL, Period, nth_period
from rights.rating.proration import Days, days_of, split, utc_day

_MONTHS = Decimal(12)
_WHOLE = Decimal(1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class EarlyEnd:
    """A paid year that ends before its time: ``used`` and ``unused`` sum to what was paid."""

    used: Money
    unused: Money
    days_used: int
    days_unused: int


@dataclass(frozen=True, slots=True)
class YearStep:
    """A plan is held from ``day`` (UTC) to the ``year``'s end, or (``begins`` is false) is not held
    any more from that day on, which gives the rest of the year back."""

    year: Period
    day: date
    begins: bool

    @property
    def whole(self) -> bool:
        """Whether all days of the year are meant."""
        return self.day == utc_day(self.year.start)


def annual_price(monthly: Decimal, discount: Decimal) -> Decimal:
    """A year's price: twelve monthly ones, less the discount (a fraction); exact, not rounded."""
    exact = exact_context()
    return exact.multiply(exact.multiply(monthly, _MONTHS), exact.subtract(_WHOLE, discount))


def charge_of_year(monthly: Decimal, discount: Decimal, currency: str) -> Money:
    """What a year costs, rounded once. Raises MoneyInvalid."""
    return round_line(annual_price(monthly, discount), currency)


def end_early(paid: Money, year: Period, on: date) -> EarlyEnd:
    """The paid year if ``on`` is the first UTC day that is no longer held."""
    before, after = days_of(year).cut(on)
    used, unused = split(paid, (len(before), len(after)))
    return EarlyEnd(used, unused, len(before), len(after))


def year_of(anchor: datetime, day: date) -> Period:
    """The year, counted from the anchor (aware), that has the UTC day, not before the anchor's."""
    number = max(day.year - utc_day(anchor).year, 0)
    year = nth_period(anchor, number, ANNUAL)
    if number and day < utc_day(year.start):
        return nth_period(anchor, number - 1, ANNUAL)
    return year


def year_steps(anchor: datetime, held: Sequence[Days], within: Days) -> Iterator[YearStep]:
    """What the days ``within`` charge and give back of a plan that is paid by the year from the
    anchor (aware) on, and is ``held`` on days that do not touch, by time.

    Every year that begins while it is held is charged whole. Where it is held no longer before the
    year's end the rest is given back; where it is held again within a year the rest is charged. A
    day belongs to one step at most, so steps of neighbouring days sum to what all of them come to.
    ``held`` has to tell the day before ``within`` too.
    """
    for days in held:
        day = days.first
        while day < days.end:
            year = year_of(anchor, day)
            if day in within:
                yield YearStep(year, day, begins=True)
            day = utc_day(year.end)
        last = year_of(anchor, days.end - _DAY)
        if days.end in within and days.end < utc_day(last.end):
            yield YearStep(last, days.end, begins=False)


def cost_of(step: YearStep, price: Money) -> Money:
    """What a step charges (or, below zero, gives back) of a year that costs ``price``."""
    rest = price if step.whole else end_early(price, step.year, step.day).unused
    return rest if step.begins else -rest
