"""The rules of usage reported under ids of the sender's, and of what was used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from billing.catalog.live import Catalogs
from billing.paging import Page, PageRequest, Position, page_of
from billing.unit import Unit
from billing.usage import store
from billing.usage.admission import RejectedError, admit
from billing.usage.aggregates import store as aggregates
from billing.usage.events import AdmittedEvent, EventResult, EventStatus, ReportedEvent
from billing.usage.times import EARLIEST_US, LATEST_US, billing_times, from_micros, to_micros
from billing.usage.windows import HourSum, RecordedEvent
from mesh.errors import InvalidArgument
from rights.periods import Period, calendar_month

_HOUR = timedelta(hours=1)
_FIRST = from_micros(EARLIEST_US)
_LAST = from_micros(LATEST_US)
_MAX_ECHO = 255
"""Characters of a rejected id that go back, so that the answer to any batch can be sent."""

_OTHER_PAYLOAD = "event_id: came before with another payload; the first is kept"


class Window(Enum):
    """Width of a window, in UTC."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class UsagePoint:
    """The use of a metric in the window that begins at `window_start` (aware, UTC)."""

    event_type: str
    unit: str
    window_start: datetime
    quantity: Decimal
    events: int


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """Which sums are asked for: hours from `start` up to, but without, `end`.

    None means the start of the running month and the end of the running hour. A time within
    an hour stands for that hour's start. An empty `event_type` means all.
    """

    event_type: str
    start: datetime | None
    end: datetime | None
    window: Window
    page: PageRequest


class UsageService:
    """Takes reports in and answers sums."""

    def __init__(self, catalogs: Catalogs) -> None:
        """`catalogs` name the metrics and their units."""
        self._catalogs = catalogs

    async def report(
        self, unit: Unit, reporter: str, events: Sequence[ReportedEvent]
    ) -> list[EventResult]:
        """Records each event once and says of each, in the order given, what became of it.

        `reporter` is what the sender calls itself. Raises InvalidArgument naming `device_id`.
        """
        if "\0" in reporter:
            raise InvalidArgument.field("device_id", "holds a NUL character")
        named = {event.event_type for event in events}
        catalog = await self._catalogs.knowing(unit.conn, lambda each: named <= each.metrics.keys())
        results: list[EventResult | None] = []
        admitted: list[tuple[int, AdmittedEvent]] = []
        for event in events:
            try:
                admitted.append((len(results), admit(event, catalog.metrics)))
                results.append(None)
            except RejectedError as why:
                shown = event.event_id[:_MAX_ECHO]
                results.append(EventResult(shown, EventStatus.REJECTED, str(why)))
        first: dict[str, AdmittedEvent] = {}
        for _, one in admitted:
            first.setdefault(one.event_id, one)
        fresh, known = await self._record(unit, reporter, first)
        for at, one in admitted:
            results[at] = _result(one, first[one.event_id], fresh, known)
        return [result for result in results if result is not None]

    async def record(self, unit: Unit, reporter: str, events: Sequence[AdmittedEvent]) -> None:
        """Records admitted events; an id that came before stays as it was."""
        await self._record(unit, reporter, {event.event_id: event for event in events})

    async def query(self, unit: Unit, query: UsageQuery) -> Page[UsagePoint]:
        """Sums by window, then metric; empty windows are left out.

        Raises InvalidArgument when the end is not after the start.
        """
        start = _hour(query.start or calendar_month(unit.now).start)
        end = _hour(unit.now) + _HOUR if query.end is None else _ceiling(query.end)
        after = query.page.after
        if end <= start:
            raise InvalidArgument.field("end_time", "must be after start_time")
        if "\0" in query.event_type:
            raise InvalidArgument.field("event_type", "holds a NUL character")
        if after is not None and "\0" in after.key:
            raise InvalidArgument.field("page_token", "not a token of this list")
        totals = await aggregates.totals(
            unit.conn,
            unit.tenant_id,
            start=start,
            end=end,
            window=query.window.value,
            event_type=query.event_type,
            after=None if after is None else (after.moment, after.key),
            limit=query.page.size + 1,
        )
        return page_of(query.page, [self._point(each) for each in totals], _position)

    async def in_period(self, unit: Unit, period: Period) -> list[UsagePoint]:
        """One point for each metric used in a calendar month, by metric."""
        totals = await aggregates.totals(
            unit.conn,
            unit.tenant_id,
            start=period.start,
            end=period.end,
            window=Window.MONTH.value,
        )
        return [self._point(each) for each in totals]

    async def sums(
        self, unit: Unit, windows: Sequence[tuple[str, Period]]
    ) -> dict[tuple[str, datetime], Decimal]:
        """The use of metrics in periods of full hours, by metric and start of the period."""
        if not windows:
            return {}
        asked = [(metric, period.start, period.end) for metric, period in windows]
        return await aggregates.sums(unit.conn, unit.tenant_id, asked)

    async def windows(
        self, unit: Unit, start: datetime, end: datetime, revision: int
    ) -> list[HourSum]:
        """Sums of one revision by hour and metric, from `start` up to, but without, `end`.

        Both are full hours. Reads sums alone, however many events they have.
        """
        return await aggregates.hours(unit.conn, unit.tenant_id, revision, start=start, end=end)

    async def late(self, unit: Unit, revision: int) -> list[HourSum]:
        """All that came after the close of that number for hours that were closed by then."""
        return await aggregates.hours(unit.conn, unit.tenant_id, revision)

    async def events_of(
        self, unit: Unit, metric: str, hour: datetime, revision: int, page: PageRequest
    ) -> Page[RecordedEvent]:
        """The events whose sum is (metric, hour, revision), by billing time."""
        events = await store.events_of(
            unit.conn, unit.tenant_id, page, metric=metric, hour=hour, revision=revision
        )
        return page_of(page, events, lambda each: Position(each.billing_time, each.event_id))

    async def rebuild(self, unit: Unit, keys: Sequence[tuple[str, datetime, int]]) -> None:
        """Makes sums of (metric, hour, revision) anew from the events; the account is locked."""
        await aggregates.rebuild(unit.conn, unit.tenant_id, keys)

    def _point(self, total: aggregates.Total) -> UsagePoint:
        metric = self._catalogs.live.metrics.get(total.event_type)
        return UsagePoint(
            total.event_type,
            metric.unit if metric else "",
            total.window_start,
            total.quantity,
            total.events,
        )

    @staticmethod
    async def _record(
        unit: Unit, reporter: str, first: dict[str, AdmittedEvent]
    ) -> tuple[set[str], dict[str, bytes]]:
        """The ids recorded now, and the payload hashes of those that came before."""
        if not first:
            return set(), {}
        events = [first[event_id] for event_id in sorted(first)]
        times = [event.event_time_us for event in events]
        billed = billing_times(times, to_micros(unit.now))
        fresh = await store.record(
            unit.conn,
            unit.tenant_id,
            events,
            billing_times=billed,
            reporter=reporter,
            received_at=unit.now,
        )
        older = [event_id for event_id in first if event_id not in fresh]
        if not older:
            return fresh, {}
        return fresh, await store.recorded_hashes(unit.conn, unit.tenant_id, older)


def _result(
    event: AdmittedEvent, first: AdmittedEvent, fresh: set[str], known: dict[str, bytes]
) -> EventResult:
    if event is first and event.event_id in fresh:
        return EventResult(event.event_id, EventStatus.ACCEPTED)
    if event.payload_hash == known.get(event.event_id, first.payload_hash):
        return EventResult(
            event.event_id, EventStatus.DUPLICATE, "event_id: came before with this payload"
        )
    return EventResult(event.event_id, EventStatus.CONFLICT, _OTHER_PAYLOAD)


def _position(point: UsagePoint) -> Position:
    return Position(point.window_start, point.event_type)


def _hour(moment: datetime) -> datetime:
    moment = min(max(moment, _FIRST), _LAST)
    return moment.replace(minute=0, second=0, microsecond=0)


def _ceiling(moment: datetime) -> datetime:
    hour = _hour(moment)
    return hour + _HOUR if hour < moment else hour
