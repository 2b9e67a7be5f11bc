"""The node's own state as the heartbeat reports it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gen.betterproto.brinkbyte.common import v1 as common
from gen.betterproto.brinkbyte.heartbeat import v1
from rights.claims import Epoch
from rights.grace import GraceStep

_GRACE_STEPS = {
    None: common.GraceStep.UNSPECIFIED,
    GraceStep.WARN: common.GraceStep.WARN,
    GraceStep.FEWER_FRAMES: common.GraceStep.FEWER_FRAMES,
    GraceStep.DROP_PACKS: common.GraceStep.DROP_PACKS,
    GraceStep.STOP: common.GraceStep.STOP,
}


@dataclass(frozen=True, slots=True)
class CameraReport:
    """One camera; `last_inference_at` is aware, None before the first. `grace_step` is None
    outside of the offline grace."""

    camera_id: str
    running: bool
    frames: int
    refused_features: Sequence[str]
    last_inference_at: datetime | None
    grace_step: GraceStep | None = None


@dataclass(frozen=True, slots=True)
class NodeReport:
    """The whole node. `usage_backlog` counts events that wait for an ack."""

    software_version: str
    cameras: Sequence[CameraReport]
    usage_backlog: int
    inference_ready: bool
    rights_epoch: Epoch

    def shape(self) -> tuple[object, ...]:
        """What makes a report worth sending at once; counters alone can wait."""
        cameras = (
            (each.camera_id, each.running, each.refused_features, each.grace_step)
            for each in self.cameras
        )
        return self.inference_ready, self.rights_epoch, *cameras


class LineState:
    """Whether the stream to the cloud is up; written by the heartbeat, read by others."""

    __slots__ = ("connected",)

    def __init__(self) -> None:
        """Down at first."""
        self.connected = False


class Reporter(Protocol):
    """Who knows the node's state."""

    async def report(self) -> NodeReport:
        """The state now. Raises MeshError when it cannot be told."""
        ...


def to_message(report: NodeReport, now: datetime) -> v1.DeviceStatus:
    """The report on the wire; `now` (aware) is the device's own clock."""
    return v1.DeviceStatus(
        software_version=report.software_version,
        cameras=[
            v1.CameraStatus(
                camera_id=camera.camera_id,
                running=camera.running,
                frames=camera.frames,
                refused_features=list(camera.refused_features),
                last_inference_at=camera.last_inference_at,
                grace_step=_GRACE_STEPS[camera.grace_step],
            )
            for camera in report.cameras
        ],
        usage_backlog=report.usage_backlog,
        inference_ready=report.inference_ready,
        reported_at=now,
        rights_epoch=common.Epoch(
            incarnation=report.rights_epoch.incarnation, number=report.rights_epoch.number
        ),
    )
