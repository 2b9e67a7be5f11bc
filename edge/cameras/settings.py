"""What each component can be told, and how that is read."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter

from edge.analytics.counting import Every

_STRICT = ConfigDict(extra="forbid", strict=True)

MEBIBYTE = 1024 * 1024


class Pacing(StrEnum):
    """How fast a recording is read; live streams set their own pace."""

    REALTIME = "realtime"
    FASTEST = "fastest"


@dataclass(frozen=True, slots=True)
class NoSettings:
    """Nothing to tell."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT


@dataclass(frozen=True, slots=True)
class VideoSettings:
    """A video file or stream.

    `loop` begins again at the end of a recording, frame numbers going on. Reading begins at
    `start_frame` (from 0), or, with `resume`, after the last frame whose result was kept.
    """

    url: Annotated[str, Field(min_length=1, max_length=2048)]
    pacing: Pacing = Pacing.REALTIME
    loop: bool = False
    start_frame: Annotated[int, Field(ge=0)] = 0
    resume: bool = False

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT


@dataclass(frozen=True, slots=True)
class CountingSettings:
    """When counts are told."""

    every: Every = Every.CHANGE

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT


@dataclass(frozen=True, slots=True)
class JsonStreamSettings:
    """A file is set aside once it holds `max_bytes`; `keep` such files are kept."""

    max_bytes: Annotated[int, Field(ge=4096)] = 64 * MEBIBYTE
    keep: Annotated[int, Field(ge=1, le=100)] = 4

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT


Settings = NoSettings | VideoSettings | CountingSettings | JsonStreamSettings


def settings_type(component: str) -> type[Settings]:
    """The settings that a component takes."""
    special: dict[str, type[Settings]] = {
        "video": VideoSettings,
        "counting": CountingSettings,
        "json_stream": JsonStreamSettings,
    }
    return special.get(component, NoSettings)


def read_settings(component: str, members: Mapping[str, Any]) -> Settings:
    """A component's settings. Raises pydantic.ValidationError naming each wrong member."""
    adapter: TypeAdapter[Settings] = TypeAdapter(settings_type(component))
    return adapter.validate_json(json.dumps(members))


def write_settings(settings: Settings) -> str:
    """The same as a JSON object."""
    return json.dumps(asdict(settings))
