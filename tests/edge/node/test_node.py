"""The whole node: licensed cameras run, are counted and reach the cloud; others do not."""

import asyncio
import json
from pathlib import Path
from typing import Any

import grpc
import pytest
from brinkbyte.common.v1 import error_reason_pb2 as reasons
from brinkbyte.edge.v1 import edge_service_pb2 as pb
from brinkbyte.usage.v1.usage_service_pb2 import JournalEvent

from edge.config import EdgeConfig
from edge.main import EdgeNode
from mesh.clock import SystemClock
from mesh.database import Database, Role
from mesh.errors import StartError
from mesh.faults import NoFaults
from tests.edge.cloud_double.cloud import Cloud
from tests.edge.cloud_double.server import CloudServer

FRAMES = 50


async def cameras(stub: Any) -> dict[str, pb.Camera]:
    response = await stub.ListCameras(pb.ListCamerasRequest())
    return {camera.camera_id: camera for camera in response.cameras}


async def until(stub: Any, camera_id: str, state: int, within_s: float = 60) -> pb.Camera:
    async with asyncio.timeout(within_s):
        while (found := (await cameras(stub))[camera_id]).state != state:
            await asyncio.sleep(0.05)
    return found


def frames_in_cloud(cloud: Cloud) -> dict[str, int]:
    found: dict[str, int] = {}
    for journal in cloud.journals.values():
        for payload in journal.payloads:
            event = JournalEvent.FromString(payload)
            if event.event_type == "inference_frame":
                have = found.get(event.resource_id, 0)
                found[event.resource_id] = have + event.quantity_e5 // 100_000
    return found


async def test_from_licence_to_billed_frames(
    running_node: Any, api: Any, cloud: Cloud, tmp_path: Path, eventually: Any
) -> None:
    cloud.grant("north")
    async with running_node() as node, api(node) as stub:
        north = await until(stub, "north", pb.PIPELINE_STATE_FINISHED)
        assert north.frames == FRAMES
        assert "object_size" in [refused.feature for refused in north.refused_features]
        assert {refused.reason for refused in north.refused_features} == {
            reasons.ERROR_REASON_FEATURE_NOT_LICENSED
        }
        south = await until(stub, "south", pb.PIPELINE_STATE_REFUSED)
        assert south.reason == reasons.ERROR_REASON_CAMERA_UNLICENSED
        assert "buy one" in south.message
        assert south.frames == 0
        await eventually(lambda: frames_in_cloud(cloud) == {"north": FRAMES})

        cloud.grant("south", "advanced_analytics")
        cloud.rights_changed()
        south = await until(stub, "south", pb.PIPELINE_STATE_FINISHED)
        assert "object_size" in south.features
        await eventually(lambda: frames_in_cloud(cloud) == {"north": FRAMES, "south": FRAMES})
        await eventually(
            lambda: (
                bool(cloud.statuses)
                and [each.frames for each in cloud.statuses[-1].cameras] == [FRAMES, FRAMES]
            ),
            15,
        )
    lines = (tmp_path / "state" / "output" / "north.jsonl").read_text().splitlines()
    assert len(lines) == FRAMES
    assert all(json.loads(line)["camera_id"] == "north" for line in lines)


async def test_usage_state_agrees_with_the_cloud(
    running_node: Any, api: Any, cloud: Cloud, eventually: Any
) -> None:
    cloud.grant("north")
    async with running_node() as node, api(node) as stub:
        await until(stub, "north", pb.PIPELINE_STATE_FINISHED)
        await eventually(lambda: frames_in_cloud(cloud) == {"north": FRAMES})
        async with asyncio.timeout(60):
            while True:
                state = await stub.GetUsageState(pb.GetUsageStateRequest())
                if state.acked_seq == state.last_seq > 0:
                    break
        metrics = {metric.event_type: metric for metric in state.metrics}
        assert metrics["inference_frame"].quantity == str(FRAMES)
        assert metrics["inference_frame"].journalled_quantity == str(FRAMES)
        calls = int(metrics["api_call"].quantity)
        await stub.GetNode(pb.GetNodeRequest())
        state = await stub.GetUsageState(pb.GetUsageStateRequest())
        metrics = {metric.event_type: metric for metric in state.metrics}
        assert int(metrics["api_call"].quantity) == calls + 2
        assert state.duplicates == 0
        assert state.journal_id in cloud.journals


async def test_it_tells_what_it_is(
    running_node: Any, api: Any, cloud: Cloud, eventually: Any
) -> None:
    async with running_node() as node, api(node) as stub:
        async with asyncio.timeout(60):
            while not (found := await stub.GetNode(pb.GetNodeRequest())).cloud_connected:
                await asyncio.sleep(0.02)
        assert found.device_id == str(cloud.device_id)
        assert found.tenant_id == f"cust_{cloud.tenant_id.hex}"
        assert found.inference_ready
        await eventually(lambda: bool(cloud.asked))
        found = await stub.GetNode(pb.GetNodeRequest())
        assert (found.epoch.incarnation, found.epoch.number) == (cloud.incarnation, 1)
        assert found.certificate_not_after.ToSeconds() > 0


async def test_telemetry_comes_in_pages_newest_first(
    running_node: Any, api: Any, cloud: Cloud
) -> None:
    cloud.grant("north")
    async with running_node() as node, api(node) as stub:
        await until(stub, "north", pb.PIPELINE_STATE_FINISHED)
        indexes, token = [], ""
        while True:
            page = await stub.ListTelemetry(
                pb.ListTelemetryRequest(
                    camera_id="north", event_type="detection", page_size=20, page_token=token
                )
            )
            indexes += [event.frame_index for event in page.events]
            token = page.next_page_token
            if not token:
                break
        assert indexes == sorted(set(indexes), reverse=True)
        assert len(indexes) == FRAMES
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.ListTelemetry(pb.ListTelemetryRequest(camera_id="nowhere"))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_cameras_come_in_pages(running_node: Any, api: Any) -> None:
    async with running_node() as node, api(node) as stub:
        first = await stub.ListCameras(pb.ListCamerasRequest(page_size=1))
        assert [camera.camera_id for camera in first.cameras] == ["north"]
        request = pb.ListCamerasRequest(page_size=1, page_token=first.next_page_token)
        last = await stub.ListCameras(request)
        assert [camera.camera_id for camera in last.cameras] == ["south"]
        assert not last.next_page_token
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.ListCameras(pb.ListCamerasRequest(page_token="no token"))
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("key", [None, "wrong", ""])
async def test_no_key_no_answer(running_node: Any, api: Any, key: str | None) -> None:
    async with running_node() as node, api(node, key) as stub:
        for call, request in (
            (stub.GetNode, pb.GetNodeRequest()),
            (stub.ListCameras, pb.ListCamerasRequest()),
            (stub.ListTelemetry, pb.ListTelemetryRequest(camera_id="north")),
            (stub.GetUsageState, pb.GetUsageStateRequest()),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call(request)
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_restart_without_a_network_goes_on(
    running_node: Any, api: Any, cloud: Cloud, cloud_server: CloudServer, eventually: Any
) -> None:
    cloud.grant("north")
    async with running_node() as node, api(node) as stub:
        await until(stub, "north", pb.PIPELINE_STATE_FINISHED)
    await cloud_server.down()
    async with running_node() as node, api(node) as stub:
        assert (await until(stub, "north", pb.PIPELINE_STATE_FINISHED)).frames == FRAMES
        state = await stub.GetUsageState(pb.GetUsageStateRequest())
        frames = {metric.event_type: metric.quantity for metric in state.metrics}
        assert frames["inference_frame"] == str(2 * FRAMES)
        await cloud_server.up()
        await eventually(lambda: frames_in_cloud(cloud) == {"north": 2 * FRAMES})


async def test_a_part_that_fails_ends_the_node(
    running_node: Any, new_database: Database, eventually: Any
) -> None:
    async with running_node() as node:
        async with new_database.transaction(Role.APP) as conn:
            await conn.execute("alter table usage_events rename to elsewhere")
        await eventually(node.failed.done)
        with pytest.raises(StartError, match="failed; see the log"):
            node.failed.result()


async def test_plaintext_stays_on_this_machine(config: EdgeConfig, cloud: Cloud) -> None:
    outside = config.model_copy(update={"edge_addr": "0.0.0.0:0"})
    with pytest.raises(StartError, match="plaintext"):
        await EdgeNode.build(outside, SystemClock(), NoFaults())
