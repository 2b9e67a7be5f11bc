"""The node's own state as the heartbeat reports it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from edge.inference.tally import Inferences
from edge.usage.positions import Position
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
class UsageReport:
    """What the node counted so far: its journal, and by metric what events and open minutes hold,
    in units of 0.00001. `inferences` is None before Triton said anything."""

    position: Position
    open_quantities: Mapping[str, int]
    inferences: Inferences | None


@dataclass(frozen=True, slots=True)
class NodeReport:
    """The whole node."""

    software_version: str
    cameras: Sequence[CameraReport]
    usage: UsageReport
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
        usage_backlog=report.usage.position.last_seq - report.usage.position.acked_seq,
        usage=_usage(report.usage),
        inference_ready=report.inference_ready,
        reported_at=now,
        rights_epoch=common.Epoch(
            incarnation=report.rights_epoch.incarnation, number=report.rights_epoch.number
        ),
    )


def _usage(usage: UsageReport) -> v1.CountedUsage:
    position, still_open, frames = usage.position, usage.open_quantities, usage.inferences
    return v1.CountedUsage(
        journal_id=str(position.journal_id),
        last_seq=position.last_seq,
        acked_seq=position.acked_seq,
        metrics=[
            v1.CountedMetric(
                event_type=metric,
                journalled_e5=position.journalled.get(metric, 0),
                open_e5=still_open.get(metric, 0),
            )
            for metric in sorted(position.journalled.keys() | still_open.keys())
        ],
        inferences=None
        if frames is None
        else v1.Inferences(
            since=frames.since,
            inferred=frames.inferred,
            counted=frames.counted,
            restarts=frames.restarts,
        ),
    )
