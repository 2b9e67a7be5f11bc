"""UsageProblemService on the wire."""

from typing import Any
from uuid import UUID

from brinkbyte.usage.v1 import usage_problem_service_pb2 as pb
from brinkbyte.usage.v1 import usage_problem_service_pb2_grpc as rpc

from billing.paging import PageRequest
from billing.unit import Units
from billing.usage.journals.holds.held import HeldBatch, Resolution
from billing.usage.journals.holds.service import HeldBatchesService
from billing.usage.problems.problem import Problem, ProblemKind
from billing.usage.problems.service import ProblemsService
from billing.wire import stamp
from mesh.call import current_call
from mesh.principal import PrincipalKind
from rights.ids import render_tenant

_KIND = {
    ProblemKind.REJECTED: pb.USAGE_PROBLEM_KIND_REJECTED,
    ProblemKind.CONFLICT: pb.USAGE_PROBLEM_KIND_CONFLICT,
    ProblemKind.UNCOUNTED: pb.USAGE_PROBLEM_KIND_UNCOUNTED,
    ProblemKind.HELD: pb.USAGE_PROBLEM_KIND_HELD,
}
_ASKED = {wire: kind for kind, wire in _KIND.items()}
_RESOLUTION = {
    Resolution.ACCEPT: pb.HELD_RESOLUTION_ACCEPT,
    Resolution.DISCARD: pb.HELD_RESOLUTION_DISCARD,
}
_DECIDED = {wire: resolution for resolution, wire in _RESOLUTION.items()}


class UsageProblemServicer(rpc.UsageProblemServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, problems: ProblemsService, held: HeldBatchesService) -> None:
        """Transactions and rules."""
        self._units = units
        self._problems = problems
        self._held = held

    async def ListUsageProblems(
        self, request: pb.ListUsageProblemsRequest, _: Any
    ) -> pb.ListUsageProblemsResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token)
        kind = _ASKED.get(request.kind)
        everybody = not request.tenant_id and (
            current_call().principal.kind is PrincipalKind.VENDOR
        )
        if everybody:
            async with self._units.vendor() as vendor:
                page = await self._problems.page(vendor, kind, wanted)
        else:
            async with self._units.tenant(request.tenant_id) as unit:
                page = await self._problems.page(unit, kind, wanted)
        return pb.ListUsageProblemsResponse(
            problems=[_problem(each) for each in page.rows], next_page_token=page.next_token
        )

    async def ListHeldBatches(
        self, request: pb.ListHeldBatchesRequest, _: Any
    ) -> pb.ListHeldBatchesResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token)
        async with self._units.tenant(request.tenant_id) as unit:
            page = await self._held.page(unit, wanted)
        return pb.ListHeldBatchesResponse(
            batches=[_batch(each) for each in page.rows], next_page_token=page.next_token
        )

    async def ResolveHeldBatches(
        self, request: pb.ResolveHeldBatchesRequest, _: Any
    ) -> pb.ResolveHeldBatchesResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            done = await self._held.resolve(
                unit, UUID(request.journal_id), _DECIDED[request.resolution], request.reason
            )
        return pb.ResolveHeldBatchesResponse(
            batches=done.batches,
            recorded=done.recorded,
            known=done.known,
            rejected=done.rejected,
            remaining=done.remaining,
        )


def _problem(problem: Problem) -> pb.UsageProblem:
    return pb.UsageProblem(
        kind=_KIND[problem.kind],
        tenant_id=render_tenant(problem.tenant_id),
        event_id=problem.event_id,
        event_type=problem.event_type,
        reason=problem.reason,
        reporter=problem.reporter,
        payload=problem.payload,
        times=problem.times,
        first_seen_at=stamp(problem.first_seen_at),
        last_seen_at=stamp(problem.last_seen_at),
    )


def _batch(batch: HeldBatch) -> pb.HeldBatch:
    return pb.HeldBatch(
        journal_id=str(batch.journal_id),
        device_id=str(batch.device_id),
        first_seq=batch.first_seq,
        events=batch.events,
        head_hash=batch.head_hash.hex(),
        held_at=stamp(batch.held_at),
        resolution=None if batch.resolution is None else _RESOLUTION[batch.resolution],
        reason=batch.reason,
        resolved_at=stamp(batch.resolved_at),
    )
