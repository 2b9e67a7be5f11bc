"""Every frame's boxes, as one event a frame."""

from edge.analytics.observation import AnalyticEvent, Observation

DETECTION = "detection"


class DetectionLog:
    """One `detection` event for each frame, also when nothing was found."""

    def observe(self, frame: Observation) -> list[AnalyticEvent]:
        """Payload: `width`, `height` and `boxes`, best first."""
        payload = f'{{"width":{frame.width},"height":{frame.height},"boxes":{frame.boxes}}}'
        return [AnalyticEvent(DETECTION, payload)]
