"""Which detection is the same object as before.

Boxes are matched to tracks by intersection over union within a class, best pairs first
(after Bochinski, Eiselein and Sikora, "High-speed tracking-by-detection without using image
information", AVSS 2017), against where each track would be at its last speed, so that an
object may be missed for a few frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from edge.analytics.observation import Sighting
from edge.inference.detection import Detection

Box = tuple[float, float, float, float]


@dataclass(slots=True)
class _Track:
    """`dx` and `dy` are pixels a frame, smoothed; `missed` counts frames since it was seen."""

    track_id: int
    last: Detection
    dx: float = 0.0
    dy: float = 0.0
    missed: int = 0

    def expected(self) -> Box:
        """Where its box would be now."""
        steps, last = self.missed + 1, self.last
        dx, dy = self.dx * steps, self.dy * steps
        return last.x1 + dx, last.y1 + dy, last.x2 + dx, last.y2 + dy

    def follow(self, found: Detection) -> None:
        """Moves the track to its newest detection."""
        steps, last = self.missed + 1, self.last
        dx = (found.x1 + found.x2 - last.x1 - last.x2) / 2 / steps
        dy = (found.y1 + found.y2 - last.y1 - last.y2) / 2 / steps
        self.dx, self.dy = (self.dx + dx) / 2, (self.dy + dy) / 2
        self.last, self.missed = found, 0


class Tracker:
    """Gives the objects of one camera their track ids, from 1 on."""

    def __init__(self, min_overlap: float = 0.3, max_missed: int = 8) -> None:
        """A pair below `min_overlap` never matches; a track unseen for more than
        `max_missed` frames ends."""
        self._min_overlap = min_overlap
        self._max_missed = max_missed
        self._tracks: list[_Track] = []
        self._next_id = 1

    def update(self, detections: Sequence[Detection]) -> tuple[Sighting, ...]:
        """The next frame's detections with their tracks, in the order given."""
        taken: dict[int, _Track] = {}
        matched: set[int] = set()
        for _, index, position in self._pairs(detections):
            if index not in taken and position not in matched:
                taken[index] = self._tracks[position]
                matched.add(position)
        for position, track in enumerate(self._tracks):
            if position not in matched:
                track.missed += 1
        for index, track in taken.items():
            track.follow(detections[index])
        sightings = tuple(
            Sighting(found, (taken.get(index) or self._begin(found)).track_id)
            for index, found in enumerate(detections)
        )
        self._tracks = [track for track in self._tracks if track.missed <= self._max_missed]
        return sightings

    def _pairs(self, detections: Sequence[Detection]) -> list[tuple[float, int, int]]:
        """(overlap, detection, track), best first."""
        expected = [(track.last.label, track.expected()) for track in self._tracks]
        pairs = [
            (overlap, index, position)
            for index, found in enumerate(detections)
            for position, (label, box) in enumerate(expected)
            if label == found.label
            and box[0] < found.x2
            and found.x1 < box[2]
            and (overlap := _overlap(found, box)) >= self._min_overlap
        ]
        pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
        return pairs

    def _begin(self, found: Detection) -> _Track:
        track = _Track(self._next_id, found)
        self._next_id += 1
        self._tracks.append(track)
        return track


def _overlap(found: Detection, box: Box) -> float:
    """Intersection over union, 0..1."""
    x1, y1, x2, y2 = box
    width = min(x2, found.x2) - max(x1, found.x1)
    height = min(y2, found.y2) - max(y1, found.y1)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    mine = (found.x2 - found.x1) * (found.y2 - found.y1)
    return shared / (mine + (x2 - x1) * (y2 - y1) - shared)
