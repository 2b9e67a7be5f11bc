"""The four demo cameras: their clips, rendered once, and the node's cameras file.

`cam-west` has no licence; `cam-south` asks for an analytic of a pack that it lacks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from deploy.detector.seeds import EVAL_SEEDS
from deploy.detector.video import truth_path, write_clip
from deploy.local.rundir import write_private
from deploy.local.tenant import DemoPlan

LICENSED_PACKS: dict[str, tuple[str, ...]] = {
    "cam-north": ("advanced_analytics", "active_transport"),
    "cam-east": ("advanced_analytics", "active_transport"),
    "cam-south": (),
}
CAMERAS = (*LICENSED_PACKS, "cam-west")
FIRST_SEED = EVAL_SEEDS[777_000]


@dataclass(frozen=True, slots=True)
class Clips:
    """The clips of the demo cameras: `frames` frames each at `fps` frames a second."""

    folder: Path
    frames: int
    fps: int

    def path(self, camera_id: str) -> Path:
        """The camera's clip; its ground truth lies beside it."""
        return self.folder / f"{camera_id}-{self.frames}.mp4"

    def missing(self) -> Iterator[str]:
        """Cameras whose clip is not rendered yet."""
        return (camera for camera in CAMERAS if not self.path(camera).exists())

    def render(self, camera_id: str) -> None:
        """Renders one clip; it appears whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.path(camera_id)
        scratch = target.with_suffix(".part.mp4")
        write_clip(scratch, FIRST_SEED + CAMERAS.index(camera_id), self.frames, self.fps)
        truth_path(scratch).replace(truth_path(target))
        scratch.replace(target)


def demo_plan() -> DemoPlan:
    """What the demo tenant has bought."""
    return DemoPlan(cameras=LICENSED_PACKS)


def write_cameras_file(path: Path, clips: Clips, *, loop: bool) -> Path:
    """Writes the node's cameras file over the clips; each plays at its own speed.

    With `loop` a clip begins again at its end; without it the node reads on after the last frame
    that it kept, and stops at the end.
    """
    cameras = [
        {
            "camera_id": camera_id,
            "source": {
                "component": "video",
                "url": str(clips.path(camera_id)),
                "pacing": "realtime",
                "loop": loop,
                "resume": not loop,
            },
            "processors": [
                {"component": "detection"},
                {"component": "tracking"},
                {"component": "counting", "every": "change"},
                {"component": "line_crossing"},
                {"component": "object_size"},
            ],
            "sinks": [{"component": "json_stream"}],
            "lines": [{"name": "middle", "x1": 160, "y1": 0, "x2": 160, "y2": 192}],
        }
        for camera_id in CAMERAS
    ]
    write_private(path, yaml.safe_dump({"cameras": cameras}, sort_keys=False))
    return path
