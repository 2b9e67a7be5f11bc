"""What a tenant would be charged for if it held the same all the time."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from billing.invoices.composer import Held
from billing.licenses.billable import BillableItems
from rights.catalog.model import BASE_PACK
from rights.claims import SubscriptionStatus
from rights.periods import Period
from rights.rating.annual import YearStep, year_of, year_steps
from rights.rating.card import Piece, PieceKind
from rights.rating.proration import Days, days_of, utc_day
from rights.terms import Interval, Subscription, Terms

_FAMILY = "vision"
_DEVICE = "edge_device_basic"
_CHARGED = {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE}


def held_throughout(
    terms: Terms, items: BillableItems | None, devices: int, days: int
) -> tuple[Held, ...]:
    """Plans that are charged by the month and what is licensed, for so many days; a trial is free,
    and with a licence that ended (no items) devices are too."""
    pieces: dict[Piece, int] = {
        (PieceKind.PLAN, family, held.plan): 1
        for family, held in terms.subscriptions.items()
        if held.status in _CHARGED and held.interval is Interval.MONTH
    }
    if items is not None:
        packs = {**items.camera_packs, **dict.fromkeys(items.tenant_packs, 1)}
        packs[BASE_PACK] = items.cameras
        for item in terms.catalog.family(_FAMILY).items.values():
            if item.pack in packs:
                pieces[PieceKind.ITEM, _FAMILY, item.name] = packs[item.pack]
        pieces[PieceKind.ITEM, _FAMILY, _DEVICE] = devices
    return tuple(Held(piece, Decimal(count * days)) for piece, count in pieces.items())


def years_throughout(terms: Terms, period: Period) -> Iterator[tuple[Piece, YearStep]]:
    """The years that begin in the period of plans that are paid by the year."""
    days = days_of(period)
    for family, held in terms.subscriptions.items():
        if held.status in _CHARGED and held.interval is Interval.YEAR:
            all_along = Days(utc_day(held.anchor), days.end)
            for step in year_steps(held.anchor, [all_along], days):
                yield (PieceKind.PLAN, family, held.plan), step


def year_left(
    left: Subscription | None, period: Period, now: datetime
) -> Iterator[tuple[Piece, YearStep]]:
    """The end, now, of a plan that is paid by the year, and its begin if that is in the period."""
    if left is None or left.status not in _CHARGED or left.interval is not Interval.YEAR:
        return
    piece, today = (PieceKind.PLAN, left.family, left.plan), utc_day(now)
    year = year_of(left.anchor, today)
    if utc_day(year.start) in days_of(period):
        yield piece, YearStep(year, utc_day(year.start), begins=True)
    yield piece, YearStep(year, today, begins=False)
