"""The cameras file: YAML, checked member by member.

    cameras:
      - camera_id: north-gate
        source: {component: video, url: clips/north.mp4, pacing: realtime}
        processors:
          - component: detection
          - component: tracking
          - {component: counting, every: change}
          - component: line_crossing
        sinks:
          - {component: json_stream, max_bytes: 67108864}
        lines:
          - {name: entry, x1: 0, y1: 120, x2: 320, y2: 120, labels: [car, bus]}

A file's path is taken from the directory of the cameras file.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.analytics.line_crossing import Line
from edge.cameras.model import COMPONENT_TYPES, Camera, Component, ComponentKind
from edge.cameras.settings import VideoSettings, read_settings
from mesh.errors import ConfigError

Name = Annotated[str, Field(min_length=1, max_length=64)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)
    component: str

    def members(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Name
    x1: float
    y1: float
    x2: float
    y2: float
    labels: list[str] = []


class _Camera(BaseModel):
    model_config = ConfigDict(extra="forbid")
    camera_id: Annotated[str, Field(min_length=1, max_length=255)]
    source: _Part
    processors: list[_Part] = []
    sinks: list[_Part] = []
    lines: list[_Line] = []


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")
    cameras: list[_Camera]


def load_cameras(path: Path) -> tuple[Camera, ...]:
    """The cameras in the file, in its order.

    Raises ConfigError with one line for each thing that is wrong.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not YAML: {' '.join(str(error).split())}") from None
    problems: list[str] = []
    try:
        parsed = _Document.model_validate(document)
    except ValidationError as error:
        problems += _lines(error, "")
    else:
        reader = _Reader(path.parent, problems)
        cameras = reader.cameras(parsed)
    if problems:
        raise ConfigError("\n".join(f"{path}: {problem}" for problem in problems))
    return cameras


class _Reader:
    """From what the file says to cameras; what is wrong is added to `problems`."""

    def __init__(self, directory: Path, problems: list[str]) -> None:
        self._directory = directory
        self._problems = problems

    def cameras(self, document: _Document) -> tuple[Camera, ...]:
        seen: set[str] = set()
        found = []
        for index, entry in enumerate(document.cameras):
            place = f"cameras[{index}]"
            if entry.camera_id in seen:
                self._problems.append(f"{place}.camera_id: {entry.camera_id!r} is there twice")
            seen.add(entry.camera_id)
            camera = self._camera(entry, place)
            if camera is not None:
                found.append(camera)
        return tuple(found)

    def _camera(self, entry: _Camera, place: str) -> Camera | None:
        source = self._component(entry.source, ComponentKind.SOURCE, f"{place}.source")
        processors = self._components(entry.processors, ComponentKind.PROCESSOR, place)
        sinks = self._components(entry.sinks, ComponentKind.SINK, place)
        lines = self._lines(entry.lines, place)
        if source is None or not isinstance(source.settings, VideoSettings):
            return None
        camera = Camera(entry.camera_id, self._located(source.settings), processors, sinks, lines)
        self._check(camera, place)
        return camera

    def _components(
        self, parts: list[_Part], kind: ComponentKind, place: str
    ) -> tuple[Component, ...]:
        found: dict[str, Component] = {}
        for index, part in enumerate(parts):
            where = f"{place}.{kind}s[{index}]"
            if part.component in found:
                self._problems.append(f"{where}.component: {part.component!r} is there twice")
            component = self._component(part, kind, where)
            if component is not None:
                found[component.name] = component
        return tuple(found.values())

    def _component(self, part: _Part, kind: ComponentKind, place: str) -> Component | None:
        known = [name for name, held in COMPONENT_TYPES.items() if held.kind is kind]
        if part.component not in known:
            self._problems.append(
                f"{place}.component: {part.component!r} is not one of {', '.join(known)}"
            )
            return None
        try:
            return Component(part.component, read_settings(part.component, part.members()))
        except ValidationError as error:
            self._problems += _lines(error, place)
            return None

    def _lines(self, entries: list[_Line], place: str) -> tuple[Line, ...]:
        found: dict[str, Line] = {}
        for index, entry in enumerate(entries):
            where = f"{place}.lines[{index}]"
            if entry.name in found:
                self._problems.append(f"{where}.name: {entry.name!r} is there twice")
            if (entry.x1, entry.y1) == (entry.x2, entry.y2):
                self._problems.append(f"{where}: begins where it ends")
            found[entry.name] = Line(
                entry.name, entry.x1, entry.y1, entry.x2, entry.y2, frozenset(entry.labels)
            )
        return tuple(found.values())

    def _check(self, camera: Camera, place: str) -> None:
        if camera.has("line_crossing") and not camera.lines:
            self._problems.append(f"{place}.lines: line_crossing needs a line")
        if camera.source.resume and (camera.source.loop or not camera.has("detection")):
            self._problems.append(
                f"{place}.source.resume: needs the processor detection, and no loop"
            )

    def _located(self, source: VideoSettings) -> VideoSettings:
        if "://" in source.url:
            return source
        return replace(source, url=str((self._directory / source.url).absolute()))


def _lines(error: ValidationError, place: str) -> list[str]:
    return [f"{_path(place, item['loc'])}: {_words(item)}" for item in error.errors()]


def _words(item: Mapping[str, Any]) -> str:
    message = str(item["msg"])
    return message[:1].lower() + message[1:]


def _path(place: str, location: tuple[int | str, ...]) -> str:
    for step in location:
        if isinstance(step, int):
            place += f"[{step}]"
        else:
            place += f".{step}" if place else step
    return place or "the file"
