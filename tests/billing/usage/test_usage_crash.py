"""The server dies between commit and ack: the device sends again, and nothing counts twice."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from brinkbyte.usage.v1 import usage_service_pb2 as pb
from brinkbyte.usage.v1 import usage_service_pb2_grpc

from bench import usage_cloud
from mesh.channel import MeshChannel
from mesh.tls import KeyPair
from tests.billing.usage.callers import Cloud, DeviceCaller, Journal, many


@asynccontextmanager
async def serving(
    cloud: Cloud, device: usage_cloud.Device, environ: dict[str, str]
) -> AsyncIterator[tuple[usage_cloud.ServerProcess, MeshChannel]]:
    """A server that may die, and the device's channel to it."""
    async with (
        usage_cloud.serving(cloud.dsns, cloud.ca, environ) as server,
        usage_cloud.device_channel(server.mtls_port, cloud.ca, device) as over,
    ):
        yield server, over


@pytest.mark.parametrize(
    ("fault", "recorded"),
    [("usage.before_insert", 200), ("usage.after_commit_before_ack", 300)],
)
async def test_a_killed_server_neither_loses_nor_repeats(
    cloud: Cloud, authority: KeyPair, tmp_path: Path, fault: str, recorded: int
) -> None:
    """The third batch meets the fault; the server starts anew and the device goes on."""
    environ = {
        "BRINKBYTE_FAULTS": f"{fault}=kill@3",
        "BRINKBYTE_FAULTS_DIR": str(tmp_path / "fired"),
    }
    device = await usage_cloud.add_device(cloud.dsns, authority, await cloud.tenant())
    journal = Journal().add(*many(500))
    async with serving(cloud, device, environ) as (server, over):
        stream, _ = await DeviceCaller(device, over).open(journal)
        for first in (1, 101, 201):
            await stream.write(journal.batch(first, first + 99))
        assert [(await stream.answer()).through_seq for _ in range(2)] == [100, 200]
        with pytest.raises(grpc.aio.AioRpcError):
            await stream.answer()
        assert await server.ended() == -signal.SIGKILL
    assert await cloud.counted(device.tenant_id) == (f"{recorded}.00000", recorded)
    async with serving(cloud, device, environ) as (_, over):
        stream, ready = await DeviceCaller(device, over).open(journal)
        assert ready.through_seq == recorded
        ack = await stream.ask(journal.batch(201, 500))
        assert (ack.through_seq, ack.duplicates) == (500, recorded - 200)
        await stream.close()
    assert await cloud.counted(device.tenant_id) == ("500.00000", 500)


async def test_a_report_whose_answer_was_lost_is_sent_again(
    cloud: Cloud, authority: KeyPair
) -> None:
    environ = {"BRINKBYTE_FAULTS": "usage.after_commit_before_ack=kill@1"}
    device = await usage_cloud.add_device(cloud.dsns, authority, await cloud.tenant())
    request = pb.ReportUsageRequest(
        events=[
            pb.UsageEvent(
                event_id=f"id-{at}",
                event_type="sms",
                resource_id="gate",
                event_time={"seconds": 10**9},
            )
            for at in range(10)
        ]
    )
    async with serving(cloud, device, environ) as (server, over):
        with pytest.raises(grpc.aio.AioRpcError):
            await usage_service_pb2_grpc.UsageServiceStub(over).ReportUsage(request)
        assert await server.ended() == -signal.SIGKILL
    again = usage_cloud.device_channel(cloud.server.mtls_port, authority, device)
    cloud.channels.append(again)
    answer = await usage_service_pb2_grpc.UsageServiceStub(again).ReportUsage(request)
    assert {each.status for each in answer.results} == {pb.EVENT_STATUS_DUPLICATE}
    assert await cloud.counted(device.tenant_id) == ("10.00000", 10)
