"""What the detector found in one frame."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Detection:
    """One object: its class, the confidence (0..1), and its box in pixels of the source's
    picture, x to the right and y down; short decimals, as they are written out."""

    label: str
    score: float
    x1: float
    y1: float
    x2: float
    y2: float
