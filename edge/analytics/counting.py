"""How many objects of each class are in view."""

from collections import Counter
from enum import StrEnum

from edge.analytics.observation import AnalyticEvent, Observation

COUNTING = "counting"


class Every(StrEnum):
    """When a count is told: for each frame, or when it differs from the one told before."""

    FRAME = "frame"
    CHANGE = "change"


class Counting:
    """`counting` events."""

    def __init__(self, every: Every = Every.CHANGE) -> None:
        """`every` says when."""
        self._every = every
        self._told: dict[str, int] | None = None

    def observe(self, frame: Observation) -> list[AnalyticEvent]:
        """Payload: `counts` by class (classes in view only) and their `total`."""
        seen = Counter(sighting.detection.label for sighting in frame.sightings)
        counts = dict(sorted(seen.items()))
        if self._every is Every.CHANGE and counts == self._told:
            return []
        self._told = counts
        payload = {"counts": counts, "total": seen.total()}
        return [AnalyticEvent.of(COUNTING, payload)]
