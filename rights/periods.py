"""Billing periods: half-open, in UTC, anchored without drift.

Every boundary is counted from the anchor itself, never from the boundary
before it, so a subscription of 31 January renews on 28 February and then on
31 March.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime

MONTHLY = 1
ANNUAL = 12


@dataclass(frozen=True, slots=True)
class Period:
    """The moments from ``start`` up to, but without, ``end``; both aware, in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        """Whether the aware moment lies in the period."""
        return self.start <= moment < self.end


def calendar_month(moment: datetime) -> Period:
    """The calendar month in UTC that holds an aware moment. Raises ValueError when naive."""
    first = _utc(moment).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Period(first, add_months(first, 1))


def nth_period(anchor: datetime, number: int, months: int = MONTHLY) -> Period:
    """The period ``number`` (0 is the first) of a subscription that began at ``anchor``.

    ``months`` is the length of a period. Raises ValueError when the anchor is naive.
    """
    return Period(add_months(anchor, number * months), add_months(anchor, (number + 1) * months))


def period_at(anchor: datetime, moment: datetime, months: int = MONTHLY) -> Period:
    """The period that holds ``moment``; before the anchor the grid goes on backwards.

    Raises ValueError when either is naive or ``months`` is not positive.
    """
    if months < 1:
        raise ValueError("a period lasts at least one month")
    anchor, moment = _utc(anchor), _utc(moment)
    distance = (moment.year - anchor.year) * 12 + moment.month - anchor.month
    number = distance // months
    if moment < add_months(anchor, number * months):
        number -= 1
    return nth_period(anchor, number, months)


def add_months(anchor: datetime, months: int) -> datetime:
    """The anchor's day and time ``months`` later in UTC, clamped to the month's last day.

    Raises ValueError when the anchor is naive.
    """
    anchor = _utc(anchor)
    years, month = divmod(anchor.month - 1 + months, 12)
    year = anchor.year + years
    day = min(anchor.day, monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no place in a billing period")
    return moment.astimezone(UTC)
