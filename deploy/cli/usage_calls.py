"""Usage and its problems for the command line: each call, and its answer as lines for a person."""

from __future__ import annotations

from datetime import datetime

import typer
from brinkbyte.usage.v1 import usage_problem_service_pb2 as pb
from brinkbyte.usage.v1 import usage_problem_service_pb2_grpc as rpc
from brinkbyte.usage.v1 import usage_service_pb2 as use_pb
from brinkbyte.usage.v1 import usage_service_pb2_grpc as use_rpc
from google.protobuf.timestamp_pb2 import Timestamp

from deploy.cli.cloud import Cloud
from deploy.cli.wording import counted, word

_KINDS = {
    "": pb.USAGE_PROBLEM_KIND_UNSPECIFIED,
    "rejected": pb.USAGE_PROBLEM_KIND_REJECTED,
    "conflict": pb.USAGE_PROBLEM_KIND_CONFLICT,
    "uncounted": pb.USAGE_PROBLEM_KIND_UNCOUNTED,
    "held": pb.USAGE_PROBLEM_KIND_HELD,
}
_WINDOWS = {
    "minute": use_pb.USAGE_WINDOW_MINUTE,
    "hour": use_pb.USAGE_WINDOW_HOUR,
    "day": use_pb.USAGE_WINDOW_DAY,
    "month": use_pb.USAGE_WINDOW_MONTH,
    "period": use_pb.USAGE_WINDOW_PERIOD,
}
_NAMES = {wire: name for name, wire in _KINDS.items()}
_RESOLUTIONS = {
    pb.HELD_RESOLUTION_UNSPECIFIED: "waits",
    pb.HELD_RESOLUTION_ACCEPT: "accepted",
    pb.HELD_RESOLUTION_DISCARD: "discarded",
}


class UsageCalls:
    """Raises MeshError; StartError when the cloud does not answer."""

    def __init__(self, cloud: Cloud, tenant: str) -> None:
        """`tenant` may be empty for a tenant's own key."""
        self._cloud = cloud
        self._tenant = tenant

    def report(self, event: tuple[str, str, str, str], at: datetime) -> tuple[str, bool]:
        """What became of an event (id, metric, quantity, resource) of a moment (aware), and whether
        it is recorded."""
        event_id, metric, quantity, resource = event
        wire = use_pb.UsageEvent(
            event_id=event_id, event_type=metric, quantity=quantity, resource_id=resource
        )
        wire.event_time.FromDatetime(at)
        request = use_pb.ReportUsageRequest(tenant_id=self._tenant, events=[wire])
        answer = self._cloud.ask(lambda api: use_rpc.UsageServiceStub(api).ReportUsage(request))
        (found,) = answer.results
        status = word(use_pb.EventStatus.Name(found.status), "EVENT_STATUS_")
        if status in {"accepted", "duplicate"}:
            return f"{found.event_id}  {status}, at {wire.event_time.ToJsonString()}", True
        return f"{found.event_id}  {status}: {found.reason}", False

    def sums(
        self, metric: str, window: str, span: tuple[datetime | None, datetime | None]
    ) -> list[str]:
        """One line a window and metric, all pages; `span` is aware, None for the defaults.

        Raises typer.BadParameter for an unknown window.
        """
        if window not in _WINDOWS:
            raise typer.BadParameter(f"one of {', '.join(_WINDOWS)}", param_hint="--window")
        request = use_pb.QueryUsageRequest(
            tenant_id=self._tenant, event_type=metric, window=_WINDOWS[window]
        )
        start, end = span
        if start is not None:
            request.start_time.FromDatetime(start)
        if end is not None:
            request.end_time.FromDatetime(end)
        lines = list[str]()
        while True:
            answer = self._sums(request)
            lines += [
                f"{_time(each.window_start)}  {each.event_type}: {each.quantity} {each.unit} "
                f"in {counted(each.events, 'event')}"
                for each in answer.points
            ]
            request.page_token = answer.next_page_token
            if not request.page_token:
                return lines or ["nothing was used"]

    def problems(self, kind: str) -> list[str]:
        """One line a problem, all pages. Raises typer.BadParameter for an unknown kind."""
        if kind not in _KINDS:
            raise typer.BadParameter("rejected, conflict, uncounted or held", param_hint="--kind")
        lines, token = list[str](), ""
        while True:
            answer = self._problems(
                pb.ListUsageProblemsRequest(
                    tenant_id=self._tenant, kind=_KINDS[kind], page_token=token
                )
            )
            lines += [_problem(each) for each in answer.problems]
            token = answer.next_page_token
            if not token:
                return lines or ["everything that was reported counts"]

    def held(self) -> list[str]:
        """One line a batch, all pages."""
        lines, token = list[str](), ""
        while True:
            answer = self._held(pb.ListHeldBatchesRequest(tenant_id=self._tenant, page_token=token))
            lines += [_batch(each) for each in answer.batches]
            token = answer.next_page_token
            if not token:
                return lines or ["nothing is held"]

    def accept(self, journal_id: str, reason: str) -> list[str]:
        """What became of the journal's held events."""
        return self._resolve(journal_id, reason, pb.HELD_RESOLUTION_ACCEPT)

    def discard(self, journal_id: str, reason: str) -> list[str]:
        """How many batches were discarded."""
        return self._resolve(journal_id, reason, pb.HELD_RESOLUTION_DISCARD)

    def _resolve(self, journal_id: str, reason: str, resolution: pb.HeldResolution) -> list[str]:
        request = pb.ResolveHeldBatchesRequest(
            tenant_id=self._tenant, journal_id=journal_id, resolution=resolution, reason=reason
        )
        total = pb.ResolveHeldBatchesResponse()
        while True:
            done = self._cloud.ask(
                lambda api: rpc.UsageProblemServiceStub(api).ResolveHeldBatches(request)
            )
            total.batches += done.batches
            total.recorded += done.recorded
            total.known += done.known
            total.rejected += done.rejected
            if not done.remaining:
                return [
                    f"{journal_id}: {counted(total.batches, 'batch', 'batches')} "
                    f"{_RESOLUTIONS[resolution]}, {counted(total.recorded, 'event')} recorded, "
                    f"{total.known} known, {total.rejected} rejected"
                ]

    def _sums(self, request: use_pb.QueryUsageRequest) -> use_pb.QueryUsageResponse:
        return self._cloud.ask(lambda api: use_rpc.UsageServiceStub(api).QueryUsage(request))

    def _problems(self, request: pb.ListUsageProblemsRequest) -> pb.ListUsageProblemsResponse:
        return self._cloud.ask(
            lambda api: rpc.UsageProblemServiceStub(api).ListUsageProblems(request)
        )

    def _held(self, request: pb.ListHeldBatchesRequest) -> pb.ListHeldBatchesResponse:
        return self._cloud.ask(
            lambda api: rpc.UsageProblemServiceStub(api).ListHeldBatches(request)
        )


def _problem(each: pb.UsageProblem) -> str:
    sender = f" from {each.reporter}" if each.reporter else ""
    return (
        f"{_time(each.last_seen_at)} {_NAMES[each.kind]} {each.times}x {each.tenant_id} "
        f"{each.event_id!r}{sender}: {each.reason}"
    )


def _batch(each: pb.HeldBatch) -> str:
    last = each.first_seq + each.events - 1
    text = (
        f"{_time(each.held_at)} {each.journal_id} {each.first_seq}-{last} "
        f"of device {each.device_id}: {_RESOLUTIONS[each.resolution]}"
    )
    return f"{text} ({each.reason})" if each.reason else text


def _time(wire: Timestamp) -> str:
    return wire.ToDatetime().isoformat(timespec="seconds") + "Z"
