"""Rules of holdings: what is charged by the day, noted whenever it changes."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

from billing.holdings import store
from billing.holdings.days import changed, spread
from billing.holdings.holding import Held, HeldDays
from billing.licenses.billable import Billables
from billing.subscriptions.terms import TermsReader
from billing.unit import Unit
from rights.catalog.model import BASE_PACK
from rights.claims import SubscriptionStatus
from rights.periods import Period
from rights.rating.annual import YearStep, year_steps
from rights.rating.card import Piece, PieceKind
from rights.rating.proration import Days, days_of, utc_day
from rights.terms import Interval, Terms

Count = Callable[[Unit], Awaitable[int]]

_DAY = timedelta(days=1)
_VISION = "vision"
_DEVICE = "edge_device_basic"
_CHARGED = {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE}


class HoldingsService:
    """Keeps the history of plans and items, and reads days of it.

    A plan is held while it is active or past due, and one that is paid by the year until it is
    left: a trial is free. Items are held while a paid licence is in force: nothing is charged for a
    trial, nor for days on which the licence was suspended, revoked or over all day long.
    """

    def __init__(self, terms: TermsReader, billables: Billables, devices: Count) -> None:
        """`billables` tell what a licence is charged for, `devices` counts those in service."""
        self._terms = terms
        self._billables = billables
        self._devices = devices

    async def lock(self, unit: Unit) -> None:
        """Lets one unit at a time of a tenant change what it holds and `note` it."""
        await store.lock_tenant(unit.conn, unit.tenant_id)

    async def note(self, unit: Unit) -> None:
        """Writes down what the tenant holds now, as far as it changed.

        It comes after the change, in its unit, which has the tenant's row locked. Raises NotFound.
        """
        terms = await self._terms.read(unit)
        held = dict(_plans(terms))
        held.update(await self._items(unit, terms))
        rows = changed(await store.last(unit.conn, unit.tenant_id), held, unit.now)
        if rows:
            await store.put(unit.conn, unit.tenant_id, rows)

    async def now(self, unit: Unit) -> dict[Piece, int]:
        """What is held at this moment, without what is not."""
        rows = await store.last(unit.conn, unit.tenant_id)
        held = {piece: row.at(unit.now) for piece, row in rows.items()}
        return {piece: count for piece, count in held.items() if count}

    async def in_period(
        self, unit: Unit, period: Period, *, ahead: bool = False
    ) -> tuple[HeldDays, ...]:
        """What was held on the UTC days that end in the period, by kind, family and name.

        Of a period that runs, the days up to and with today; with `ahead` those to come too, as if
        nothing changed any more.
        """
        days = days_of(period)
        if not ahead:
            days = Days(days.first, min(days.end, utc_day(unit.now) + _DAY))
        rows = await store.between(unit.conn, unit.tenant_id, days.first, days.end)
        return spread(rows, days)

    async def years(
        self, unit: Unit, period: Period, *, ahead: bool = False
    ) -> list[tuple[Piece, YearStep]]:
        """What begins and ends, on the UTC days that end in the period, of plans that are paid by
        the year; of a period that runs, up to now, with `ahead` all that is to come."""
        days, tomorrow = days_of(period), utc_day(unit.now) + _DAY
        known = Days(days.first - _DAY, days.end)
        rows = await store.between(unit.conn, unit.tenant_id, known.first, known.end)
        within = days if ahead else Days(days.first, min(days.end, tomorrow + _DAY))
        return [
            (each.piece, step)
            for each in spread(rows, known)
            if each.year is not None
            for step in year_steps(each.year, [span.all_days for span in each.spans], within)
            if ahead or not step.begins or step.day < tomorrow
        ]

    async def _items(self, unit: Unit, terms: Terms) -> dict[Piece, Held]:
        billable = await self._billables.in_force(unit)
        if billable is None:
            return {}
        counts = {**billable.camera_packs, **dict.fromkeys(billable.tenant_packs, 1)}
        counts[BASE_PACK] = billable.cameras
        names = {
            item.name: counts[item.pack]
            for item in terms.catalog.family(_VISION).items.values()
            if item.pack in counts
        }
        names[_DEVICE] = await self._devices(unit)
        return {
            (PieceKind.ITEM, _VISION, name): Held(count, billable.until)
            for name, count in names.items()
            if count
        }


def _plans(terms: Terms) -> Iterator[tuple[Piece, Held]]:
    for family, held in terms.subscriptions.items():
        by_year = held.interval is Interval.YEAR
        if held.status in _CHARGED or (by_year and held.status is SubscriptionStatus.UNPAID):
            year = held.anchor if by_year else None
            yield (PieceKind.PLAN, family, held.plan), Held(1, held.cancel_at, year)
