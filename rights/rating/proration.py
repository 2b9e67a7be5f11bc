"""Parts of a period, in UTC days.

A day belongs to the period in which it ends, so that each day is charged in exactly one period,
whatever the hour at which periods begin.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from rights.money import Money, exact_context
from rights.periods import Period

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """UTC days from ``first`` up to, but without, ``end``."""

    first: date
    end: date

    def __len__(self) -> int:
        """How many."""
        return max((self.end - self.first).days, 0)

    def __iter__(self) -> Iterator[date]:
        """One after the other."""
        return (self.first + number * _DAY for number in range(len(self)))

    def __contains__(self, day: date) -> bool:
        """Whether the day is one of them."""
        return self.first <= day < self.end

    def cut(self, day: date) -> tuple["Days", "Days"]:
        """Those before the day, and the day with those after it."""
        at = min(max(day, self.first), self.end)
        return Days(self.first, at), Days(at, self.end)


def days_of(period: Period) -> Days:
    """The UTC days that end in the period: those of consecutive periods follow without gap."""
    return Days(utc_day(period.start), utc_day(period.end))


def utc_day(moment: datetime) -> date:
    """The day of an aware moment."""
    return moment.astimezone(UTC).date()


def prorate(price: Decimal, days: int, whole: int) -> Decimal:
    """``days`` of ``whole`` days of a price, not rounded: exact, or to 80 digits where the division
    has no end. Raises ValueError when there is no whole, or days are outside of it."""
    if not 0 <= days <= whole or whole < 1:
        raise ValueError(f"{days} of {whole} days is no part of a period")
    exact = exact_context()
    return exact.divide(exact.multiply(price, Decimal(days)), Decimal(whole))


def split(whole: Money, weights: Sequence[int]) -> tuple[Money, ...]:
    """Parts in proportion to the weights that sum to the whole exactly.

    Each is at most one minor unit from its exact share: minor units left over go to the largest
    remainders, the earlier part first. Raises ValueError when a weight is negative or all are 0.
    """
    sum_of_weights = sum(weights)
    if sum_of_weights < 1 or min(weights) < 0:
        raise ValueError("parts need weights: none negative, one at least above 0")
    sign, units = (-1 if whole.minor_units < 0 else 1), abs(whole.minor_units)
    shares = [divmod(units * weight, sum_of_weights) for weight in weights]
    parts = [share for share, _ in shares]
    neediest = sorted(range(len(parts)), key=lambda at: -shares[at][1])
    for at in neediest[: units - sum(parts)]:
        parts[at] += 1
    return tuple(Money(whole.currency, sign * part) for part in parts)
