"""A camera: one source, processors, sinks, and the lines drawn in its picture.

What permits a component is fixed here by its name: no file and no table can choose another
feature for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from edge.analytics.line_crossing import Line
from edge.cameras.settings import Settings, VideoSettings


class ComponentKind(StrEnum):
    """What a component does in its pipeline."""

    SOURCE = "source"
    PROCESSOR = "processor"
    SINK = "sink"


@dataclass(frozen=True, slots=True)
class ComponentType:
    """What can be put into a pipeline; every one of `features` is needed, the first is its
    own."""

    kind: ComponentKind
    features: tuple[str, ...]


COMPONENT_TYPES: Mapping[str, ComponentType] = MappingProxyType(
    {
        "video": ComponentType(ComponentKind.SOURCE, ("detection",)),
        "detection": ComponentType(ComponentKind.PROCESSOR, ("detection",)),
        "tracking": ComponentType(ComponentKind.PROCESSOR, ("tracking",)),
        "counting": ComponentType(ComponentKind.PROCESSOR, ("counting",)),
        "line_crossing": ComponentType(ComponentKind.PROCESSOR, ("line_crossing", "tracking")),
        "object_size": ComponentType(ComponentKind.PROCESSOR, ("object_size",)),
        "json_stream": ComponentType(ComponentKind.SINK, ("json_stream",)),
    }
)
"""Every component by name. Frames are read to detect in them, so detection permits a source."""


@dataclass(frozen=True, slots=True)
class Component:
    """One component of one camera; `name` is a key of COMPONENT_TYPES."""

    name: str
    settings: Settings

    @property
    def kind(self) -> ComponentKind:
        """Source, processor or sink."""
        return COMPONENT_TYPES[self.name].kind

    @property
    def features(self) -> tuple[str, ...]:
        """The features that it needs, its own first."""
        return COMPONENT_TYPES[self.name].features


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera as configured. `processors` and `sinks` hold each component once at most."""

    camera_id: str
    source: VideoSettings
    processors: tuple[Component, ...]
    sinks: tuple[Component, ...]
    lines: tuple[Line, ...]

    @property
    def components(self) -> tuple[Component, ...]:
        """All of them, in the order of the pipeline."""
        return (Component("video", self.source), *self.processors, *self.sinks)

    def has(self, name: str) -> bool:
        """Whether a processor or sink of this name is configured."""
        return any(component.name == name for component in self.components)
