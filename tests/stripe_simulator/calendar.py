"""Billing periods from an anchor, clamped to the month's end without drift."""

import calendar as months
from datetime import UTC, datetime
from typing import Any

_DAY_S = 86_400
_FIXED = {"day": _DAY_S, "week": 7 * _DAY_S}


def next_boundary(anchor: int, recurring: dict[str, Any], after: int) -> int:
    """The first boundary later than `after`."""
    count = recurring["interval_count"]
    if recurring["interval"] in _FIXED:
        step = _FIXED[recurring["interval"]] * count
        return anchor + ((after - anchor) // step + 1) * step
    step = count * (12 if recurring["interval"] == "year" else 1)
    number = -step * 2
    while (found := _months_later(anchor, number)) <= after:
        number += step
    return found


def full_start(anchor: int, recurring: dict[str, Any], end: int) -> int:
    """The start of the whole period that ends at the boundary `end`."""
    if recurring["interval"] in _FIXED:
        return end - _FIXED[recurring["interval"]] * recurring["interval_count"]
    step = recurring["interval_count"] * (12 if recurring["interval"] == "year" else 1)
    number = -step * 2
    while _months_later(anchor, number + step) < end:
        number += step
    return _months_later(anchor, number)


def _months_later(anchor: int, number: int) -> int:
    at = datetime.fromtimestamp(anchor, UTC)
    index = at.year * 12 + at.month - 1 + number
    year, month = divmod(index, 12)
    day = min(at.day, months.monthrange(year, month + 1)[1])
    return int(at.replace(year=year, month=month + 1, day=day).timestamp())
