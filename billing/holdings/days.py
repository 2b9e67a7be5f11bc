"""From days of change to what is charged on each day. Pure.

A day counts with the most that was held at any moment of it, but for the day of an end that was
set before: the first day was charged whole, so the last one is not. Of plans a tenant holds one of
a family: the day of a change is that of the plan held at its end, else of the last one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from billing.holdings.holding import Held, HeldDays, HoldingRow, Span
from rights.rating.card import Piece, PieceKind
from rights.rating.proration import Days, utc_day

_DAY = timedelta(days=1)


def changed(
    known: Mapping[Piece, HoldingRow], held: Mapping[Piece, Held], now: datetime
) -> list[HoldingRow]:
    """The rows of today (UTC) that `held` at `now` needs beside the last `known` ones."""
    pieces = sorted(known.keys() | held.keys())
    rows = (_row(piece, known.get(piece), held.get(piece), now) for piece in pieces)
    return [row for row in rows if row is not None]


def spread(rows: Iterable[HoldingRow], days: Days) -> tuple[HeldDays, ...]:
    """What was held on the days, by piece; `rows` hold the last one before them, if any, and all
    of them, of each piece."""
    ordered = sorted(rows, key=lambda row: (row.piece, row.day))
    found: list[HeldDays] = []
    for piece, of_piece in groupby(ordered, key=lambda row: row.piece):
        if piece[0] is PieceKind.ITEM:
            found.append(HeldDays(piece, tuple(_merged(_spans(list(of_piece), days)))))
    plans = [row for row in ordered if row.piece[0] is PieceKind.PLAN]
    families = sorted({row.piece[1] for row in plans})
    for family in families:
        found += _plans([row for row in plans if row.piece[1] == family], days)
    return tuple(sorted((each for each in found if each.spans), key=lambda each: each.piece))


def _row(
    piece: Piece, last: HoldingRow | None, held: Held | None, now: datetime
) -> HoldingRow | None:
    """None where nothing changed. A clock that went back writes no day before the last."""
    held = held if held is not None else Held(0, None, last.year if last is not None else None)
    quantity, until, today = held.quantity, held.until, utc_day(now)
    if last is None:
        return (
            HoldingRow(piece, today, quantity, quantity, until, now, held.year)
            if quantity
            else None
        )
    same = (last.held_until, last.year) == (until, held.year)
    if last.at(now) == quantity and (not quantity or same):
        return None
    if last.day >= today:
        peak = max(last.peak, quantity)
        return HoldingRow(piece, last.day, peak, quantity, until, now, held.year)
    ended = last.held_until is not None and last.held_until <= now
    begun = 0 if ended or now <= _midnight(today) else last.closing
    return HoldingRow(piece, today, max(begun, quantity), quantity, until, now, held.year)


def _spans(rows: Sequence[HoldingRow], days: Days) -> Iterator[Span]:
    """One piece's, with gaps where nothing is held."""
    for row, after in zip(rows, [*(each.day for each in rows[1:]), days.end], strict=True):
        yield from _span(days, row.day, row.day + _DAY, row.peak)
        yield from _span(days, row.day + _DAY, min(after, _end(row, after)), row.closing)


def _plans(rows: Sequence[HoldingRow], days: Days) -> list[HeldDays]:
    """One family's: each day is at most one plan's."""
    spans: dict[tuple[Piece, datetime | None], list[Span]] = {}
    known: dict[Piece, HoldingRow] = {}
    by_day = {day: list(of) for day, of in groupby(sorted(rows, key=_day), key=_day)}
    ends = [*list(by_day)[1:], days.end]
    for (day, of_day), after in zip(by_day.items(), ends, strict=True):
        known.update({row.piece: row for row in of_day})
        standing = [row for row in known.values() if row.closing and _end(row, after) > day]
        held = standing or [row for row in of_day if row.peak]
        if held:
            last = max(held, key=lambda row: (row.changed_at, row.closing))
            own = spans.setdefault((last.piece, last.year), [])
            own.extend(_span(days, day, day + _DAY, 1))
        for row in standing:
            end = min(after, _end(row, after))
            own = spans.setdefault((row.piece, row.year), [])
            own.extend(_span(days, day + _DAY, end, row.closing))
    return [HeldDays(piece, tuple(_merged(own)), year) for (piece, year), own in spans.items()]


def _span(days: Days, first: date, end: date, quantity: int) -> Iterator[Span]:
    """The days from `first` up to, but without, `end`, as far as they are among `days`."""
    first, end = max(first, days.first), min(end, days.end)
    if quantity and first < end:
        yield Span(first, (end - first).days, quantity)


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Neighbours of one quantity as one."""
    open_: Span | None = None
    for span in spans:
        follows = open_ is not None and open_.first + open_.days * _DAY == span.first
        if open_ is not None and follows and open_.quantity == span.quantity:
            open_ = Span(open_.first, open_.days + span.days, span.quantity)
            continue
        if open_ is not None:
            yield open_
        open_ = span
    if open_ is not None:
        yield open_


def _end(row: HoldingRow, otherwise: date) -> date:
    """The first day that is not charged any more, for it is the one of an end that was set."""
    return otherwise if row.held_until is None else utc_day(row.held_until)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _day(row: HoldingRow) -> date:
    return row.day
