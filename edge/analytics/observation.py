"""What analytics see of a frame, and what they say of it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from edge.inference.detection import Detection

_JSON = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Sighting:
    """A detection; `track_id` is the same for one object from frame to frame, None where
    nothing is tracked."""

    detection: Detection
    track_id: int | None


@dataclass(frozen=True, slots=True)
class Observation:
    """The licensed detections of one frame.

    `frame_index` counts from 0 in the source, `taken_at` is aware, `width` and `height` are
    pixels of the source's picture, in which the boxes lie. `boxes` is a JSON array of the
    sightings (label, score, x1, y1, x2, y2 and track_id where tracked), encoded once for all.
    """

    frame_index: int
    taken_at: datetime
    width: int
    height: int
    sightings: tuple[Sighting, ...]
    boxes: str

    @classmethod
    def of(
        cls,
        frame_index: int,
        taken_at: datetime,
        width: int,
        height: int,
        sightings: tuple[Sighting, ...],
    ) -> "Observation":
        """With the boxes of its sightings."""
        boxes = _JSON.encode([_box(sighting) for sighting in sightings])
        return cls(frame_index, taken_at, width, height, sightings, boxes)


@dataclass(frozen=True, slots=True)
class AnalyticEvent:
    """Something worth telling; `payload` is a JSON object as text."""

    event_type: str
    payload: str

    @classmethod
    def of(cls, event_type: str, payload: dict[str, Any]) -> "AnalyticEvent":
        """With the payload encoded."""
        return cls(event_type, _JSON.encode(payload))


class Analytic(Protocol):
    """Watches a camera's frames in order; one instance for each camera."""

    def observe(self, frame: Observation) -> list[AnalyticEvent]:
        """What this frame gives rise to. Called once a frame, in order; never waits."""
        ...


def _box(sighting: Sighting) -> dict[str, Any]:
    found = sighting.detection
    box: dict[str, Any] = {
        "label": found.label,
        "score": found.score,
        "x1": found.x1,
        "y1": found.y1,
        "x2": found.x2,
        "y2": found.y2,
    }
    if sighting.track_id is not None:
        box["track_id"] = sighting.track_id
    return box
