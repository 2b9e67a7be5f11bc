"""Commands: queued, carried by the one stream, answered once, lapsed at their deadline."""

import asyncio
from datetime import UTC, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import grpc
import pytest
from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2 as pb
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2_grpc as rpc

from billing.fleet import service, store
from billing.fleet.commands import store as commands
from tests.billing.cloud_harness import Cloud, Device, refused
from tests.billing.fleet.line import Line


async def send(
    device: Device, command_id: str, kind: pb.CommandKind = pb.COMMAND_KIND_PING, **fields: int
) -> pb.CommandRecord:
    answer = await rpc.HeartbeatServiceStub(device.tenant.admin).SendCommand(
        pb.SendCommandRequest(
            device_id=device.device_id, command_id=command_id, kind=kind, **fields
        )
    )
    return answer.record


async def get(device: Device, command_id: str) -> pb.CommandRecord:
    answer = await rpc.HeartbeatServiceStub(device.tenant.read).GetCommand(
        pb.GetCommandRequest(device_id=device.device_id, command_id=command_id)
    )
    return answer.record


async def until_state(device: Device, command_id: str, state: pb.CommandState) -> pb.CommandRecord:
    async with asyncio.timeout(60):
        while (record := await get(device, command_id)).state != state:
            await asyncio.sleep(0.005)
    return record


async def test_a_command_reaches_a_connected_device_at_once_and_is_answered(
    billing: Cloud,
) -> None:
    device = await billing.device(await billing.tenant())
    line = await Line.open(device.channel)
    await send(device, "r-1", pb.COMMAND_KIND_RESYNC_USAGE, resync_from_seq=77, ttl_seconds=60)
    command = await line.expect("command")
    assert (command.command_id, command.resync_from_seq) == ("r-1", 77)
    assert command.deadline.ToDatetime(UTC) == billing.clock.now() + timedelta(seconds=60)
    assert (await get(device, "r-1")).state == pb.COMMAND_STATE_SENT
    result = pb.CommandResult(command_id="r-1", state=pb.COMMAND_STATE_FAILED, detail="no disk")
    await line.send(command_result=result)
    record = await until_state(device, "r-1", pb.COMMAND_STATE_FAILED)
    assert record.detail == "no disk"
    assert record.finished_at.ToDatetime(UTC) == billing.clock.now()
    result.state, result.detail = pb.COMMAND_STATE_SUCCEEDED, "changed my mind"
    await line.send(command_result=result)
    await line.hello()
    await line.expect("welcome")
    assert (await get(device, "r-1")).state == pb.COMMAND_STATE_FAILED
    line.call.cancel()


async def test_commands_wait_for_the_device_in_order(fresh_billing: Cloud) -> None:
    billing = fresh_billing
    device = await billing.device(await billing.tenant())
    for number in range(5):
        record = await send(device, f"c-{number}")
        assert record.state == pb.COMMAND_STATE_PENDING
        billing.clock.advance(timedelta(milliseconds=1))
    line = await Line.open(device.channel)
    got = [(await line.expect("command")).command_id for _ in range(5)]
    assert got == [f"c-{number}" for number in range(5)]
    line.call.cancel()


async def test_an_unanswered_command_comes_again_on_the_next_stream(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    first = await Line.open(device.channel)
    await send(device, "again")
    await first.expect("command")
    first.call.cancel()
    second = await Line.open(device.channel)
    assert (await second.expect("command")).command_id == "again"
    await second.send(
        command_result=pb.CommandResult(command_id="again", state=pb.COMMAND_STATE_SUCCEEDED)
    )
    await until_state(device, "again", pb.COMMAND_STATE_SUCCEEDED)
    third = await Line.open(device.channel)
    await send(device, "next")
    assert (await third.expect("command")).command_id == "next"
    third.call.cancel()


async def test_a_command_comes_again_when_nobody_heard_that_it_was_taken(
    fresh_billing: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is lost between the commit of the hub and its answer."""
    device = await fresh_billing.device(await fresh_billing.tenant())
    line = await Line.open(device.channel)
    take, lost = commands.take_commands, asyncio.Event()

    async def lose(*call: Any) -> Any:
        if not (taken := await take(*call)) or lost.is_set():
            return taken
        await call[0].execute("commit")
        lost.set()
        raise asyncpg.ConnectionDoesNotExistError

    monkeypatch.setattr(commands, "take_commands", lose)
    await send(device, "unheard")
    assert (await line.expect("command")).command_id == "unheard"
    assert lost.is_set()
    line.call.cancel()


async def test_all_commands_that_wait_reach_the_device(fresh_billing: Cloud) -> None:
    device = await fresh_billing.device(await fresh_billing.tenant())
    await send(device, "c-0")
    async with fresh_billing.superuser() as connection:
        await connection.execute(
            "insert into device_commands (tenant_id, device_id, command_id, kind, ttl_seconds,"
            " created_at, deadline) select tenant_id, device_id, 'c-' || n, kind, ttl_seconds,"
            " created_at, deadline from device_commands, generate_series(1, 1000) as n"
        )
    line = await Line.open(device.channel)
    got = {(await line.expect("command")).command_id for _ in range(1001)}
    assert got == {f"c-{number}" for number in range(1001)}
    line.call.cancel()


async def test_only_the_stream_that_speaks_for_a_device_takes_its_commands(
    billing: Cloud,
) -> None:
    device = await billing.device(await billing.tenant())
    stub = rpc.HeartbeatServiceStub(device.channel)
    await stub.Heartbeat(pb.HeartbeatRequest())
    await send(device, "guarded")
    fenced = store.Line(device.tenant.uuid, device.uuid, uuid4())
    async with billing.server.db.worker() as conn:
        assert await commands.take_commands(conn, {fenced: True}, billing.clock.now()) == []
    line = await Line.open(device.channel)
    assert (await line.expect("command")).command_id == "guarded"
    line.call.cancel()


async def test_a_lapsed_command_is_never_sent(fresh_billing: Cloud) -> None:
    billing = fresh_billing
    device = await billing.device(await billing.tenant())
    await send(device, "late", ttl_seconds=10)
    billing.clock.advance(timedelta(seconds=10))
    assert (await get(device, "late")).state == pb.COMMAND_STATE_EXPIRED
    line = await Line.open(device.channel)
    await send(device, "fresh")
    assert (await line.expect("command")).command_id == "fresh"
    line.call.cancel()


async def test_sending_again_changes_nothing_and_other_content_conflicts(
    billing: Cloud,
) -> None:
    device = await billing.device(await billing.tenant())
    first = await send(device, "same", ttl_seconds=60)
    assert await send(device, "same", ttl_seconds=60) == first
    async with refused(grpc.StatusCode.ALREADY_EXISTS):
        await send(device, "same", ttl_seconds=61)
    async with refused(grpc.StatusCode.ALREADY_EXISTS):
        await send(device, "same", pb.COMMAND_KIND_REFRESH_LICENSES, ttl_seconds=60)


async def test_a_command_for_a_device_of_another_tenant_is_not_found(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    await send(device, "mine")
    other = await billing.tenant()
    stub = rpc.HeartbeatServiceStub(other.admin)
    for call in (
        stub.SendCommand(
            pb.SendCommandRequest(
                device_id=device.device_id, command_id="x", kind=pb.COMMAND_KIND_PING
            )
        ),
        stub.GetCommand(pb.GetCommandRequest(device_id=device.device_id, command_id="mine")),
        stub.GetDevice(pb.GetDeviceRequest(device_id=device.device_id)),
        stub.Heartbeat(pb.HeartbeatRequest(device_id=device.device_id)),
    ):
        async with refused(grpc.StatusCode.NOT_FOUND):
            await call
    async with refused(grpc.StatusCode.NOT_FOUND) as errors:
        await get(device, "no-such")
    assert errors[0].metadata["resource"] == "command"


async def test_a_device_cannot_answer_for_another(billing: Cloud) -> None:
    tenant = await billing.tenant()
    mine, other = await billing.device(tenant), await billing.device(tenant)
    await send(other, "theirs")
    line = await Line.open(mine.channel)
    await line.send(
        command_result=pb.CommandResult(command_id="theirs", state=pb.COMMAND_STATE_SUCCEEDED)
    )
    await line.hello()
    await line.expect("welcome")
    assert (await get(other, "theirs")).state == pb.COMMAND_STATE_PENDING
    line.call.cancel()


async def test_the_unary_heartbeat_records_and_counts(fresh_billing: Cloud) -> None:
    billing = fresh_billing
    device = await billing.device(await billing.tenant())
    await send(device, "waiting")
    stub = rpc.HeartbeatServiceStub(device.channel)
    status = pb.DeviceStatus(software_version="2.0", usage_backlog=9)
    answer = await stub.Heartbeat(pb.HeartbeatRequest(status=status))
    assert answer.pending_commands == 1
    assert answer.server_time.ToDatetime(UTC) == billing.clock.now()
    await stub.Heartbeat(pb.HeartbeatRequest())
    listed = await rpc.HeartbeatServiceStub(device.tenant.read).ListDevices(pb.ListDevicesRequest())
    assert [each.status for each in listed.devices] == [status]
    assert listed.devices[0].online
    billing.clock.advance(timedelta(seconds=31))
    listed = await rpc.HeartbeatServiceStub(device.tenant.read).ListDevices(pb.ListDevicesRequest())
    assert not listed.devices[0].online


async def test_a_retired_device_takes_no_command(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    await device_service_pb2_grpc.DeviceServiceStub(device.tenant.admin).RetireDevice(
        device_service_pb2.RetireDeviceRequest(device_id=device.device_id)
    )
    async with refused(grpc.StatusCode.FAILED_PRECONDITION):
        await send(device, "too-late")


async def test_an_api_key_has_to_name_the_device(billing: Cloud) -> None:
    tenant = await billing.tenant()
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await rpc.HeartbeatServiceStub(tenant.admin).Heartbeat(pb.HeartbeatRequest())
    assert errors[0].violations[0].field == "device_id"


async def test_commands_that_wait_for_a_device_have_a_limit(
    billing: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_MAX_WAITING_COMMANDS", 2)
    device = await billing.device(await billing.tenant())
    await send(device, "1")
    await send(device, "2")
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await send(device, "3")
    await send(device, "2")
    async with refused(grpc.StatusCode.NOT_FOUND):
        await get(device, "3")
    line = await Line.open(device.channel)
    await line.expect("command")
    done = pb.CommandResult(command_id="1", state=pb.COMMAND_STATE_SUCCEEDED)
    await line.send(command_result=done)
    await until_state(device, "1", pb.COMMAND_STATE_SUCCEEDED)
    await send(device, "3")
    line.call.cancel()


async def test_a_poll_that_fails_in_an_unforeseen_way_is_tried_again(
    billing: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = await billing.device(await billing.tenant())
    line = await Line.open(device.channel)
    failed = asyncio.Event()
    genuine = store.line_states

    async def fail_once(*arguments: Any) -> Any:
        if not failed.is_set():
            failed.set()
            raise asyncpg.DeadlockDetectedError("two replicas")
        return await genuine(*arguments)

    monkeypatch.setattr(store, "line_states", fail_once)
    async with asyncio.timeout(60):
        await failed.wait()
    await send(device, "after")
    assert (await line.expect("command")).command_id == "after"
    line.call.cancel()
