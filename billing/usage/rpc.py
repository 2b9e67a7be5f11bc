"""UsageService on the wire."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from brinkbyte.usage.v1 import usage_service_pb2 as pb
from brinkbyte.usage.v1 import usage_service_pb2_grpc
from google.protobuf.timestamp_pb2 import Timestamp

from billing.decimals import plain
from billing.paging import PageRequest
from billing.unit import Units
from billing.usage.events import EventResult, EventStatus, ReportedEvent
from billing.usage.journals.service import JournalService
from billing.usage.journals.stream import DeviceStreams, JournalStreams
from billing.usage.metrics import UsageMetrics
from billing.usage.queries.query import UsagePoint, UsageQuery, Window
from billing.usage.queries.service import UsageQueries
from billing.usage.service import UsageService
from billing.wire import device_of_call, moment, stamp
from mesh.call import current_call
from mesh.database import retry_serialization
from mesh.faults import Faults
from mesh.principal import PrincipalKind
from mesh.telemetry import Metrics

_STATUS = {
    EventStatus.ACCEPTED: pb.EVENT_STATUS_ACCEPTED,
    EventStatus.DUPLICATE: pb.EVENT_STATUS_DUPLICATE,
    EventStatus.CONFLICT: pb.EVENT_STATUS_CONFLICT,
    EventStatus.REJECTED: pb.EVENT_STATUS_REJECTED,
}
_WINDOW = {
    pb.USAGE_WINDOW_UNSPECIFIED: Window.HOUR,
    pb.USAGE_WINDOW_HOUR: Window.HOUR,
    pb.USAGE_WINDOW_DAY: Window.DAY,
    pb.USAGE_WINDOW_MONTH: Window.MONTH,
    pb.USAGE_WINDOW_MINUTE: Window.MINUTE,
    pb.USAGE_WINDOW_PERIOD: Window.PERIOD,
}


class UsageServicer(usage_service_pb2_grpc.UsageServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(
        self,
        units: Units,
        usage: UsageService,
        queries: UsageQueries,
        journals: JournalService,
        streams: DeviceStreams,
        *,
        faults: Faults,
        metrics: Metrics,
    ) -> None:
        """`streams` ends journal streams in time, `faults` stand between the steps of ingest,
        `metrics` count its events."""
        self._metrics = UsageMetrics(metrics)
        self._units = units
        self._usage = usage
        self._queries = queries
        self._faults = faults
        self._streams = JournalStreams(
            units, journals, streams, faults=faults, metrics=self._metrics
        )

    async def ReportUsage(self, request: pb.ReportUsageRequest, _: Any) -> pb.ReportUsageResponse:
        """Records events that carry their own ids."""
        events = [_reported(event) for event in request.events]
        reporter = request.device_id
        if (principal := current_call().principal).kind is PrincipalKind.DEVICE:
            reporter = str(device_of_call(principal, reporter))
        tenant_id = await self._units.tenant_of_call(request.tenant_id)

        async def once() -> list[EventResult]:
            async with self._units.within(tenant_id) as unit:
                results = await self._usage.report(unit, reporter, events)
                self._faults.hit("usage.before_commit")
                return results

        self._faults.hit("usage.before_insert")
        results = await retry_serialization(once)
        for result in results:
            self._metrics.count(result.status.value)
        self._faults.hit("usage.after_commit_before_ack")
        return pb.ReportUsageResponse(
            results=[
                pb.EventResult(
                    event_id=each.event_id, status=_STATUS[each.status], reason=each.reason
                )
                for each in results
            ]
        )

    async def StreamUsage(
        self, request_iterator: AsyncIterator[pb.StreamUsageRequest], _: Any
    ) -> AsyncIterator[pb.StreamUsageResponse]:
        """Takes a device's journal in."""
        async with aclosing(self._streams.serve(request_iterator)) as responses:
            async for response in responses:
                yield response

    async def QueryUsage(self, request: pb.QueryUsageRequest, _: Any) -> pb.QueryUsageResponse:
        """Sums what was used."""
        query = UsageQuery(
            request.event_type,
            moment("start_time", request.start_time) if request.HasField("start_time") else None,
            moment("end_time", request.end_time) if request.HasField("end_time") else None,
            _WINDOW[request.window],
            PageRequest.read(request.page_size, request.page_token),
            request.count_unique,
        )
        async with self._units.tenant(request.tenant_id) as unit:
            page = await self._queries.query(unit, query)
        return pb.QueryUsageResponse(
            points=[_point(each) for each in page.rows], next_page_token=page.next_token
        )


def _reported(event: pb.UsageEvent) -> ReportedEvent:
    return ReportedEvent(
        event_id=event.event_id,
        event_type=event.event_type,
        resource_id=event.resource_id,
        quantity=event.quantity,
        unit=event.unit,
        event_time_us=_micros(event.event_time) if event.HasField("event_time") else None,
        request_id=event.request_id,
        dimensions=dict(event.dimensions),
    )


def _micros(time: Timestamp) -> int:
    """Microseconds since 1970; nanoseconds that are none give a moment outside every range."""
    if not 0 <= time.nanos < 1_000_000_000:
        return time.nanos * 2**64
    return time.seconds * 1_000_000 + time.nanos // 1000


def _point(point: UsagePoint) -> pb.UsagePoint:
    return pb.UsagePoint(
        event_type=point.event_type,
        unit=point.unit,
        window_start=stamp(point.window_start),
        quantity=plain(point.quantity),
        events=point.events,
        max_quantity=plain(point.largest),
        unique_resources=point.unique,
    )
