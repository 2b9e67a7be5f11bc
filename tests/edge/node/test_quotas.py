"""A node whose quota is used up stops, says why, stays manageable, and goes on by itself."""

import asyncio
from typing import Any

import grpc
import pytest
from brinkbyte.common.v1 import decision_pb2
from brinkbyte.common.v1 import error_reason_pb2 as reasons
from brinkbyte.edge.v1 import edge_service_pb2 as pb

from edge.config import EdgeConfig
from mesh.status import from_rpc_error
from tests.edge.cloud_double.cloud import Cloud
from tests.edge.cloud_double.server import CloudServer
from tests.edge.node.test_licenses import brinkbyte
from tests.edge.node.test_node import until


async def test_cameras_stop_at_the_last_frame_and_go_on_when_there_is_more(
    running_node: Any, api: Any, cloud: Cloud, config: EdgeConfig
) -> None:
    cloud.grant("north")
    cloud.pools["inference_frame"] = 20
    async with running_node() as node, api(node) as stub:
        stopped = await until(stub, "north", pb.PIPELINE_STATE_REFUSED)
        assert stopped.reason == reasons.ERROR_REASON_QUOTA_EXHAUSTED
        assert stopped.frames == 20
        told = await stub.ExplainDecision(pb.ExplainDecisionRequest(camera_id="north"))
        assert told.reason == reasons.ERROR_REASON_QUOTA_EXHAUSTED
        assert told.steps[-1].rule == decision_pb2.DECISION_RULE_LEASE
        printed = await brinkbyte(config, node.port, "quota")
        assert "inference_frame  refused: the lease of 20 inference_frame is spent" in printed
        cloud.pools["inference_frame"], cloud.epoch = 100, cloud.epoch + 1
        cloud.rights_changed()
        finished = await until(stub, "north", pb.PIPELINE_STATE_FINISHED)
        assert finished.frames == 50, "no frame was lost and none inferred twice"
    assert [each.spent for each in cloud.returned] == ["50"]


async def test_it_spends_offline_through_a_restart(
    running_node: Any, api: Any, cloud: Cloud, cloud_server: CloudServer
) -> None:
    cloud.pools["inference_frame"] = 20
    async with running_node() as node, api(node) as stub:
        await until(stub, "north", pb.PIPELINE_STATE_REFUSED)
        cloud.grant("north")
        await stub.RefreshLicenses(pb.RefreshLicensesRequest())
        await until(stub, "north", pb.PIPELINE_STATE_REFUSED)
        await cloud_server.down()
        async with asyncio.timeout(60):
            while (await stub.GetNode(pb.GetNodeRequest())).cloud_connected:
                await asyncio.sleep(0.02)
    async with running_node() as node, api(node) as stub:
        quotas = (await stub.GetQuotaState(pb.GetQuotaStateRequest())).quotas
        frames = next(each for each in quotas if each.metric == "inference_frame")
        assert (frames.granted, frames.remaining, frames.allowed) == ("20", "0", False)


async def test_calls_beyond_the_quota_are_refused_and_the_node_stays_manageable(
    running_node: Any, api: Any, cloud: Cloud
) -> None:
    cloud.pools["api_call"] = 3
    async with running_node() as node, api(node) as stub:
        for _ in range(3):
            await stub.ListCameras(pb.ListCamerasRequest())
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.ListCameras(pb.ListCamerasRequest())
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        told = from_rpc_error(caught.value).metadata
        assert told["limit"] == "100"
        assert told["remaining"] == "0"
        await stub.GetNode(pb.GetNodeRequest())
        await stub.ExplainDecision(pb.ExplainDecisionRequest(camera_id="north"))
        await stub.RefreshLicenses(pb.RefreshLicensesRequest())
        usage = await stub.GetUsageState(pb.GetUsageStateRequest())
        assert {each.event_type: each.quantity for each in usage.metrics}["api_call"] == "3"
        quotas = (await stub.GetQuotaState(pb.GetQuotaStateRequest())).quotas
        calls = next(each for each in quotas if each.metric == "api_call")
        assert (calls.allowed, calls.remaining, calls.refusals > 0) == (False, "0", True)
