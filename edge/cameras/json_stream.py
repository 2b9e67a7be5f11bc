"""The json_stream output: one JSON object a line, one line a frame, one file a camera."""

import contextlib
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from edge.analytics.detection import DETECTION
from edge.analytics.observation import AnalyticEvent, Observation
from edge.cameras.errors import SinkError
from edge.cameras.settings import JsonStreamSettings

_LONGEST_NAME = 200
_TAIL = 1 << 20


class JsonStream:
    """Appends results to `directory`/<camera id>.jsonl.

    A file over its size becomes <camera id>.jsonl.1, the former .1 becomes .2, and so on. A
    line is written whole or not at all.
    """

    def __init__(self, directory: Path, camera_id: str, settings: JsonStreamSettings) -> None:
        """The directory is made with the first line; ids are percent-encoded in file names."""
        name = quote(camera_id, safe="")
        if len(name) > _LONGEST_NAME:
            name = hashlib.sha256(camera_id.encode()).hexdigest()
        self.path = directory / f"{name}.jsonl"
        self._quoted_id = json.dumps(camera_id)
        self._settings = settings
        self._file: BinaryIO | None = None
        self._size = 0

    def write(self, frame: Observation, events: Sequence[AnalyticEvent]) -> None:
        """Writes one line. Raises SinkError, after which the same line may be tried again."""
        line = self._line(frame, events).encode()
        try:
            self._append(line)
        except OSError as error:
            self._drop_torn_line()
            reason = error.strerror or type(error).__name__
            raise SinkError(f"cannot write {self.path}", reason.lower()) from error

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _line(self, frame: Observation, events: Sequence[AnalyticEvent]) -> str:
        others = ",".join(_told(event) for event in events if event.event_type != DETECTION)
        return (
            f'{{"camera_id":{self._quoted_id},"frame_index":{frame.frame_index},'
            f'"taken_at":"{frame.taken_at.isoformat()}","detections":{frame.boxes},'
            f'"events":[{others}]}}\n'
        )

    def _append(self, line: bytes) -> None:
        file = self._file or self._open()
        if self._size and self._size + len(line) > self._settings.max_bytes:
            self._set_aside()
            file = self._open()
        written = file.write(line)
        if written != len(line):
            raise OSError(None, "only a part was written")
        self._size += len(line)

    def _open(self) -> BinaryIO:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("ab", buffering=0)
        self._size = file.tell()
        self._file = file
        self._end_torn_line(file)
        return file

    def _end_torn_line(self, file: BinaryIO) -> None:
        """A machine that lost its power may have left half a line: it is cut off."""
        begin = max(0, self._size - _TAIL)
        with self.path.open("rb") as whole:
            whole.seek(begin)
            tail = whole.read()
        if tail and not tail.endswith(b"\n"):
            self._size = begin + tail.rfind(b"\n") + 1
            file.truncate(self._size)

    def _drop_torn_line(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.truncate(self._size)
        self.close()

    def _set_aside(self) -> None:
        self.close()
        for number in range(self._settings.keep - 1, 0, -1):
            older = self._aside(number)
            if older.exists():
                older.replace(self._aside(number + 1))
        self.path.replace(self._aside(1))

    def _aside(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


def _told(event: AnalyticEvent) -> str:
    """The payload with the kind of event as its first member."""
    comma = "" if event.payload == "{}" else ","
    return f'{{"event_type":"{event.event_type}"{comma}{event.payload[1:]}'
