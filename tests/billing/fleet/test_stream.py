"""The line to a device: numbered, fenced, cut when its device is retired."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2 as pb
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2_grpc as rpc
from brinkbyte.license.v1 import license_service_pb2

from billing import poller
from billing.fleet import store
from billing.fleet.rpc import HeartbeatServicer
from billing.fleet.session import FullStateRequest, Numbering, Session, Take
from mesh.wakeup import Wakeups
from tests.billing.cloud_harness import Authorities, Cloud, Device, refused, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.fleet.line import Line
from tests.billing.licenses.calls import licenses


async def seen(device: Device) -> pb.Device:
    stub = rpc.HeartbeatServiceStub(device.tenant.read)
    return (await stub.GetDevice(pb.GetDeviceRequest(device_id=device.device_id))).device


async def until_version(device: Device, version: str) -> pb.Device:
    async with asyncio.timeout(60):
        while (found := await seen(device)).status.software_version != version:
            await asyncio.sleep(0.005)
    return found


async def test_hello_is_welcomed_and_status_is_shown(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    assert not (await seen(device)).online
    line = Line(device.channel)
    await line.hello("1.0")
    welcome = await line.expect("welcome")
    assert welcome.server_time.ToDatetime(UTC) == billing.clock.now()
    assert welcome.epoch.number >= 1
    await line.status("1.1")
    found = await until_version(device, "1.1")
    assert found.online
    assert found.tenant_id == device.tenant.tenant_id
    line.call.cancel()


async def test_a_gap_asks_for_the_full_state_once_and_hello_restores_it(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    line = await Line.open(device.channel)
    await line.send(5, status=pb.DeviceStatus(software_version="lost"))
    assert (await line.expect("full_state_request")).expected_sequence == 2
    await line.status("ignored")
    await line.hello("whole")
    await line.expect("welcome")
    assert (await seen(device)).status.software_version == "whole"
    await line.status("on")
    await until_version(device, "on")
    line.call.cancel()


async def test_a_stream_that_does_not_begin_with_hello_is_asked_for_it(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    line = Line(device.channel)
    await line.status("early")
    assert (await line.expect("full_state_request")).expected_sequence == 1
    assert not (await seen(device)).HasField("last_seen_at")
    line.call.cancel()


@pytest.mark.parametrize(
    ("sequences", "takes"),
    [
        ([1, 2, 3], [Take.APPLY, Take.APPLY, Take.APPLY]),
        ([1, 1, 2], [Take.APPLY, Take.IGNORE, Take.APPLY]),
        ([1, 3, 4], [Take.APPLY, Take.ASK, Take.IGNORE]),
        ([1, 3, 5], [Take.APPLY, Take.ASK, Take.ASK]),
    ],
)
def test_numbering(sequences: list[int], takes: list[Take]) -> None:
    numbering = Numbering()
    assert [numbering.take(each, hello=each == 1) for each in sequences] == takes


def test_a_result_applies_although_the_state_is_not_whole() -> None:
    numbering = Numbering()
    assert numbering.take(1, hello=True) is Take.APPLY
    assert numbering.take(3) is Take.ASK
    assert numbering.take(4, result=True) is Take.APPLY


async def test_a_newer_stream_ends_the_older_one(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    older = await Line.open(device.channel)
    newer = await Line.open(device.channel)
    async with refused(grpc.StatusCode.ABORTED, "STATE_CONFLICT"):
        await older.end(1)
    await newer.status("newer")
    await until_version(device, "newer")
    newer.call.cancel()


async def test_a_fenced_stream_can_write_no_more(billing: Cloud) -> None:
    """Even before any poll notices: the status itself is refused."""
    device = await billing.device(await billing.tenant())
    line = await Line.open(device.channel)
    async with billing.superuser() as connection:
        await connection.execute(
            "update device_status set stream_id = gen_random_uuid() where device_id = $1",
            device.uuid,
        )
    await line.status("stale")
    async with refused(grpc.StatusCode.ABORTED):
        await line.end()
    assert (await seen(device)).status.software_version == "1.0"


async def test_a_retired_devices_stream_is_cut_at_once(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    line = await Line.open(device.channel)
    await device_service_pb2_grpc.DeviceServiceStub(device.tenant.admin).RetireDevice(
        device_service_pb2.RetireDeviceRequest(device_id=device.device_id)
    )
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await line.end()
    assert not (await seen(device)).online


async def test_a_retired_devices_silent_stream_is_cut_too(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    line = Line(device.channel)
    await line.status("never said hello")
    await line.expect("full_state_request")
    await device_service_pb2_grpc.DeviceServiceStub(device.tenant.admin).RetireDevice(
        device_service_pb2.RetireDeviceRequest(device_id=device.device_id)
    )
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await line.end()


async def test_changed_rights_are_told_to_the_devices_of_their_tenant(billing: Cloud) -> None:
    tenant = await billing.tenant()
    device, stranger = await billing.device(tenant), await billing.device(await billing.tenant())
    line, other = await Line.open(device.channel), await Line.open(stranger.channel)
    await billing.issue_license(tenant)
    changed = await line.expect("rights_changed")
    assert changed.epoch.number == 2
    with pytest.raises(TimeoutError):
        await other.read(timeout_s=1.5)
    line.call.cancel()


@pytest.fixture
async def unpolled(
    new_database: NewDatabase, authorities: Authorities, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Cloud]:
    """A server that looks by itself once an hour: all that it tells sooner, it was woken for."""
    monkeypatch.setattr(poller, "_POLL_S", 3600.0)
    dsns, superuser = await new_database()
    async with running_cloud(authorities, dsns, superuser) as cloud:
        yield cloud


async def test_no_news_wait_for_the_next_look(unpolled: Cloud) -> None:
    tenant = await unpolled.tenant()
    device = await unpolled.device(tenant)
    watch = licenses(tenant.read).WatchLicenses(license_service_pb2.WatchLicensesRequest())
    async with asyncio.timeout(150):
        await watch.read()
        line = await Line.open(device.channel)
        await unpolled.issue_license(tenant)
        assert (await line.expect("rights_changed")).epoch.number == 2
        assert (await watch.read()).change.epoch.number == 2
        await rpc.HeartbeatServiceStub(tenant.admin).SendCommand(
            pb.SendCommandRequest(
                device_id=device.device_id, command_id="now", kind=pb.COMMAND_KIND_PING
            )
        )
        assert (await line.expect("command")).command_id == "now"
        newer = await Line.open(device.channel)
        async with refused(grpc.StatusCode.ABORTED):
            await line.end()
        await device_service_pb2_grpc.DeviceServiceStub(tenant.admin).RetireDevice(
            device_service_pb2.RetireDeviceRequest(device_id=device.device_id)
        )
        async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
            await newer.end()
    watch.cancel()


async def test_only_a_device_connects(billing: Cloud) -> None:
    tenant = await billing.tenant()
    async with refused(grpc.StatusCode.UNAUTHENTICATED):
        await Line(tenant.admin).end()


async def test_a_client_that_ends_the_stream_is_answered_ok(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    line = await Line.open(device.channel)
    await line.call.done_writing()
    await line.end()


async def test_an_invalid_message_ends_the_stream_with_its_field(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    line = await Line.open(device.channel)
    await line.call.write(pb.ConnectRequest(sequence=2))
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await line.end()


NO_TIMES = [{"seconds": 10**15}, {"seconds": 1, "nanos": -1}, {"seconds": 1, "nanos": 10**9}]


@pytest.mark.parametrize("wrong", NO_TIMES, ids=str)
async def test_a_status_with_a_time_that_is_none_is_refused_and_not_kept(
    billing: Cloud, wrong: dict[str, int]
) -> None:
    """No answer in JSON could say it: one device would take the whole list from its tenant."""
    device = await billing.device(await billing.tenant())
    stub = rpc.HeartbeatServiceStub(device.channel)
    status = pb.DeviceStatus(software_version="bad", reported_at=wrong)
    cameras = [
        pb.CameraStatus(camera_id="a"),
        pb.CameraStatus(camera_id="b", last_inference_at=wrong),
    ]
    for sent, field in (
        (status, "status.reported_at"),
        (pb.DeviceStatus(cameras=cameras), "status.cameras[1].last_inference_at"),
    ):
        async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
            await stub.Heartbeat(pb.HeartbeatRequest(status=sent))
        assert [each.field for each in errors[0].violations] == [field]
    greeting, open_line = Line(device.channel), await Line.open(device.channel)
    await greeting.send(hello=pb.Hello(status=status))
    await open_line.send(status=status)
    for line in (greeting, open_line):
        async with refused(grpc.StatusCode.INVALID_ARGUMENT):
            await line.end()
    assert (await seen(device)).status.software_version == "1.0"


async def test_what_a_device_says_after_the_end_of_its_stream_does_not_count() -> None:
    """It may go on writing for as long as it does not read how its stream ended."""
    opened: list[UUID] = []

    class Recorder:
        def within(self, tenant_id: UUID) -> None:
            opened.append(tenant_id)

    async def requests() -> AsyncIterator[pb.ConnectRequest]:
        yield pb.ConnectRequest(sequence=1, hello=pb.Hello())

    recorder: Any = Recorder()
    for ended in (False, True):
        line = store.Line(uuid4(), uuid4(), uuid4())
        session = Session(line, Wakeups(None).subscribe("t"), lambda _: None)
        if ended:
            session.end()
        await HeartbeatServicer(recorder, recorder, recorder, recorder)._read(session, requests())
        assert len(opened) == 1


def test_a_device_that_does_not_read_is_ended_and_keeps_no_memory() -> None:
    wakeups = Wakeups(None)
    session = Session(store.Line(uuid4(), uuid4(), uuid4()), wakeups.subscribe("t"), lambda _: None)
    for number in range(5000):
        session.post(FullStateRequest(number))
    assert session.ended
    assert len(session._outbox) == 0


async def test_a_device_keeps_only_its_last_streams(billing: Cloud) -> None:
    """Streams without hello are not fenced; there are few of them all the same."""
    device, sibling = [await billing.device(await billing.tenant()) for _ in range(2)]
    other = await Line.open(sibling.channel)
    lines = []
    for _ in range(5):
        line = Line(device.channel)
        await line.status("silent")
        await line.expect("full_state_request")
        lines.append(line)
    async with refused(grpc.StatusCode.ABORTED, "STATE_CONFLICT"):
        await lines[0].end(1)
    await lines[1].hello()
    await lines[1].expect("welcome")
    await other.status("still here")
    await until_version(sibling, "still here")
    for line in (*lines, other):
        line.call.cancel()


async def test_a_status_has_a_bound_and_a_page_of_devices_fits_a_message(billing: Cloud) -> None:
    tenant = await billing.tenant()
    devices = []
    for _ in range(6):
        devices.append(await billing.device(tenant))
        billing.clock.advance(timedelta(microseconds=1))
    for device, size in zip(devices, (900_000, 900_000, 1, 1_000_000, 1_000_000, 1), strict=True):
        camera = pb.CameraStatus(camera_id="c", refused_features=["x" * size])
        request = pb.HeartbeatRequest(status=pb.DeviceStatus(cameras=[camera]))
        await rpc.HeartbeatServiceStub(device.channel).Heartbeat(request)
    request.status.cameras[0].refused_features[0] = "x" * (1024 * 1024)
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await rpc.HeartbeatServiceStub(devices[0].channel).Heartbeat(request)
    assert errors[0].violations[0].field == "status"
    stub, pages, token = rpc.HeartbeatServiceStub(tenant.read), [], ""
    while True:
        page = await stub.ListDevices(pb.ListDevicesRequest(page_token=token))
        pages.append([each.device_id for each in page.devices])
        token = page.next_page_token
        if not token:
            break
    assert [device_id for page in pages for device_id in page] == [
        each.device_id for each in devices
    ]
    assert [len(page) for page in pages] == [2, 3, 1]
    whole = await stub.ListDevices(pb.ListDevicesRequest(page_size=1))
    assert len(whole.devices) == 1
