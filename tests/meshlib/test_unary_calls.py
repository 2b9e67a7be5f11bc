"""A unary call's way through the interceptor, over a real socket."""

import asyncio

import asyncpg
import grpc
import pytest
from structlog.testing import capture_logs

from mesh import errors
from mesh.limits import CallLimits
from mesh.status import from_rpc_error
from tests.meshlib import raw_http2
from tests.meshlib.echo_server import TENANT, running


async def refusal(call) -> errors.MeshError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return from_rpc_error(caught.value)


async def test_the_handler_knows_its_caller_and_the_request_id(echo):
    async with running(echo) as server, server.stub() as stub:
        metadata = (("x-request-id", "req-1"),)
        answer = await stub.Echo(echo.pb.EchoRequest(text="hi"), metadata=metadata)
        call = server.servicer.calls[0]
    assert answer.text == "hi"
    assert call.principal.tenant_id == TENANT
    assert call.request_id == "req-1"
    assert call.method == "/meshtest.v1.EchoService/Echo"
    assert "127.0.0.1" in call.peer
    assert server.handled("Echo", "OK") == 1


@pytest.mark.parametrize("key", [None, "unknown"])
async def test_without_a_known_key_a_call_is_unauthenticated(echo, key):
    async with running(echo) as server, server.stub(key) as stub:
        error = await refusal(stub.Echo(echo.pb.EchoRequest()))
        assert server.servicer.calls == []
    assert isinstance(error, errors.Unauthenticated)
    assert error.reason == "CREDENTIAL_INVALID"


@pytest.mark.parametrize(
    "header", ["Basic good", "good", "Bearer ", "bearer", "Bearer " + "x" * 5000]
)
async def test_an_authorization_header_of_another_form_is_refused(echo, header):
    async with running(echo) as server, server.stub(None) as stub:
        metadata = (("authorization", header),)
        error = await refusal(stub.Open(echo.pb.EchoRequest(), metadata=metadata))
    assert isinstance(error, errors.Unauthenticated)


async def test_two_authorization_headers_are_refused(echo):
    async with running(echo) as server, server.stub(None) as stub:
        metadata = (("authorization", "Bearer good"), ("authorization", "Bearer weak"))
        error = await refusal(stub.Echo(echo.pb.EchoRequest(), metadata=metadata))
    assert isinstance(error, errors.Unauthenticated)


async def test_a_key_without_the_scope_is_denied_and_told_which(echo):
    async with running(echo) as server, server.stub("weak") as stub:
        error = await refusal(stub.Echo(echo.pb.EchoRequest()))
        assert server.servicer.calls == []
    assert server.handled("Echo", "PERMISSION_DENIED") == 1
    assert isinstance(error, errors.PermissionDenied)
    assert error.required == ("echo:admin", "echo:use")


async def test_a_public_rpc_needs_no_key(echo):
    async with running(echo) as server, server.stub(None) as stub:
        assert (await stub.Open(echo.pb.EchoRequest(text="x"))).text == "x"


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(("field", "element"), [("few", {}), ("words", "")])
async def test_a_list_that_is_too_long_is_refused_before_its_elements_are_checked(
    echo, nested, field, element
):
    endless = echo.pb.EchoRequest(**{field: [element] * 4})
    bad = echo.pb.EchoRequest(inner=endless) if nested else endless
    async with running(echo) as server, server.stub() as stub:
        error = await refusal(stub.Echo(bad))
    assert isinstance(error, errors.InvalidArgument)
    field = f"inner.{field}" if nested else field
    assert [(each.field, each.description) for each in error.violations] == [
        (field, "must contain no more than 3 item(s)")
    ]


async def test_broken_field_rules_are_all_named(echo):
    bad = echo.pb.EchoRequest(text="x" * 17, items=[{"name": "a"}, {}], named={"k": {}})
    async with running(echo) as server, server.stub() as stub:
        error = await refusal(stub.Echo(bad))
        assert server.servicer.calls == []
    assert isinstance(error, errors.InvalidArgument)
    fields = {violation.field for violation in error.violations}
    assert fields == {"text", "items[1].name", "named[k].name"}


async def test_the_longest_refusal_arrives_as_itself(echo):
    """More than 8 KiB of it would reach the caller as RESOURCE_EXHAUSTED."""

    async def refuse(_):
        raise errors.InvalidArgument([errors.Violation("f" * 600, "\U0001f600" * 600)] * 50)

    async with running(echo) as server, server.stub() as stub:
        server.servicer.act = refuse
        error = await refusal(stub.Echo(echo.pb.EchoRequest()))
    assert isinstance(error, errors.InvalidArgument)
    assert len(error.violations) > 1


async def test_bytes_that_are_no_message_are_invalid_not_internal(echo):
    async with running(echo) as server:
        raw = grpc.aio.insecure_channel(server.addr)
        send = raw.unary_unary("/meshtest.v1.EchoService/Echo")
        metadata = (("authorization", "Bearer good"),)
        error = await refusal(send(b"\xff\xff\xff", metadata=metadata))
        await raw.close()
    assert isinstance(error, errors.InvalidArgument)


async def test_an_unexpected_exception_keeps_its_text_to_itself(echo):
    async def explode(_):
        raise RuntimeError("password=hunter2")

    async with running(echo) as server, server.stub() as stub:
        server.servicer.act = explode
        with capture_logs() as logs:
            error = await refusal(
                stub.Echo(echo.pb.EchoRequest(), metadata=(("x-request-id", "r9"),))
            )
    assert isinstance(error, errors.Internal)
    assert "hunter2" not in str(error)
    assert error.metadata == {"request_id": "r9"}
    assert [(line["event"], line["log_level"], line["request_id"]) for line in logs] == [
        ("call_failed", "error", "r9")
    ]


async def test_a_lost_database_is_unavailable_with_a_time_to_come_back(echo):
    async def lose(_):
        raise asyncpg.ConnectionDoesNotExistError("connection was closed: 10.0.0.1")

    async with running(echo) as server, server.stub() as stub:
        server.servicer.act = lose
        error = await refusal(stub.Echo(echo.pb.EchoRequest()))
    assert isinstance(error, errors.Unavailable)
    assert error.dependency == "postgres"
    assert error.retry_after.total_seconds() > 0


async def test_a_call_without_deadline_gets_the_default_one(echo):
    async def hang(_):
        await asyncio.Event().wait()

    async with running(echo, limits=CallLimits(default_deadline_s=0.05)) as server:
        server.servicer.act = hang
        raw = grpc.aio.insecure_channel(server.addr)
        stub = echo.grpc.EchoServiceStub(raw)
        metadata = (("authorization", "Bearer good"),)
        error = await refusal(stub.Echo(echo.pb.EchoRequest(), metadata=metadata))
        await raw.close()
    assert server.handled("Echo", "DEADLINE_EXCEEDED") == 1
    assert isinstance(error, errors.DeadlineExceeded)


async def test_the_callers_deadline_cancels_the_handler(echo):
    cancelled = asyncio.Event()

    async def hang(_):
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with running(echo) as server, server.stub() as stub:
        server.servicer.act = hang
        error = await refusal(stub.Echo(echo.pb.EchoRequest(), timeout=0.1))
        async with asyncio.timeout(60):
            await cancelled.wait()
    assert isinstance(error, errors.DeadlineExceeded)


async def test_more_calls_at_once_than_allowed_are_rate_limited(echo):
    release = asyncio.Event()

    async def hold(_):
        await release.wait()

    async with running(echo, limits=CallLimits(max_unary_in_flight=2)) as server:
        server.servicer.act = hold
        async with server.stub() as stub:
            held = [asyncio.ensure_future(stub.Echo(echo.pb.EchoRequest())) for _ in range(2)]
            await server.servicer.entered(2)
            error = await refusal(stub.Echo(echo.pb.EchoRequest()))
            release.set()
            await asyncio.gather(*held)
            assert (await stub.Echo(echo.pb.EchoRequest(text="again"))).text == "again"
    assert isinstance(error, errors.RateLimited)


async def test_only_failures_and_slow_calls_are_logged(echo):
    told = []
    for slow_s in (60, 0):
        limits = CallLimits(slow_s=slow_s)
        async with running(echo, limits=limits) as server, server.stub() as stub:
            with capture_logs() as logs:
                await stub.Echo(echo.pb.EchoRequest())
            told.append([line["event"] for line in logs])
    assert told == [[], ["call_slow"]]


async def test_a_handler_may_abort_by_itself(echo):
    async def abort(context):
        await context.abort(grpc.StatusCode.ABORTED, "took over")

    async with running(echo) as server, server.stub() as stub:
        server.servicer.act = abort
        error = await refusal(stub.Echo(echo.pb.EchoRequest()))
    assert server.handled("Echo", "ABORTED") == 1
    assert isinstance(error, errors.Aborted)


async def test_an_unknown_method_is_unimplemented(echo):
    async with running(echo) as server:
        raw = grpc.aio.insecure_channel(server.addr)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await raw.unary_unary("/meshtest.v1.EchoService/Nothing")(b"")
        await raw.close()
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_nul_in_a_ruled_text_is_named(echo):
    """PostgreSQL cannot keep it. Texts without rules, and maps, are the handler's."""
    bad = echo.pb.EchoRequest(text="a\0", items=[{"name": "fine"}, {"name": "\0"}])
    odd = echo.pb.EchoRequest(text="a", named={"\0": {"name": "b"}})
    async with running(echo) as server, server.stub() as stub:
        error = await refusal(stub.Echo(bad))
        assert server.servicer.calls == []
        assert (await stub.Echo(odd)).text == "a"
    assert isinstance(error, errors.InvalidArgument)
    assert [each.field for each in error.violations] == ["text", "items[1].name"]


@pytest.mark.parametrize("value", [b"\xff\xfe", "é".encode(), b"a\x01b", b"a\0b", b"a\r\nb"])
async def test_a_request_id_that_no_header_may_hold_is_replaced(echo, value):
    """It would go back in a header and break the answer."""
    async with running(echo) as server:
        answer = await raw_http2.call(
            server.addr, "/meshtest.v1.EchoService/Echo", {"x-request-id": value}
        )
    assert b"grpc-status\x0216" in answer


async def test_a_driver_that_does_not_answer_is_a_deadline(echo):
    async def stall(_):
        raise TimeoutError

    async with running(echo) as server, server.stub() as stub:
        server.servicer.act = stall
        error = await refusal(stub.Echo(echo.pb.EchoRequest()))
    assert isinstance(error, errors.DeadlineExceeded)
