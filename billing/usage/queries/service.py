"""The rules of questions about usage: how far they reach, and where windows begin."""

from datetime import datetime, timedelta

from billing.catalog.live import Catalogs
from billing.paging import Page, Position, page_of
from billing.subscriptions.terms import TermsReader
from billing.unit import Unit
from billing.usage.queries import store
from billing.usage.queries.query import UsagePoint, UsageQuery, Window
from billing.usage.queries.store import Span, Total
from billing.usage.times import EARLIEST_US, LATEST_US, from_micros
from mesh.errors import InvalidArgument
from rights.periods import Period, calendar_month, period_at
from rights.terms import METERED

MINUTES_SPAN = timedelta(hours=24)
UNIQUE_SPAN = timedelta(days=31)
MOST_PERIODS = 120

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_FIRST = from_micros(EARLIEST_US)
_LAST = from_micros(LATEST_US)


class UsageQueries:
    """Answers what was used."""

    def __init__(self, catalogs: Catalogs, terms: TermsReader) -> None:
        """`catalogs` name the units of metrics, `terms` where billing periods begin."""
        self._catalogs = catalogs
        self._terms = terms

    async def query(self, unit: Unit, query: UsageQuery) -> Page[UsagePoint]:
        """Sums by window, then metric; empty windows are left out.

        Raises InvalidArgument when the end is not after the start, or too far from it.
        """
        after = query.page.after
        if "\0" in query.event_type:
            raise InvalidArgument.field("event_type", "holds a NUL character")
        if after is not None and "\0" in after.key:
            raise InvalidArgument.field("page_token", "not a token of this list")
        span = await self._span(unit, query)
        totals = await store.totals(
            unit.conn,
            unit.tenant_id,
            span,
            after=None if after is None else (after.moment, after.key),
            limit=query.page.size + 1,
        )
        unique = await store.unique(unit.conn, unit.tenant_id, span) if query.unique else {}
        points = [
            self._point(each, unique.get((each.event_type, each.window_start))) for each in totals
        ]
        return page_of(
            query.page, points, lambda each: Position(each.window_start, each.event_type)
        )

    async def _span(self, unit: Unit, query: UsageQuery) -> Span:
        step = _MINUTE if query.window is Window.MINUTE else _HOUR
        anchor = await self._anchor(unit) if query.window is Window.PERIOD else None
        start = _floor(query.start or _first(query.window, unit.now, anchor), step)
        end = _ceiling(query.end, step) if query.end else _floor(unit.now, step) + step
        if end <= start:
            raise InvalidArgument.field("end_time", "must be after start_time")
        if query.window is Window.MINUTE and end - start > MINUTES_SPAN:
            raise InvalidArgument.field("start_time", "windows of a minute span at most 24 hours")
        if query.unique and end - start > UNIQUE_SPAN:
            raise InvalidArgument.field(
                "count_unique", "distinct resources are counted over at most 31 days"
            )
        periods = [] if anchor is None else _periods(anchor, start, end)
        return Span(query.window, start, end, query.event_type, periods)

    async def _anchor(self, unit: Unit) -> datetime:
        terms = await self._terms.read(unit)
        return _floor(terms.subscriptions[METERED].anchor, _HOUR)

    def _point(self, total: Total, unique: int | None) -> UsagePoint:
        metric = self._catalogs.live.metrics.get(total.event_type)
        return UsagePoint(
            total.event_type,
            metric.unit if metric else "",
            total.window_start,
            total.quantity,
            total.events,
            total.largest,
            unique,
        )


def _first(window: Window, now: datetime, anchor: datetime | None) -> datetime:
    if window is Window.MINUTE:
        return _floor(now, _HOUR)
    return calendar_month(now).start if anchor is None else period_at(anchor, now).start


def _periods(anchor: datetime, start: datetime, end: datetime) -> list[Period]:
    found = [period_at(anchor, start)]
    while found[-1].end < end:
        if len(found) == MOST_PERIODS:
            raise InvalidArgument.field("start_time", f"at most {MOST_PERIODS} billing periods")
        found.append(period_at(anchor, found[-1].end))
    return found


def _floor(moment: datetime, step: timedelta) -> datetime:
    moment = min(max(moment, _FIRST), _LAST)
    return moment - (moment - _FIRST) % step


def _ceiling(moment: datetime, step: timedelta) -> datetime:
    whole = _floor(moment, step)
    return whole + step if whole < moment else whole
