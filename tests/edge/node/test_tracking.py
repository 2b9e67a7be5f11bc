"""Applications on the node track what they use: once each, against the quota, seen by people."""

from datetime import UTC, datetime
from typing import Any

import pytest
from brinkbyte.common.v1 import error_reason_pb2 as reasons
from brinkbyte.edge.v1 import edge_service_pb2 as pb
from brinkbyte.usage.v1.usage_service_pb2 import JournalEvent
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc

from edge.config import EdgeConfig
from edge.main import EdgeNode
from edge.usage.watch import HEALTH
from mesh.channel import channel
from mesh.clock import SystemClock
from mesh.faults import NoFaults
from tests.edge.cloud_double.cloud import Cloud
from tests.edge.node.conftest import KEY
from tests.edge.node.test_licenses import brinkbyte

NOON = datetime(2026, 5, 15, 12, 0, tzinfo=UTC)


@pytest.fixture
def bare(config: EdgeConfig, tmp_path: Any) -> EdgeConfig:
    """A node without cameras, whose disk may hold but a few events."""
    config.edge_cameras_file.write_text("cameras: []\n")  # type: ignore[union-attr]
    return config


def sms(event_id: str, quantity: str = "1", **other: Any) -> pb.TrackedEvent:
    return pb.TrackedEvent(
        **{
            "event_id": event_id,
            "event_type": "sms",
            "resource_id": "+61 4",
            "quantity": quantity,
            **other,
        }
    )


def arrived(cloud: Cloud) -> list[JournalEvent]:
    """What the cloud has, the calls of the node's own API left out."""
    events = [
        JournalEvent.FromString(payload)
        for journal in cloud.journals.values()
        for payload in journal.payloads
    ]
    return [event for event in events if event.event_type in {"sms", "llm_token"}]


async def track(stub: Any, *events: pb.TrackedEvent, within_quota: bool = False) -> list[str]:
    answer = await stub.TrackUsage(pb.TrackUsageRequest(events=events, within_quota=within_quota))
    assert [each.event_id for each in answer.results] == [each.event_id for each in events]
    return [
        pb.TrackStatus.Name(each.status).removeprefix("TRACK_STATUS_").lower()
        for each in answer.results
    ]


@pytest.mark.usefixtures("bare")
async def test_each_use_reaches_the_cloud_once_however_often_it_is_sent(
    running_node: Any, api: Any, cloud: Cloud, eventually: Any
) -> None:
    at = Timestamp()
    at.FromDatetime(NOON)
    spent = pb.TrackedEvent(
        event_id="llm-1",
        event_type="llm_token",
        resource_id="llm",
        quantity="1234.5",
        event_time=at,
        request_id="r-1",
        dimensions={"agent": "scene"},
    )
    async with running_node() as node, api(node) as stub:
        assert await track(stub, spent, sms("a"), sms("a"), sms("a", "2")) == [
            "accepted",
            "accepted",
            "duplicate",
            "conflict",
        ]
        bad = [
            sms("b", event_type="inference_frame"),
            sms("c", "-1"),
            sms(""),
            sms("d", resource_id=""),
            sms("e", event_time=Timestamp(seconds=2**40)),
        ]
        assert await track(stub, *bad, sms("f")) == ["rejected"] * 5 + ["accepted"]
        await eventually(lambda: len(arrived(cloud)) == 3)
    async with running_node() as node, api(node) as stub:
        assert await track(stub, spent, sms("f"), sms("g")) == [
            "duplicate",
            "duplicate",
            "accepted",
        ]
        await eventually(lambda: len(arrived(cloud)) == 4)
    first = arrived(cloud)[0]
    assert (first.quantity_e5, first.request_id) == (123_450_000, "r-1")
    assert first.event_time_us == int(NOON.timestamp()) * 1_000_000
    assert dict(first.dimensions) == {"agent": "scene"}


@pytest.mark.usefixtures("bare")
async def test_a_use_that_asks_first_is_refused_beyond_the_quota_and_one_that_was_is_recorded(
    running_node: Any, api: Any, cloud: Cloud, eventually: Any
) -> None:
    cloud.pools["sms"] = 30
    async with running_node() as node, api(node) as stub:
        assert "sms" not in cloud.leases, "nothing is borrowed before it is wished for"
        assert await track(stub, sms("a", "15"), within_quota=True) == ["accepted"]
        assert await track(stub, sms("b", "15"), within_quota=True) == ["accepted"]
        request = pb.TrackUsageRequest(events=[sms("c", "15"), sms("a", "15")], within_quota=True)
        refused, again = (await stub.TrackUsage(request)).results
        assert refused.status == pb.TRACK_STATUS_REFUSED
        assert refused.reason == reasons.ERROR_REASON_QUOTA_EXHAUSTED
        assert "sms" in refused.message
        assert again.status == pb.TRACK_STATUS_DUPLICATE, "what was taken is not taken again"
        assert await track(stub, sms("d", "15")) == ["accepted"], "what was used is recorded"
        quotas = (await stub.GetQuotaState(pb.GetQuotaStateRequest())).quotas
        assert {each.metric: each.remaining for each in quotas}["sms"] == "0"
        await eventually(lambda: len(arrived(cloud)) == 3)
    assert [each.spent for each in cloud.returned] == ["30"], "settled exactly, at the end"


@pytest.mark.usefixtures("bare")
async def test_nobody_knows_the_quota_while_the_cloud_was_never_asked(
    running_node: Any, api: Any, cloud: Cloud, cloud_server: Any
) -> None:
    async with running_node():
        pass
    await cloud_server.down()
    async with running_node() as node, api(node) as stub:
        request = pb.TrackUsageRequest(events=[sms("a")], within_quota=True)
        (refused,) = (await stub.TrackUsage(request)).results
        assert refused.reason == reasons.ERROR_REASON_DECISION_UNAVAILABLE
        assert await track(stub, sms("a")) == ["accepted"]
    assert not arrived(cloud)


async def test_people_see_how_far_behind_the_cloud_is_and_how_full_the_disk(
    bare: EdgeConfig, api: Any, cloud: Cloud, cloud_server: Any
) -> None:
    config = bare.model_copy(update={"edge_usage_max_bytes": 2_000})
    node = await EdgeNode.build(config, SystemClock(), NoFaults())
    await cloud_server.down()
    await node.start()
    try:
        async with api(node) as stub:
            assert await track(stub, sms("a"), sms("b"), sms("c"), sms("d")) == ["accepted"] * 4
            with pytest.raises(Exception, match="BRINKBYTE_EDGE_USAGE_MAX_BYTES"):
                await track(stub, sms("e"))
            state = await stub.GetUsageState(pb.GetUsageStateRequest())
            assert state.pending_events >= 4
            assert state.HasField("waiting_since")
            assert state.held_bytes >= state.max_bytes == 2_000
            assert (state.refused > 0, state.behind) == (True, False)
            printed = await brinkbyte(config, node.port, "usage")
            assert "sms  4, 4 journalled" in printed
            assert "of 2000 bytes" in printed
            assert "upload   in time" in printed
        async with channel(f"127.0.0.1:{node.port}", plaintext=True, bearer=KEY) as link:
            answer = await health_pb2_grpc.HealthStub(link).Check(
                health_pb2.HealthCheckRequest(service=HEALTH)
            )
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        shown = node.parts.core.watch
        assert shown.budget.full
    finally:
        await node.drain()
