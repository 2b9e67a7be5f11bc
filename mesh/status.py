"""Typed errors to google.rpc.Status and back: the one table.

Google's error model (AIP-193): every status carries an ErrorInfo whose domain is
"brinkbyte.io", plus the detail that fits.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

import grpc
from google.protobuf import any_pb2
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2

from mesh.errors import (
    Aborted,
    AlreadyExists,
    CallerNotAllowed,
    ConfigError,
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    MeshError,
    NotFound,
    PermissionDenied,
    QuotaExhausted,
    RateLimited,
    StartError,
    StorageFull,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Violation,
)
from mesh.faults import InjectedFault

DOMAIN = "brinkbyte.io"
DETAILS_KEY = "grpc-status-details-bin"
_MAX_VIOLATIONS = 20
_MAX_VIOLATIONS_BYTES = 3072  # trailing metadata is small: clients refuse more than 8 KiB
_MAX_TEXT_BYTES = 512

CODES: dict[type[MeshError], grpc.StatusCode] = {
    InvalidArgument: grpc.StatusCode.INVALID_ARGUMENT,
    Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    PermissionDenied: grpc.StatusCode.PERMISSION_DENIED,
    CallerNotAllowed: grpc.StatusCode.PERMISSION_DENIED,
    NotFound: grpc.StatusCode.NOT_FOUND,
    AlreadyExists: grpc.StatusCode.ALREADY_EXISTS,
    FailedPrecondition: grpc.StatusCode.FAILED_PRECONDITION,
    Aborted: grpc.StatusCode.ABORTED,
    RateLimited: grpc.StatusCode.RESOURCE_EXHAUSTED,
    QuotaExhausted: grpc.StatusCode.RESOURCE_EXHAUSTED,
    StorageFull: grpc.StatusCode.RESOURCE_EXHAUSTED,
    TooLarge: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Unavailable: grpc.StatusCode.UNAVAILABLE,
    DeadlineExceeded: grpc.StatusCode.DEADLINE_EXCEEDED,
    Internal: grpc.StatusCode.INTERNAL,
    ConfigError: grpc.StatusCode.FAILED_PRECONDITION,
    StartError: grpc.StatusCode.FAILED_PRECONDITION,
    InjectedFault: grpc.StatusCode.INTERNAL,
}


def code_of(error: MeshError) -> grpc.StatusCode:
    """The status code of the error's class or of its nearest mapped parent."""
    for parent in type(error).__mro__:
        code = CODES.get(parent)
        if code is not None:
            return code
    return grpc.StatusCode.INTERNAL


def to_status(
    error: MeshError, request_id: str = "", *, now: datetime | None = None
) -> status_pb2.Status:
    """The rich status; an internal error also carries `request_id` in its metadata.

    With `now` (aware) a quota that resets says in how long, as a RetryInfo.
    """
    code = code_of(error)
    metadata = {key: _cut(value) for key, value in error.metadata.items()}
    if code is grpc.StatusCode.INTERNAL and request_id:
        metadata["request_id"] = request_id
    info = details.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=metadata)
    number: int = code.value[0]
    status = status_pb2.Status(code=number, message=_cut(error.message))
    status.details.append(_pack(info))
    extra = _extra(error)
    if extra is not None:
        status.details.append(_pack(extra))
    if isinstance(error, QuotaExhausted) and error.reset is not None and now is not None:
        status.details.append(_pack(_retry_info(max(error.reset - now, timedelta()))))
    return status


def from_rpc_error(error: grpc.aio.AioRpcError) -> MeshError:
    """The typed error that a peer of the mesh raised, or the nearest to a bare status."""
    status = _received(error)
    info = _find(status, details.ErrorInfo)
    text = status.message or error.details() or ""
    result = _REBUILD.get(error.code(), _internal)(status, text)
    if info is not None and info.domain == DOMAIN:
        result.reason = info.reason
        result.metadata = dict(info.metadata)
        result.message = text
        result.args = (text,)
    return result


def _extra(error: MeshError) -> Any:
    match error:
        case InvalidArgument():
            return _bad_request(error.violations)
        case RateLimited() | Unavailable():
            return _retry_info(error.retry_after)
        case QuotaExhausted():
            quota = details.QuotaFailure()
            quota.violations.add(subject=error.subject, description=_cut(error.message))
            return quota
        case FailedPrecondition():
            precondition = details.PreconditionFailure()
            precondition.violations.add(
                type=error.reason, subject=error.subject, description=_cut(error.message)
            )
            return precondition
        case NotFound() | AlreadyExists():
            return details.ResourceInfo(
                resource_type=error.resource, resource_name=_cut(error.name)
            )
    return None


def _retry_info(delay: timedelta) -> Any:
    retry = details.RetryInfo()
    retry.retry_delay.FromTimedelta(delay)
    return retry


def _bad_request(violations: Sequence[Violation]) -> details.BadRequest:
    bad = details.BadRequest()
    for violation in violations[:_MAX_VIOLATIONS]:
        bad.field_violations.add(
            field=_cut(violation.field), description=_cut(violation.description)
        )
        if bad.ByteSize() > _MAX_VIOLATIONS_BYTES:
            del bad.field_violations[-1]
            break
    return bad


def _cut(text: str) -> str:
    return text.encode()[:_MAX_TEXT_BYTES].decode(errors="ignore")


def _pack(message: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed


def _received(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS_KEY:
            try:
                return status_pb2.Status.FromString(cast("bytes", value))
            except DecodeError:
                break
    return status_pb2.Status()


DetailT = TypeVar("DetailT", bound=Message)


def _find(status: status_pb2.Status, kind: type[DetailT]) -> DetailT | None:
    for packed in status.details:
        found = kind()
        if packed.Unpack(found):
            return found
    return None


def _retry_after(status: status_pb2.Status) -> timedelta:
    retry = _find(status, details.RetryInfo)
    return retry.retry_delay.ToTimedelta() if retry else timedelta(seconds=1)


def _invalid(status: status_pb2.Status, text: str) -> MeshError:
    bad = _find(status, details.BadRequest) or details.BadRequest()
    found = [Violation(each.field, each.description) for each in bad.field_violations]
    return InvalidArgument(found or [Violation("", text)])


def _unauthenticated(_: status_pb2.Status, text: str) -> MeshError:
    return Unauthenticated(message=text)


def _denied(status: status_pb2.Status, _: str) -> MeshError:
    info = _find(status, details.ErrorInfo)
    if info is not None and info.reason == CallerNotAllowed.reason:
        return CallerNotAllowed(info.metadata["caller"], info.metadata["service"])
    required = info.metadata.get("required", "") if info else ""
    return PermissionDenied([scope for scope in required.split(", ") if scope])


def _not_found(status: status_pb2.Status, text: str) -> MeshError:
    resource = _find(status, details.ResourceInfo)
    return (
        NotFound(resource.resource_type, resource.resource_name) if resource else NotFound(text, "")
    )


def _exists(status: status_pb2.Status, text: str) -> MeshError:
    resource = _find(status, details.ResourceInfo) or details.ResourceInfo()
    return AlreadyExists(resource.resource_type, resource.resource_name, text)


def _precondition(status: status_pb2.Status, text: str) -> MeshError:
    failure = _find(status, details.PreconditionFailure)
    subject = failure.violations[0].subject if failure and failure.violations else ""
    return FailedPrecondition("STATE_CONFLICT", subject, text)


def _aborted(status: status_pb2.Status, text: str) -> MeshError:
    info = _find(status, details.ErrorInfo)
    return Aborted(info.metadata.get("subject", "") if info else "", text)


def _exhausted(status: status_pb2.Status, text: str) -> MeshError:
    info = _find(status, details.ErrorInfo)
    quota = _find(status, details.QuotaFailure)
    if quota is not None and quota.violations:
        reset = info.metadata.get("reset") if info else None
        when = datetime.fromisoformat(reset).astimezone(UTC) if reset else None
        known = dict(info.metadata) if info else {}
        return QuotaExhausted(quota.violations[0].subject, text, when, metadata=known)
    reason = info.reason if info else ""
    if reason == StorageFull.reason:
        return StorageFull(text)
    if reason == TooLarge.reason or "larger than max" in text:
        return TooLarge(text)
    return RateLimited(_retry_after(status))


def _unavailable(status: status_pb2.Status, _: str) -> MeshError:
    info = _find(status, details.ErrorInfo)
    dependency = info.metadata.get("dependency", "peer") if info else "peer"
    return Unavailable(dependency, _retry_after(status))


def _deadline(_: status_pb2.Status, text: str) -> MeshError:
    return DeadlineExceeded(text)


def _internal(_: status_pb2.Status, __: str) -> MeshError:
    return Internal()


def _unimplemented(_: status_pb2.Status, __: str) -> MeshError:
    return Internal("the peer does not offer this call; it runs another version")


_REBUILD: dict[grpc.StatusCode, Callable[[status_pb2.Status, str], MeshError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: _invalid,
    grpc.StatusCode.OUT_OF_RANGE: _invalid,
    grpc.StatusCode.UNAUTHENTICATED: _unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: _denied,
    grpc.StatusCode.NOT_FOUND: _not_found,
    grpc.StatusCode.ALREADY_EXISTS: _exists,
    grpc.StatusCode.FAILED_PRECONDITION: _precondition,
    grpc.StatusCode.RESOURCE_EXHAUSTED: _exhausted,
    grpc.StatusCode.UNAVAILABLE: _unavailable,
    grpc.StatusCode.CANCELLED: _unavailable,
    grpc.StatusCode.ABORTED: _aborted,
    grpc.StatusCode.DEADLINE_EXCEEDED: _deadline,
    grpc.StatusCode.UNIMPLEMENTED: _unimplemented,
}
