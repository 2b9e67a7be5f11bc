"""Where a camera's pipeline stands, as the node tells it to others."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rights.grace import GraceStep


class PipelineState(StrEnum):
    """Names of brinkbyte.edge.v1.PipelineState without their prefix."""

    STARTING = "STARTING"
    RUNNING = "RUNNING"
    REFUSED = "REFUSED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class RefusedFeature:
    """A feature that the camera asked for and may not use; `reason` is a name of
    brinkbyte.common.v1.ErrorReason without its prefix."""

    feature: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """One camera at one moment.

    `source` is without credentials. `reason` and `message` are empty while it runs.
    `frames` and `detections` left the pipeline since the node started; `dropped` frames of
    a live stream were never inferred. `last_result_at` (aware) is None before the first.
    `grace_step` is where in its offline grace the camera stands, None outside of it; then
    one frame in `frame_stride` is looked at.
    """

    camera_id: str
    source: str
    state: PipelineState
    reason: str
    message: str
    frames: int
    detections: int
    dropped: int
    last_result_at: datetime | None
    features: tuple[str, ...]
    refused: tuple[RefusedFeature, ...]
    grace_step: GraceStep | None
    grace_message: str
    frame_stride: int
