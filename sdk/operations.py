"""Operations on a quota as an instance states them, and what became of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from gen.betterproto.brinkbyte.common import v1 as common
from gen.betterproto.brinkbyte.entitlement import v1
from mesh.channel import MeshChannel
from mesh.errors import (
    AlreadyExists,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    MeshError,
    NotFound,
    QuotaExhausted,
    Unavailable,
)
from sdk.calls import call
from sdk.event import Quantity, check_labels, check_text, decimal_text

_METHOD = "/brinkbyte.entitlement.v1.EntitlementService/ApplyQuotaOperations"
_MAX_ID_BYTES = 128


@dataclass(frozen=True, slots=True)
class Reserve:
    """Sets `quantity` of `metric` aside for `ttl_s` seconds."""

    operation_id: str
    metric: str
    quantity: Quantity
    ttl_s: int


@dataclass(frozen=True, slots=True)
class Commit:
    """Says that `quantity` was used of a reservation, by `resource_id`."""

    operation_id: str
    metric: str
    quantity: Quantity
    resource_id: str
    request_id: str = ""
    dimensions: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Gives a reservation back unused."""

    operation_id: str
    metric: str


Operation = Reserve | Commit | Release


@dataclass(frozen=True, slots=True)
class Done:
    """How the metric stands after an operation: None where it has no limit or none was told.

    `over_cap` is what of a commit passed a hard cap; `resets_at` is aware, UTC.
    """

    remaining: Decimal | None
    resets_at: datetime | None
    over_cap: Decimal


class QuotaSink(Protocol):
    """Where operations go."""

    async def apply(
        self, operations: Sequence[tuple[Operation, bytes]], timeout_s: float
    ) -> list[Done | MeshError]:
        """Does 1 to 1,000 packed operations; one outcome each, in order. Raises MeshError."""
        ...


class CloudQuota:
    """Sends to the cloud."""

    def __init__(self, channel: MeshChannel, customer_id: str) -> None:
        """`channel` carries a key of the customer whose role may use quotas."""
        self._channel = channel
        self._head = bytes(v1.ApplyQuotaOperationsRequest(tenant_id=customer_id))

    async def apply(
        self, operations: Sequence[tuple[Operation, bytes]], timeout_s: float
    ) -> list[Done | MeshError]:
        """As QuotaSink.apply."""
        request = self._head + b"".join(packed for _, packed in operations)
        answer = await call(self._channel, _METHOD, request, timeout_s=timeout_s)
        results = v1.ApplyQuotaOperationsResponse.parse(answer).results
        if len(results) != len(operations):
            raise Internal("the cloud answered for other operations than were sent")
        return [
            outcome(operation, result)
            for (operation, _), result in zip(operations, results, strict=True)
        ]


def pack(operation: Operation) -> bytes:
    """A whole ApplyQuotaOperationsRequest with this one operation; requests may be concatenated.

    Raises InvalidArgument naming the field.
    """
    check_text("metric", operation.metric, 64)
    if not 1 <= len(operation.operation_id.encode()) <= _MAX_ID_BYTES:
        raise InvalidArgument.field("operation_id", f"has 1 to {_MAX_ID_BYTES} bytes")
    match operation:
        case Reserve():
            if not operation.metric:
                raise InvalidArgument.field("metric", "is needed")
            reservation = v1.Reservation(
                operation_id=operation.operation_id,
                metric=operation.metric,
                quantity=decimal_text(operation.quantity),
                ttl_seconds=operation.ttl_s,
            )
            made = v1.QuotaOperation(reserve=reservation)
        case Commit():
            made = v1.QuotaOperation(commit=_commitment(operation))
        case Release():
            made = v1.QuotaOperation(release=operation.operation_id)
    return bytes(v1.ApplyQuotaOperationsRequest(operations=[made]))


def _commitment(operation: Commit) -> v1.Commitment:
    check_text("resource_id", operation.resource_id, 255)
    check_text("request_id", operation.request_id, 128)
    if not operation.resource_id:
        raise InvalidArgument.field("resource_id", "is needed")
    return v1.Commitment(
        operation_id=operation.operation_id,
        quantity=decimal_text(operation.quantity),
        resource_id=operation.resource_id,
        request_id=operation.request_id,
        dimensions=check_labels(operation.dimensions),
    )


def outcome(operation: Operation, result: v1.QuotaOperationResult) -> Done | MeshError:
    """What a result means for its operation."""
    if result.done:
        remaining = None if result.remaining is None else Decimal(result.remaining)
        return Done(remaining, result.resets_at, Decimal(result.over_cap or "0"))
    error = _refusal(operation, result)
    error.reason = result.reason.name or error.reason
    return error


def _refusal(operation: Operation, result: v1.QuotaOperationResult) -> MeshError:
    reasons = common.ErrorReason
    said = result.message
    match result.reason:
        case reasons.QUOTA_EXHAUSTED:
            figures = {"limit": result.limit, "used": result.used, "remaining": result.remaining}
            known = {name: value for name, value in figures.items() if value is not None}
            return QuotaExhausted(operation.metric, said, result.resets_at, metadata=known)
        case reasons.NOT_FOUND:
            return NotFound("operation", operation.operation_id)
        case reasons.OPERATION_CONFLICT:
            return AlreadyExists("operation", operation.operation_id, said)
        case reasons.INVALID_FIELD | reasons.METRIC_UNKNOWN:
            return InvalidArgument.field("", said)
        case reasons.DEPENDENCY_UNAVAILABLE | reasons.DEADLINE_EXCEEDED | reasons.RATE_LIMITED:
            return Unavailable("cloud")
    return FailedPrecondition("STATE_CONFLICT", f"operation/{operation.operation_id}", said)
