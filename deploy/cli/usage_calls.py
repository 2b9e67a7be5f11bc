"""Problems of usage for the command line: each call, and its answer as lines for a person."""

from __future__ import annotations

import typer
from brinkbyte.usage.v1 import usage_problem_service_pb2 as pb
from brinkbyte.usage.v1 import usage_problem_service_pb2_grpc as rpc
from google.protobuf.timestamp_pb2 import Timestamp

from deploy.cli.cloud import Cloud

_KINDS = {
    "": pb.USAGE_PROBLEM_KIND_UNSPECIFIED,
    "rejected": pb.USAGE_PROBLEM_KIND_REJECTED,
    "conflict": pb.USAGE_PROBLEM_KIND_CONFLICT,
    "uncounted": pb.USAGE_PROBLEM_KIND_UNCOUNTED,
    "held": pb.USAGE_PROBLEM_KIND_HELD,
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
                    f"{journal_id}: {total.batches} batches {_RESOLUTIONS[resolution]}, "
                    f"{total.recorded} events recorded, {total.known} known, "
                    f"{total.rejected} rejected"
                ]

    def _problems(self, request: pb.ListUsageProblemsRequest) -> pb.ListUsageProblemsResponse:
        return self._cloud.ask(
            lambda api: rpc.UsageProblemServiceStub(api).ListUsageProblems(request)
        )

    def _held(self, request: pb.ListHeldBatchesRequest) -> pb.ListHeldBatchesResponse:
        return self._cloud.ask(
            lambda api: rpc.UsageProblemServiceStub(api).ListHeldBatches(request)
        )


def _problem(each: pb.UsageProblem) -> str:
    return (
        f"{_time(each.last_seen_at)} {_NAMES[each.kind]} {each.times}x {each.tenant_id} "
        f"{each.event_id!r} from {each.reporter or '?'}: {each.reason}"
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
