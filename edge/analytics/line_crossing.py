"""Objects that cross a line."""

from collections.abc import Sequence
from dataclasses import dataclass

from edge.analytics.observation import AnalyticEvent, Observation, Sighting

LINE_CROSSING = "line_crossing"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A line from (x1, y1) to (x2, y2), pixels of the source's picture, of some length.

    Looking from its start to its end, with y pointing down, `left` and `right` are its
    sides. `labels` are the classes it counts; empty means all.
    """

    name: str
    x1: float
    y1: float
    x2: float
    y2: float
    labels: frozenset[str] = frozenset()

    def side(self, point: Point) -> float:
        """Below zero on the left, above zero on the right, zero on the line's course."""
        x, y = point
        return (self.x2 - self.x1) * (y - self.y1) - (self.y2 - self.y1) * (x - self.x1)

    def between(self, start: Point, end: Point) -> bool:
        """Whether the way from `start` to `end`, which changes sides, passes within the line's
        ends (and not beside them)."""
        way = Line("", *start, *end)
        first, second = way.side((self.x1, self.y1)), way.side((self.x2, self.y2))
        return first == 0 or second == 0 or (first < 0) != (second < 0)


@dataclass(slots=True)
class _Walker:
    """Where a track was last clearly on one side of each line, and when it was last seen."""

    places: dict[str, Point]
    seen: int


class LineCrossing:
    """`line_crossing` events, one for each object and line that it crosses.

    An object stands where the middle of its box's lower edge is. Standing on the line is
    neither side, so that trembling there counts once at most.
    """

    def __init__(self, lines: Sequence[Line], forget_after: int = 300) -> None:
        """A track unseen for `forget_after` frames is forgotten."""
        self._lines = tuple(lines)
        self._forget_after = forget_after
        self._walkers: dict[int, _Walker] = {}
        self._frames = 0

    def observe(self, frame: Observation) -> list[AnalyticEvent]:
        """Payload: `line`, `direction` (`left_to_right` or `right_to_left`), `label`,
        `track_id`, and where it stood (`x`, `y`). Sightings without a track are passed over."""
        self._frames += 1
        events = [
            event
            for sighting in frame.sightings
            if sighting.track_id is not None
            for event in self._follow(sighting, sighting.track_id)
        ]
        if self._frames % self._forget_after == 0:
            oldest = self._frames - self._forget_after
            self._walkers = {
                track: walker for track, walker in self._walkers.items() if walker.seen > oldest
            }
        return events

    def _follow(self, sighting: Sighting, track_id: int) -> list[AnalyticEvent]:
        found = sighting.detection
        here = ((found.x1 + found.x2) / 2, found.y2)
        walker = self._walkers.setdefault(track_id, _Walker({}, 0))
        walker.seen = self._frames
        events = []
        for line in self._lines:
            side = line.side(here)
            if side == 0 or (line.labels and found.label not in line.labels):
                continue
            before = walker.places.get(line.name)
            walker.places[line.name] = here
            if before is None or (line.side(before) < 0) == (side < 0):
                continue
            if line.between(before, here):
                events.append(_crossing(line, side, sighting, here))
        return events


def _crossing(line: Line, side: float, sighting: Sighting, here: Point) -> AnalyticEvent:
    return AnalyticEvent.of(
        LINE_CROSSING,
        {
            "line": line.name,
            "direction": "left_to_right" if side > 0 else "right_to_left",
            "label": sighting.detection.label,
            "track_id": sighting.track_id,
            "x": round(here[0], 1),
            "y": round(here[1], 1),
        },
    )
