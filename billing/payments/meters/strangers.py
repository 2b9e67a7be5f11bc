"""Minutes of a meter that the provider has something of and no submission of ours owns.

Every submission owns one minute, so what was told and then forgotten lies in minutes of its own.
Hours whose sum is what we know are left; in the others the free minutes are asked for, in halves.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from billing.payments.meters.row import SubmissionState

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_NOTHING = Decimal(0)


class MeterSums(Protocol):
    """What the provider has summed of one customer and meter."""

    async def between(self, start: datetime, end: datetime) -> Decimal:
        """From `start` up to, but without, `end`, both on full minutes."""
        ...

    async def by_hour(self, start: datetime, end: datetime) -> Mapping[datetime, Decimal]:
        """The same for each hour that has something, `start` and `end` on full hours."""
        ...


@dataclass(frozen=True, slots=True)
class KnownMinute:
    """A submission of ours. `sure` says that its value is in the provider's sum."""

    minute: datetime
    value: int
    sure: bool


def known_minute(
    minute: datetime,
    value: int,
    state: SubmissionState,
    settled_at: datetime | None,
    *,
    before: datetime,
) -> KnownMinute:
    """What settled at `before` or later may be missing from the provider's sum still."""
    told = state in (SubmissionState.SENT, SubmissionState.CONFIRMED, SubmissionState.FOUND)
    return KnownMinute(minute, value, told and settled_at is not None and settled_at < before)


async def strangers(
    sums: MeterSums, first: datetime, last: datetime, known: Collection[KnownMinute]
) -> list[tuple[datetime, Decimal]]:
    """Minutes from `first` to `last`, both included, with what the provider has of each."""
    found: list[tuple[datetime, Decimal]] = []
    if last < first:
        return found
    start = first.replace(minute=0)
    end = last.replace(minute=0) + _HOUR
    hours = await sums.by_hour(start, end)
    ours: dict[datetime, list[KnownMinute]] = {}
    for each in known:
        ours.setdefault(each.minute.replace(minute=0), []).append(each)
    for hour in sorted({*hours, *ours}):
        mine = ours.get(hour, [])
        agreed = sum(each.value for each in mine) == hours.get(hour, _NOTHING)
        if agreed and all(each.sure for each in mine):
            continue
        taken = {each.minute for each in mine}
        since, until = max(hour, first), min(hour + _HOUR, last + _MINUTE)
        for run in _free(since, until, taken):
            found += [each async for each in _within(sums, *run, await sums.between(*run))]
    return found


def _free(
    start: datetime, end: datetime, taken: Collection[datetime]
) -> list[tuple[datetime, datetime]]:
    """The runs of minutes that nobody has taken."""
    runs, since = [], start
    for minute in sorted(each for each in taken if start <= each < end):
        if since < minute:
            runs.append((since, minute))
        since = minute + _MINUTE
    return [*runs, (since, end)] if since < end else runs


async def _within(
    sums: MeterSums, start: datetime, end: datetime, total: Decimal
) -> AsyncIterator[tuple[datetime, Decimal]]:
    if not total:
        return
    minutes = int((end - start) / _MINUTE)
    if minutes == 1:
        yield start, total
        return
    middle = start + minutes // 2 * _MINUTE
    left = await sums.between(start, middle)
    async for each in _within(sums, start, middle, left):
        yield each
    async for each in _within(sums, middle, end, total - left):
        yield each
