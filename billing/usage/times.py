"""Which moment of a use is believed. All numbers are microseconds since 1970-01-01 UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

MAY_BE_AHEAD_US = 5 * 60 * 1_000_000
"""How far a sender's clock may run ahead of ours."""


def to_micros(moment: datetime) -> int:
    """Of an aware moment, exact."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware moment, in UTC."""
    return _EPOCH + micros * _MICROSECOND


EARLIEST_US = to_micros(datetime(1900, 1, 1, tzinfo=UTC))
LATEST_US = to_micros(datetime(2200, 1, 1, tzinfo=UTC)) - 1
"""With EARLIEST_US the range that is stored; within it a double counts every microsecond."""

CLOCK_SET_US = to_micros(datetime(2000, 1, 1, tzinfo=UTC))
"""An earlier time comes from a clock that was never set."""


def storable(micros: int) -> bool:
    """Whether the moment can be stored as it is."""
    return EARLIEST_US <= micros <= LATEST_US


def clamp(times: Sequence[int]) -> Sequence[int]:
    """The times, those outside the storable range moved to its edge."""
    if not times or (min(times) >= EARLIEST_US and max(times) <= LATEST_US):
        return times
    return [min(max(each, EARLIEST_US), LATEST_US) for each in times]


def billing_times(event_times: Sequence[int], received_us: int) -> Sequence[int]:
    """When each event is billed: at its own time, or when received if that cannot be believed.

    Not believed are times more than five minutes ahead, and those before 2000, which a
    clock shows that was never set. The same object comes back when nothing was corrected.
    """
    limit = received_us + MAY_BE_AHEAD_US
    if not event_times or (min(event_times) >= CLOCK_SET_US and max(event_times) <= limit):
        return event_times
    return [each if CLOCK_SET_US <= each <= limit else received_us for each in event_times]
