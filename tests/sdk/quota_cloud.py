"""A small cloud of the contract's quotas and usage: hard caps, idempotent by id, with faults.

For what a real cloud cannot be made to do on cue: an answer lost after the work was done,
an absence of a moment.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import grpc
from brinkbyte.common.v1 import error_reason_pb2 as reasons
from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc
from brinkbyte.usage.v1 import usage_service_pb2, usage_service_pb2_grpc

RESET = datetime.now(UTC).replace(microsecond=0) + timedelta(days=10)


@dataclass
class QuotaCloud(
    entitlement_service_pb2_grpc.EntitlementServiceServicer,
    usage_service_pb2_grpc.UsageServiceServicer,
):
    """`lose` names kinds of operations ("reserve", "commit", "report") whose next answer is
    lost after the work; `away` refuses everything before it."""

    port: int = 0
    caps: dict[str, Decimal] = field(default_factory=dict)
    reserved: dict[str, pb.Reservation] = field(default_factory=dict)
    counted: dict[str, Decimal] = field(default_factory=dict)
    dimensions: dict[str, dict[str, str]] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
    released: set[str] = field(default_factory=set)
    calls: list[list[str]] = field(default_factory=list)
    ids: list[tuple[str, str]] = field(default_factory=list)
    lose: set[str] = field(default_factory=set)
    away: bool = False
    refuse_commits: bool = False

    async def ApplyQuotaOperations(self, request: Any, context: Any) -> Any:
        await self._here(context)
        kinds = [each.WhichOneof("operation") for each in request.operations]
        self.calls.append(kinds)
        answer = pb.ApplyQuotaOperationsResponse(results=map(self._apply, request.operations))
        await self._lost(kinds, context)
        return answer

    async def ReportUsage(self, request: Any, context: Any) -> Any:
        await self._here(context)
        response = usage_service_pb2.ReportUsageResponse()
        for event in request.events:
            status = usage_service_pb2.EVENT_STATUS_ACCEPTED
            if event.event_id in self.counted:
                status = usage_service_pb2.EVENT_STATUS_CONFLICT
            else:
                self.counted[event.event_id] = Decimal(event.quantity)
                self.dimensions[event.event_id] = dict(event.dimensions)
                self.resources[event.event_id] = event.resource_id
                self.reserved.pop(event.event_id, None)
            response.results.add(event_id=event.event_id, status=status)
        await self._lost(["report"], context)
        return response

    @property
    def total(self) -> Decimal:
        return sum(self.counted.values(), Decimal(0))

    async def _here(self, context: Any) -> None:
        if self.away:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")

    async def _lost(self, kinds: list[str], context: Any) -> None:
        if lost := self.lose & set(kinds):
            self.lose -= lost
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the answer is lost")

    def _apply(self, operation: Any) -> Any:
        kind = operation.WhichOneof("operation")
        if kind == "release":
            self.ids.append((kind, operation.release))
            self.released.add(operation.release)
            self.reserved.pop(operation.release, None)
            return pb.QuotaOperationResult(done=True)
        if kind == "reserve":
            self.ids.append((kind, operation.reserve.operation_id))
            return self._reserve(operation.reserve)
        self.ids.append((kind, operation.commit.operation_id))
        return self._commit(operation.commit)

    def _reserve(self, asked: pb.Reservation) -> pb.QuotaOperationResult:
        cap = self.caps.get(asked.metric)
        if cap is None:
            return pb.QuotaOperationResult(
                reason=reasons.ERROR_REASON_METRIC_UNKNOWN, message=f"metric: no {asked.metric}"
            )
        held = sum(Decimal(each.quantity) for each in self.reserved.values())
        left = cap - self.total - held
        said = {"limit": str(cap), "used": str(self.total), "resets_at": RESET}
        if asked.operation_id in self.reserved:
            return pb.QuotaOperationResult(done=True, remaining=str(left), **said)
        if Decimal(asked.quantity) > left:
            return pb.QuotaOperationResult(
                reason=reasons.ERROR_REASON_QUOTA_EXHAUSTED,
                message=f"{self.total} of {cap} {asked.metric} used, {left} left",
                remaining=str(left),
                **said,
            )
        self.reserved[asked.operation_id] = asked
        return pb.QuotaOperationResult(
            done=True, remaining=str(left - Decimal(asked.quantity)), **said
        )

    def _commit(self, asked: pb.Commitment) -> pb.QuotaOperationResult:
        if self.refuse_commits:
            return pb.QuotaOperationResult(
                reason=reasons.ERROR_REASON_NOT_FOUND, message="operation not found"
            )
        if asked.operation_id not in self.counted:
            del self.reserved[asked.operation_id]
            self.counted[asked.operation_id] = Decimal(asked.quantity)
            self.resources[asked.operation_id] = asked.resource_id
        return pb.QuotaOperationResult(done=True, over_cap="0")


@contextlib.asynccontextmanager
async def running_quota_cloud(**caps: int) -> AsyncIterator[QuotaCloud]:
    cloud = QuotaCloud(caps={metric: Decimal(cap) for metric, cap in caps.items()})
    server = grpc.aio.server()
    entitlement_service_pb2_grpc.add_EntitlementServiceServicer_to_server(cloud, server)
    usage_service_pb2_grpc.add_UsageServiceServicer_to_server(cloud, server)
    cloud.port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield cloud
    finally:
        await server.stop(0)
