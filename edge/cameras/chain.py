"""The processors and sinks of one camera that may run now."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from edge.analytics.counting import Counting
from edge.analytics.detection import DetectionLog
from edge.analytics.line_crossing import LineCrossing
from edge.analytics.object_size import ObjectSize
from edge.analytics.observation import Analytic, AnalyticEvent, Observation, Sighting
from edge.analytics.tracking import Tracker
from edge.cameras.json_stream import JsonStream
from edge.cameras.model import Camera, Component, ComponentKind
from edge.cameras.permissions import Permissions
from edge.cameras.settings import CountingSettings, JsonStreamSettings
from edge.cameras.source import Frame
from edge.inference.detection import Detection


class Sink(Protocol):
    """Where results leave the node."""

    def write(self, frame: Observation, events: Sequence[AnalyticEvent]) -> None:
        """Takes one frame's result. Raises SinkError, after which it may be tried again."""
        ...

    def close(self) -> None:
        """Nothing more comes."""
        ...


class Chain:
    """Builds what is permitted, drops what no longer is, and keeps the rest as it stands."""

    def __init__(self, camera: Camera, output: Path) -> None:
        """`output` is the directory of the sinks' files."""
        self._camera = camera
        self._output = output
        self._classes: frozenset[str] = frozenset()
        self._tracker: Tracker | None = None
        self._analytics: dict[Component, Analytic] = {}
        self._sinks: dict[Component, Sink] = {}

    def apply(self, permissions: Permissions) -> None:
        """From the next frame on, only what these permissions let run."""
        self._classes = permissions.classes
        tracked = any(part.name in {"tracking", "line_crossing"} for part in permissions.components)
        self._tracker = (self._tracker or Tracker()) if tracked else None
        processors = [
            part
            for part in permissions.components
            if part.kind is ComponentKind.PROCESSOR and part.name != "tracking"
        ]
        sinks = [part for part in permissions.components if part.kind is ComponentKind.SINK]
        self._analytics = {
            part: self._analytics.get(part) or self._analytic(part) for part in processors
        }
        for part in self._sinks.keys() - set(sinks):
            self._sinks[part].close()
        self._sinks = {part: self._sinks.get(part) or self._sink(part) for part in sinks}

    def observe(
        self, frame: Frame, detections: Sequence[Detection]
    ) -> tuple[Observation, list[AnalyticEvent]]:
        """One frame through the analytics; classes without a licence are gone before them."""
        seen = [found for found in detections if found.label in self._classes]
        if self._tracker is not None:
            sightings = self._tracker.update(seen)
        else:
            sightings = tuple(Sighting(found, None) for found in seen)
        observation = Observation.of(
            frame.index, frame.taken_at, frame.width, frame.height, sightings
        )
        events = [
            event
            for analytic in self._analytics.values()
            for event in analytic.observe(observation)
        ]
        return observation, events

    @property
    def sinks(self) -> tuple[Sink, ...]:
        """The sinks that may run now."""
        return tuple(self._sinks.values())

    def close(self) -> None:
        """Closes the sinks; `apply` opens them again."""
        for sink in self._sinks.values():
            sink.close()
        self._sinks = {}

    def _analytic(self, part: Component) -> Analytic:
        made: dict[str, Callable[[], Analytic]] = {
            "detection": DetectionLog,
            "line_crossing": lambda: LineCrossing(self._camera.lines),
            "object_size": ObjectSize,
        }
        if isinstance(part.settings, CountingSettings):
            return Counting(part.settings.every)
        return made[part.name]()

    def _sink(self, part: Component) -> Sink:
        if not isinstance(part.settings, JsonStreamSettings):
            raise TypeError(f"{part.name} is no sink")
        return JsonStream(self._output, self._camera.camera_id, part.settings)
