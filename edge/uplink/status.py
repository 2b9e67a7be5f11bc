"""The node's own state as the heartbeat reports it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gen.betterproto.brinkbyte.heartbeat import v1


@dataclass(frozen=True, slots=True)
class CameraReport:
    """One camera; `last_inference_at` is aware, None before the first."""

    camera_id: str
    running: bool
    frames: int
    refused_features: Sequence[str]
    last_inference_at: datetime | None


@dataclass(frozen=True, slots=True)
class NodeReport:
    """The whole node. `usage_backlog` counts events that wait for an ack."""

    software_version: str
    cameras: Sequence[CameraReport]
    usage_backlog: int
    inference_ready: bool

    def shape(self) -> tuple[object, ...]:
        """What makes a report worth sending at once; counters alone can wait."""
        cameras = ((each.camera_id, each.running, each.refused_features) for each in self.cameras)
        return self.inference_ready, *cameras


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
            )
            for camera in report.cameras
        ],
        usage_backlog=report.usage_backlog,
        inference_ready=report.inference_ready,
        reported_at=now,
    )
