"""How good the detector is on scenes it never saw: `python -m deploy.detector.evaluate`.

It asks a running Triton, so it measures what is served: through the video codec, the network and
the model's own configuration.
"""

import argparse
import asyncio
import io
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from tritonclient.grpc import InferInput
from tritonclient.grpc.aio import InferenceServerClient

from deploy.detector.boxes import (
    LABELS,
    Box,
    Detection,
    area,
    detections_from_rows,
    intersection,
    iou,
)
from deploy.detector.scenes import Frame, render_clip
from deploy.detector.seeds import EVAL_SEEDS
from deploy.detector.serving import INPUT, MODEL_NAME, OUTPUT
from deploy.detector.video import decode, encode

MATCH_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Score:
    """True positives, false positives and false negatives."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def precision(self) -> float:
        """The share of detections that are right, 0..1; 1 when there are none."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 1.0

    @property
    def recall(self) -> float:
        """The share of objects that were found, 0..1; 1 when there are none."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0

    def __add__(self, other: "Score") -> "Score":
        """Count two sets of frames together."""
        return Score(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)


def match(detections: Iterable[Detection], truth: Iterable[Box]) -> Score:
    """Compare one frame's detections with its ground truth, as COCO does at one threshold.

    Best score first, a detection takes the free object of its class that it overlaps most, from
    MATCH_IOU up. One that takes none is false, unless at least half of it lies on an ignored
    object of its class.
    """
    boxes = tuple(truth)
    free = [box for box in boxes if not box.ignored]
    ignored = [box for box in boxes if box.ignored]
    tp = fp = 0
    for found in sorted(detections, key=lambda detection: -detection.score):
        candidates = [box for box in free if box.label == found.label]
        best = max(candidates, key=lambda box: iou(found, box), default=None)
        if best is not None and iou(found, best) >= MATCH_IOU:
            free.remove(best)
            tp += 1
        elif not any(_lies_on(found, box) for box in ignored):
            fp += 1
    return Score(tp, fp, len(free))


def match_by_label(detections: Iterable[Detection], truth: Iterable[Box]) -> dict[str, Score]:
    """The score of each class in one frame."""
    found, boxes = tuple(detections), tuple(truth)
    return {
        label: match(
            (detection for detection in found if detection.label == label),
            (box for box in boxes if box.label == label),
        )
        for label in LABELS
    }


def _lies_on(found: Detection, box: Box) -> bool:
    return found.label == box.label and intersection(found, box) >= area(found) / 2


def seen_clip(seed: int, frames: int, fps: int) -> list[tuple[Frame, tuple[Box, ...]]]:
    """A scene as a camera delivers it: encoded and decoded, each frame with its ground truth."""
    clip = list(render_clip(seed, frames, fps))
    file = io.BytesIO()
    encode(file, (frame for frame, _ in clip), fps)
    file.seek(0)
    return [(frame, boxes) for frame, (_, boxes) in zip(decode(file), clip, strict=True)]


class ServedDetector:
    """The detector as a client of Triton sees it."""

    def __init__(
        self, client: InferenceServerClient, labels: Sequence[str], threshold: float
    ) -> None:
        """Use `connect` unless class names and threshold are already known."""
        self._client = client
        self._labels = labels
        self._threshold = threshold

    @classmethod
    async def connect(cls, client: InferenceServerClient) -> "ServedDetector":
        """Read class names and threshold from the served model's configuration."""
        config = (await client.get_model_config(MODEL_NAME)).config
        labels = config.parameters["labels"].string_value.split(",")
        return cls(client, labels, float(config.parameters["score_threshold"].string_value))

    async def detect(self, frame: Frame) -> tuple[Detection, ...]:
        """Find the objects in one RGB frame (height, width, 3)."""
        tensor = InferInput(INPUT, [1, *frame.shape], "UINT8")
        tensor.set_data_from_numpy(frame[np.newaxis])
        answer = await self._client.infer(MODEL_NAME, [tensor])
        return detections_from_rows(answer.as_numpy(OUTPUT)[0], self._labels, self._threshold)


async def evaluate(
    detector: ServedDetector, seeds: Sequence[int], frames: int, fps: int
) -> AsyncIterator[dict[str, Score]]:
    """Yield the score of each class for every frame of the scenes."""
    for seed in seeds:
        for frame, boxes in await asyncio.to_thread(seen_clip, seed, frames, fps):
            yield match_by_label(await detector.detect(frame), boxes)


async def _report(address: str, clips: int, frames: int, fps: int) -> None:
    async with InferenceServerClient(address) as client:
        detector = await ServedDetector.connect(client)
        totals = dict.fromkeys(LABELS, Score())
        async for scores in evaluate(detector, EVAL_SEEDS[:clips], frames, fps):
            totals = {label: totals[label] + scores[label] for label in LABELS}
    lines = [f"{clips} unseen scenes, {clips * frames} frames, IoU {MATCH_IOU}"]
    for label, score in (*totals.items(), ("all", sum(totals.values(), Score()))):
        figures = f"precision {score.precision:.3f}  recall {score.recall:.3f}"
        lines.append(f"{label:8} {figures}  tp {score.tp}  fp {score.fp}  fn {score.fn}")
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> None:
    """Print precision and recall of each class."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triton", default="127.0.0.1:8001", help="Triton's gRPC address")
    parser.add_argument("--clips", type=int, default=40, help="unseen scenes")
    parser.add_argument("--frames", type=int, default=15, help="frames of each scene")
    parser.add_argument("--fps", type=int, default=5)
    arguments = parser.parse_args()
    asyncio.run(_report(arguments.triton, arguments.clips, arguments.frames, arguments.fps))


if __name__ == "__main__":
    main()
