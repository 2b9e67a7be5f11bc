"""How long a journal's stream lasts: its device's service, the server's, and no more than a few."""

import asyncio
from uuid import uuid4

import grpc
from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc
from brinkbyte.usage.v1 import usage_service_pb2 as pb
from brinkbyte.usage.v1 import usage_service_pb2_grpc

from tests.billing.cloud_harness import Authorities, Cloud, Device, refused, running_cloud
from tests.billing.conftest import NewDatabase


class Line:
    """A stream that says hello and then nothing."""

    def __init__(self, device: Device) -> None:
        self.call = usage_service_pb2_grpc.UsageServiceStub(device.channel).StreamUsage()

    async def open(self) -> "Line":
        hello = pb.JournalHello(journal_id=str(uuid4()))
        await self.call.write(pb.StreamUsageRequest(hello=hello))
        answer = await self.call.read()
        assert answer.HasField("ready")
        return self

    async def end(self) -> None:
        """Returns when the server ends the stream; raises how."""
        async with asyncio.timeout(60):
            assert await self.call.read() is grpc.aio.EOF


async def test_a_retired_devices_silent_journal_stream_is_cut(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    line = await Line(device).open()
    retire = device_service_pb2.RetireDeviceRequest(device_id=device.device_id)
    await device_service_pb2_grpc.DeviceServiceStub(device.tenant.admin).RetireDevice(retire)
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await line.end()


async def test_one_device_cannot_hold_streams_without_end(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    lines = [await Line(device).open() for _ in range(5)]
    async with refused(grpc.StatusCode.ABORTED):
        await lines[0].end()
    for line in lines[1:]:
        line.call.cancel()


async def test_draining_ends_journal_streams_in_order(
    new_database: NewDatabase, authorities: Authorities
) -> None:
    dsns, superuser = await new_database()
    async with running_cloud(authorities, dsns, superuser, drain_seconds=30) as cloud:
        line = await Line(await cloud.device(await cloud.tenant())).open()
        async with asyncio.timeout(60):
            await cloud.server.drain()
        await line.end()
