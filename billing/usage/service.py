"""The rules of usage reported under ids of the sender's, and of its sums."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from billing.catalog.live import Catalogs
from billing.paging import Page, PageRequest, Position, page_of
from billing.unit import Unit
from billing.usage import store
from billing.usage.admission import RejectedError, admit
from billing.usage.aggregates import store as aggregates
from billing.usage.events import AdmittedEvent, EventResult, EventStatus, ReportedEvent
from billing.usage.problems.service import ProblemsService
from billing.usage.queries.query import UsagePoint
from billing.usage.times import billing_times, to_micros
from billing.usage.windows import HourSum, RecordedEvent
from mesh.errors import InvalidArgument
from rights.periods import Period

_MAX_ECHO = 255
"""Characters of a rejected id that go back, so that the answer to any batch can be sent."""

_OTHER_PAYLOAD = "event_id: came before with another payload; the first is kept"


class UsageService:
    """Takes reports in and answers sums."""

    def __init__(self, catalogs: Catalogs) -> None:
        """`catalogs` name the metrics and their units."""
        self._catalogs = catalogs
        self._problems = ProblemsService()

    async def report(
        self, unit: Unit, reporter: str, events: Sequence[ReportedEvent]
    ) -> list[EventResult]:
        """Records each event once and says of each, in the order given, what became of it. What is
        refused is kept for a person to see.

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
        answers = [result for result in results if result is not None]
        await self._problems.note(unit, reporter, events, answers)
        return answers

    async def record(self, unit: Unit, reporter: str, events: Sequence[AdmittedEvent]) -> int:
        """Records admitted events; an id that came before stays as it was. How many are new."""
        fresh, _ = await self._record(unit, reporter, {event.event_id: event for event in events})
        return len(fresh)

    async def in_period(self, unit: Unit, period: Period) -> list[UsagePoint]:
        """One point for each metric used in a period of full hours, by metric."""
        totals = await aggregates.totals(
            unit.conn, unit.tenant_id, start=period.start, end=period.end
        )
        return [self._point(each, period) for each in totals]

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

    def _point(self, total: aggregates.Total, period: Period) -> UsagePoint:
        metric = self._catalogs.live.metrics.get(total.event_type)
        return UsagePoint(
            total.event_type,
            metric.unit if metric else "",
            period.start,
            total.quantity,
            total.events,
            total.largest,
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
