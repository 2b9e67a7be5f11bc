"""What really happened, kept outside the system: lines appended to a file and synced to disk."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

USED = "used"
"""The use happened; nobody was told yet."""
LEFT = "left"
"""Its result left the node, or its sender holds an answer: from now on it must count."""


class Oracle:
    """Appends to one file; a process that dies loses no line that `note` returned for."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, kind: str, lines: Iterable[dict[str, Any]]) -> None:
        """Writes the lines and syncs them together."""
        text = "".join(json.dumps({**line, "kind": kind}) + "\n" for line in lines)
        os.write(self._file, text.encode())
        os.fsync(self._file)

    def close(self) -> None:
        os.close(self._file)


def read(path: Path, kind: str) -> Iterator[dict[str, Any]]:
    """The lines of a kind, in the order in which they were noted."""
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        noted = json.loads(line)
        if noted["kind"] == kind:
            yield noted
