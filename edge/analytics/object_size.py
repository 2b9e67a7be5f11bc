"""How large objects appear."""

from edge.analytics.observation import AnalyticEvent, Observation, Sighting

OBJECT_SIZE = "object_size"


class ObjectSize:
    """One `object_size` event for each frame in which something is in view."""

    def observe(self, frame: Observation) -> list[AnalyticEvent]:
        """Payload: `objects`, each with label, width and height in pixels, and the share of
        the picture that its box covers (0..1)."""
        if not frame.sightings:
            return []
        picture = frame.width * frame.height
        objects = [_size(sighting, picture) for sighting in frame.sightings]
        return [AnalyticEvent.of(OBJECT_SIZE, {"objects": objects})]


def _size(sighting: Sighting, picture: int) -> dict[str, str | float | int]:
    found = sighting.detection
    width, height = found.x2 - found.x1, found.y2 - found.y1
    size: dict[str, str | float | int] = {
        "label": found.label,
        "width": round(width, 1),
        "height": round(height, 1),
        "share": round(width * height / picture, 5),
    }
    if sighting.track_id is not None:
        size["track_id"] = sighting.track_id
    return size
