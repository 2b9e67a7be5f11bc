"""Synthetic detections and observations."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from edge.analytics.observation import Observation, Sighting
from edge.inference.detection import Detection

START = datetime(2026, 5, 15, 12, 30, tzinfo=UTC)


def box(x: float, y: float, label: str = "car", width: float = 40, height: float = 20) -> Detection:
    """A detection whose upper left corner is at (x, y)."""
    return Detection(label, 0.9, x, y, x + width, y + height)


def observed(index: int, sightings: Sequence[Sighting]) -> Observation:
    """A frame of 320 x 192 pixels, 25 a second."""
    taken_at = START + index * timedelta(milliseconds=40)
    return Observation.of(index, taken_at, 320, 192, tuple(sightings))


def standing_at(index: int, x: float, y: float, track: int | None = 1) -> Observation:
    """A frame with one object whose lower edge's middle is at (x, y)."""
    return observed(index, [Sighting(box(x - 20, y - 20), track)])
