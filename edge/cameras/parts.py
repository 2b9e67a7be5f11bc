"""What every pipeline of a node shares."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.inference.detection import Detection
from edge.inference.spec import ModelSpec
from edge.licensing.gate import LicenseGate
from edge.usage.counts import FrameResult, LeaseSpan
from mesh.clock import Clock
from mesh.faults import Faults
from rights.steps import Step


class Detector(Protocol):
    """What a pipeline needs of the inference client."""

    async def spec(self) -> ModelSpec:
        """The model; raises MeshError while it is away."""
        ...

    async def detect(
        self, image: NDArray[np.uint8], width: int, height: int
    ) -> tuple[Detection, ...]:
        """The objects in a picture; raises MeshError, after which it may be tried again."""
        ...


class FrameMeter(Protocol):
    """What a pipeline needs of the meter."""

    async def commit(self, results: list[FrameResult]) -> None:
        """Returns once the frames are durably counted; raises MeshError when none of them is."""
        ...

    async def close_camera(self, camera_id: str) -> None:
        """Closes the camera's open minutes."""
        ...


class FrameHold(Protocol):
    """A frame's part of the quota: `counted` once its count may be durable."""

    lease: LeaseSpan | None
    counted: bool

    def close(self) -> None:
        """Gives it back unless it was counted."""
        ...


class FrameQuota(Protocol):
    """What a pipeline needs of the quota of frames; memory only, never waits."""

    def take(self) -> FrameHold | None:
        """Sets one frame aside; None when there is none."""
        ...

    def step(self) -> Step:
        """Whether there is one, and why."""
        ...


@dataclass(frozen=True, slots=True)
class PipelineParts:
    """What every pipeline of a node shares.

    `output` is the directory of the sinks' files. `last_frame` finds the number of a
    camera's last kept frame, for sources that resume. At most `in_flight` frames of a camera
    are on their way, `inferring` of them at the detector.
    """

    gate: LicenseGate
    meter: FrameMeter
    detector: Detector
    clock: Clock
    faults: Faults
    output: Path
    last_frame: Callable[[str], Awaitable[int | None]]
    quota: FrameQuota
    in_flight: int = 32
    inferring: int = 2
