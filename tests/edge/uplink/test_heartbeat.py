"""The line to the cloud: numbered, commands once, changes felt within a second."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from brinkbyte.common.v1 import grace_pb2
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2 as pb

from edge.uplink.commands import Commands
from edge.uplink.heartbeat import Heartbeat, HeartbeatSettings
from edge.uplink.link import CloudLink
from edge.uplink.status import CameraReport, LineState, NodeReport, UsageReport
from edge.usage.positions import Position
from mesh.clock import SystemClock
from mesh.errors import MeshError, Unavailable
from rights.claims import Epoch
from rights.errors import TokenFault, TokenInvalid
from rights.grace import GraceStep
from rights.trust import Trust
from tests.edge.cloud_double.cloud import Cloud, cut
from tests.edge.cloud_double.server import CloudServer


@dataclass
class Rights:
    epoch: Epoch = field(default_factory=lambda: Epoch("", 0))
    heard: list[Epoch] = field(default_factory=list)
    trusts: list[Trust] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    offline: list[bool] = field(default_factory=list)
    refreshed: int = 0
    failure: Exception | None = None
    unkept: MeshError | None = None
    revoked: bool = False

    def heard_epoch(self, epoch: Epoch) -> None:
        self.heard.append(epoch)

    async def heard_trust(self, trust: Trust) -> None:
        self.trusts.append(trust)
        if self.unkept is not None:
            raise self.unkept

    async def take_revocations(self, token: str) -> None:
        self.lists.append(token)
        if token == "forged":
            raise TokenInvalid(TokenFault.SIGNATURE_INVALID, "forged")

    def set_offline(self, *, offline: bool) -> None:
        self.offline.append(offline)

    async def refresh(self) -> None:
        self.refreshed += 1
        if self.failure is not None:
            raise self.failure

    async def revoke(self) -> None:
        self.revoked = True


@dataclass
class Node:
    rights: Rights = field(default_factory=Rights)
    state: LineState = field(default_factory=LineState)
    resynced: list[int] = field(default_factory=list)
    camera: CameraReport = field(
        default_factory=lambda: CameraReport("cam", False, 0, ("mqtt",), None)
    )

    async def report(self) -> NodeReport:
        position = Position(UUID(int=7), 1, 10, 3, 0, {"inference_frame": 5}, None, None, 0, None)
        usage = UsageReport(position, {"api_call": 2}, None)
        return NodeReport("0.1", [self.camera], usage, True, self.rights.epoch)

    def resync(self, seq: int) -> None:
        self.resynced.append(seq)


@pytest.fixture
def period() -> timedelta:
    """Longer than any test: what is reported is reported because it changed."""
    return timedelta(hours=1)


@pytest.fixture
async def node(link: CloudLink, period: timedelta) -> AsyncIterator[Node]:
    node = Node()
    heartbeat = Heartbeat(
        link,
        node,
        node.rights,
        Commands(node.rights, node, SystemClock()),
        state=node.state,
        clock=SystemClock(),
        settings=HeartbeatSettings(period, timedelta(seconds=0.02)),
    )
    task = asyncio.create_task(heartbeat.run())
    yield node
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_hello_tells_everything(node: Node, cloud: Cloud, eventually: Any) -> None:
    await eventually(lambda: node.state.connected)
    status = cloud.hellos[0].status
    assert (status.software_version, status.usage_backlog) == ("0.1", 7)
    assert status.usage == pb.CountedUsage(
        journal_id=str(UUID(int=7)),
        last_seq=10,
        acked_seq=3,
        metrics=[
            pb.CountedMetric(event_type="api_call", open_e5=2),
            pb.CountedMetric(event_type="inference_frame", journalled_e5=5),
        ],
    )
    assert status.cameras[0].refused_features == ["mqtt"]
    assert node.rights.heard == [Epoch(cloud.incarnation, cloud.epoch)]
    assert node.rights.offline[-1] is False


async def test_a_change_is_reported_at_once(node: Node, cloud: Cloud, eventually: Any) -> None:
    await eventually(lambda: node.state.connected)
    node.camera = replace(node.camera, running=True)
    await eventually(lambda: bool(cloud.statuses))
    assert cloud.statuses[-1].cameras[0].running


@pytest.mark.parametrize("period", [timedelta(seconds=0.5)])
async def test_all_else_is_reported_periodically(node: Node, cloud: Cloud, eventually: Any) -> None:
    await eventually(lambda: bool(cloud.statuses))
    node.camera = replace(node.camera, frames=9)
    await eventually(lambda: cloud.statuses[-1].cameras[0].frames == 9)


async def test_a_step_of_the_grace_is_reported_at_once(
    node: Node, cloud: Cloud, eventually: Any
) -> None:
    await eventually(lambda: node.state.connected)
    assert cloud.hellos[0].status.cameras[0].grace_step == grace_pb2.GRACE_STEP_UNSPECIFIED
    node.camera = replace(node.camera, grace_step=GraceStep.FEWER_FRAMES)
    await eventually(lambda: bool(cloud.statuses))
    assert cloud.statuses[-1].cameras[0].grace_step == grace_pb2.GRACE_STEP_FEWER_FRAMES


async def test_a_change_of_rights_is_heard(node: Node, cloud: Cloud, eventually: Any) -> None:
    await eventually(lambda: node.state.connected)
    cloud.rights_changed()
    await eventually(lambda: node.rights.heard[-1].number == 2)


async def test_commands_are_carried_out_once_and_answered_each_time(
    node: Node, cloud: Cloud, eventually: Any
) -> None:
    await eventually(lambda: node.state.connected)
    cloud.command("c-1", pb.COMMAND_KIND_REFRESH_LICENSES)
    await eventually(lambda: len(cloud.results) == 1)
    cloud.command("c-1", pb.COMMAND_KIND_REFRESH_LICENSES)
    await eventually(lambda: len(cloud.results) == 2)
    assert node.rights.refreshed == 1
    assert {result.state for result in cloud.results} == {pb.COMMAND_STATE_SUCCEEDED}
    cloud.command("c-2", pb.COMMAND_KIND_RESYNC_USAGE, resync_from_seq=41)
    cloud.command("c-3", pb.COMMAND_KIND_PING)
    await eventually(lambda: len(cloud.results) == 4)
    assert node.resynced == [41]


async def test_failures_and_late_commands_are_answered(
    node: Node, cloud: Cloud, eventually: Any
) -> None:
    await eventually(lambda: node.state.connected)
    node.rights.failure = Unavailable("cloud")
    cloud.command("c-1", pb.COMMAND_KIND_REFRESH_LICENSES)
    late = pb.Command(command_id="c-2", kind=pb.COMMAND_KIND_RESYNC_USAGE)
    late.deadline.seconds = 1
    cloud.send(command=late)
    await eventually(lambda: len(cloud.results) == 2)
    found = {result.command_id: result for result in cloud.results}
    assert {result.state for result in found.values()} == {pb.COMMAND_STATE_FAILED}
    assert "DEPENDENCY_UNAVAILABLE" in found["c-1"].detail
    assert node.resynced == []


async def test_full_state_on_request(node: Node, cloud: Cloud, eventually: Any) -> None:
    await eventually(lambda: node.state.connected)
    cloud.send(full_state_request={"expected_sequence": 4})
    await eventually(lambda: len(cloud.hellos) == 2)
    assert node.state.connected


async def test_a_gap_in_the_clouds_numbers_brings_a_new_stream(
    node: Node, cloud: Cloud, eventually: Any
) -> None:
    await eventually(lambda: node.state.connected)
    cloud.send(skip=1, rights_changed={"epoch": cloud.wire_epoch()})
    await eventually(lambda: len(cloud.hellos) == 2)
    await eventually(lambda: node.state.connected)


async def test_it_connects_again_after_an_outage(
    node: Node, cloud: Cloud, cloud_server: CloudServer, eventually: Any
) -> None:
    await eventually(lambda: node.state.connected)
    await cloud_server.down()
    await eventually(lambda: not node.state.connected)
    assert node.rights.offline[-1] is True
    await cloud_server.up()
    await eventually(lambda: node.state.connected)
    cut(cloud)
    await eventually(lambda: len(cloud.hellos) == 3)


async def test_a_retired_device_is_told(
    node: Node, cloud: Cloud, cloud_server: CloudServer, eventually: Any
) -> None:
    await eventually(lambda: node.state.connected)
    cloud.retired = True
    cut(cloud)
    await eventually(lambda: node.rights.revoked)
    assert not node.state.connected


async def test_a_new_certificate_means_a_new_stream(
    node: Node, link: CloudLink, cloud: Cloud, eventually: Any
) -> None:
    await eventually(lambda: node.state.connected)
    link.replace(link.identity)
    await eventually(lambda: len(cloud.hellos) == 2)
    await eventually(lambda: node.state.connected)


async def test_retired_keys_are_heard_of_at_hello_and_at_once_later(
    node: Node, cloud: Cloud, eventually: Any
) -> None:
    await eventually(lambda: node.state.connected)
    assert node.rights.trusts == [Trust(0)]
    former = cloud.retire_key()
    cloud.rights_changed()
    await eventually(lambda: len(node.rights.trusts) > 1)
    assert node.rights.trusts[-1] == Trust(1, frozenset({former.kid}))


async def test_a_pushed_revocation_list_is_taken_before_the_epoch_is_heard(
    node: Node, cloud: Cloud, eventually: Any
) -> None:
    await eventually(lambda: node.state.connected)
    for pushed in ("forged", "genuine"):
        heard = len(node.rights.heard)
        cloud.epoch += 1
        cloud.send(rights_changed={"epoch": cloud.wire_epoch(), "revocation_list": pushed})
        await eventually(lambda heard=heard: len(node.rights.heard) > heard)
        assert node.rights.lists[-1] == pushed


async def test_the_epoch_in_force_is_acknowledged_at_once(
    node: Node, cloud: Cloud, eventually: Any
) -> None:
    await eventually(lambda: node.state.connected)
    node.rights.epoch = Epoch(cloud.incarnation, 41)
    await eventually(lambda: bool(cloud.statuses))
    assert cloud.statuses[-1].rights_epoch.number == 41


async def test_an_epoch_is_heard_although_the_trust_cannot_be_kept(
    node: Node, cloud: Cloud, eventually: Any
) -> None:
    await eventually(lambda: node.state.connected)
    node.rights.unkept = Unavailable("database")
    cloud.rights_changed()
    await eventually(lambda: node.rights.heard[-1].number == cloud.epoch)
    node.rights.unkept = None
    await eventually(lambda: len(cloud.hellos) > 1)
