"""The detector's vocabulary: its classes and its boxes, in pixels of the frame."""

from collections.abc import Sequence
from dataclasses import dataclass

LABELS = ("person", "car", "bus", "truck", "bicycle")
"""Class names, which are feature names of the catalogue; a class index is a place in this tuple."""


@dataclass(frozen=True, slots=True)
class Box:
    """One object of the ground truth: its visible extent, pixels, x to the right and y down.

    `x1 <= x < x2` and `y1 <= y < y2` hold for every visible pixel. `ignored` marks an object too
    hidden to be demanded: like a crowd region of COCO it is neither a miss when it is not found
    nor an error when it is. `track` names the same object in every frame of a clip.
    """

    label: str
    x1: float
    y1: float
    x2: float
    y2: float
    ignored: bool = False
    track: int = 0


@dataclass(frozen=True, slots=True)
class Detection:
    """One object that the network reports, pixels, with its confidence in 0..1."""

    label: str
    x1: float
    y1: float
    x2: float
    y2: float
    score: float


def detections_from_rows(
    rows: Sequence[Sequence[float]], labels: Sequence[str], threshold: float
) -> tuple[Detection, ...]:
    """Read the model's [K, 6] rows (x1, y1, x2, y2, score, class index), best first.

    Rows scoring under `threshold` are left out; padding rows score 0.
    """
    return tuple(
        Detection(labels[int(row[5])], *(float(value) for value in row[:5]))
        for row in rows
        if row[4] >= threshold
    )


def intersection(a: Box | Detection, b: Box | Detection) -> float:
    """The area that two boxes share, in square pixels."""
    width = min(a.x2, b.x2) - max(a.x1, b.x1)
    height = min(a.y2, b.y2) - max(a.y1, b.y1)
    return max(width, 0.0) * max(height, 0.0)


def area(box: Box | Detection) -> float:
    """The area of one box, in square pixels."""
    return max(box.x2 - box.x1, 0.0) * max(box.y2 - box.y1, 0.0)


def iou(a: Box | Detection, b: Box | Detection) -> float:
    """Intersection over union, 0..1; two empty boxes share nothing."""
    shared = intersection(a, b)
    union = area(a) + area(b) - shared
    return shared / union if union > 0 else 0.0
