"""Errors to statuses and back."""

import importlib
import pkgutil
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import asyncpg
import grpc
import pytest
import redis.exceptions
from brinkbyte.common.v1 import error_reason_pb2
from google.rpc import error_details_pb2

import mesh
from mesh import errors
from mesh.driver_errors import as_mesh_error
from mesh.errors import MeshError
from mesh.status import CODES, DETAILS_KEY, code_of, from_rpc_error, to_status

EXAMPLES = [
    errors.InvalidArgument([errors.Violation("a.b", "too long"), errors.Violation("c", "bad")]),
    errors.Unauthenticated("CREDENTIAL_REVOKED", "the key was revoked"),
    errors.PermissionDenied(["a:read", "b:write"]),
    errors.CallerNotAllowed("device", "brinkbyte.tenant.v1.TenantService"),
    errors.NotFound("device", "d-1"),
    errors.AlreadyExists("tenant", "a@b.c"),
    errors.FailedPrecondition("DEVICE_LIMIT_REACHED", "tenant/1", "10 of 10 devices"),
    errors.Aborted("journal/7", "a newer stream took over"),
    errors.RateLimited(timedelta(seconds=3)),
    errors.QuotaExhausted("sms", "100 of 100 used", datetime(2026, 4, 1, tzinfo=UTC)),
    errors.QuotaExhausted("cameras", "2 of 2", None, reason="CAMERA_LIMIT_REACHED"),
    errors.StorageFull(),
    errors.TooLarge(),
    errors.Unavailable("postgres", timedelta(milliseconds=1500)),
    errors.DeadlineExceeded(),
    errors.Internal(),
]


def all_subclasses(cls: type) -> set[type]:
    return {cls}.union(*(all_subclasses(child) for child in cls.__subclasses__()))


def received(error: MeshError) -> MeshError:
    status = to_status(error)
    trailing = grpc.aio.Metadata((DETAILS_KEY, status.SerializeToString()))
    return from_rpc_error(
        grpc.aio.AioRpcError(code_of(error), grpc.aio.Metadata(), trailing, details=status.message)
    )


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_arrives_as_it_was_sent(error):
    back = received(error)
    assert type(back) is type(error)
    assert (back.reason, back.message, back.metadata) == (
        error.reason,
        error.message,
        error.metadata,
    )
    for name in (
        "violations",
        "required",
        "retry_after",
        "subject",
        "reset",
        "resource",
        "name",
        "caller",
    ):
        assert getattr(back, name, None) == getattr(error, name, None)


def test_every_error_of_the_mesh_has_a_status_code():
    for module in pkgutil.walk_packages(mesh.__path__, "mesh."):
        importlib.import_module(module.name)
    ours = {cls for cls in all_subclasses(MeshError) if cls.__module__.startswith("mesh.")}
    unmapped = ours - {MeshError} - CODES.keys()
    assert unmapped == set()


def test_every_reason_is_one_of_the_contract():
    known = {
        value.name.removeprefix("ERROR_REASON_")
        for value in error_reason_pb2.ErrorReason.DESCRIPTOR.values
    }
    assert {cls.reason for cls in CODES} <= known


def test_every_status_carries_an_error_info_of_our_domain():
    info = error_details_pb2.ErrorInfo()
    assert to_status(errors.StorageFull()).details[0].Unpack(info)
    assert (info.domain, info.reason) == ("brinkbyte.io", "STORAGE_FULL")


def test_a_subclass_of_another_room_takes_its_parents_code():
    class PackMissing(errors.FailedPrecondition):
        pass

    error = PackMissing("FEATURE_NOT_LICENSED", "camera/1", "not in a pack")
    assert code_of(error) is grpc.StatusCode.FAILED_PRECONDITION


def test_a_thousand_violations_still_fit_into_trailing_metadata():
    many = errors.InvalidArgument([errors.Violation(f"e[{n}]", "x" * 200) for n in range(1000)])
    assert to_status(many).ByteSize() < 8192


@pytest.mark.parametrize(
    ("driver", "ours"),
    [
        (asyncpg.ConnectionDoesNotExistError("gone"), errors.Unavailable),
        (asyncpg.AdminShutdownError("terminating"), errors.Unavailable),
        (asyncpg.InterfaceError("connection is closed"), errors.Unavailable),
        (asyncpg.DiskFullError("No space left"), errors.StorageFull),
        (asyncpg.QueryCanceledError("statement timeout"), errors.DeadlineExceeded),
        (redis.exceptions.ConnectionError("refused"), errors.Unavailable),
        (asyncpg.UniqueViolationError("dup"), errors.Internal),
        (ValueError("secret"), errors.Internal),
    ],
)
def test_driver_errors_lose_their_text(driver, ours):
    mapped = as_mesh_error(driver)
    assert type(mapped) is ours
    assert str(driver) not in str(mapped)


@pytest.mark.parametrize("code", list(grpc.StatusCode))
def test_a_bare_status_of_a_foreign_server_is_understood(code):
    error = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details="text")
    assert isinstance(from_rpc_error(error), MeshError)


def test_broken_details_do_not_hide_the_code():
    trailing = grpc.aio.Metadata((DETAILS_KEY, b"\xff\xff"))
    error = grpc.aio.AioRpcError(
        grpc.StatusCode.NOT_FOUND, grpc.aio.Metadata(), trailing, details="x"
    )
    assert isinstance(from_rpc_error(error), errors.NotFound)


@pytest.mark.parametrize(
    "error", [asyncpg.DeadlockDetectedError("who"), asyncpg.SerializationError("what")]
)
def test_a_transaction_that_gave_way_may_come_again(error):
    assert isinstance(as_mesh_error(error), errors.Unavailable)


def test_a_quota_says_what_is_left_and_in_how_long_it_resets():
    reset = datetime(2026, 4, 1, tzinfo=UTC)
    figures = {"limit": "100", "used": "99.5", "remaining": "0.5"}
    error = errors.QuotaExhausted("sms", "99.5 of 100 used", reset, metadata=figures)
    status = to_status(error, now=reset - timedelta(hours=1))
    retry = error_details_pb2.RetryInfo()
    assert status.details[-1].Unpack(retry)
    assert retry.retry_delay.ToTimedelta() == timedelta(hours=1)
    back = received(error)
    assert isinstance(back, errors.QuotaExhausted)
    assert (back.limit, back.used, back.remaining) == (100, Decimal("99.5"), Decimal("0.5"))
    assert errors.QuotaExhausted("sms", "none", None).limit is None
