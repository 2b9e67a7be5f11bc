"""Values made from files, made again when a file changes: certificates and keys on disk."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from mesh.errors import MeshError

T = TypeVar("T")
Mark = tuple[str, int, int, int]


class Watched(Generic[T]):
    """Looks at the files whenever it is asked; a stat each, so ask freely.

    A change that cannot be read (half-written, a key that does not fit) is logged, and the last
    good value stays until the files change again. Safe to ask from any thread.
    """

    def __init__(self, paths: Callable[[], Iterable[Path]], read: Callable[[], T]) -> None:
        """`read` makes the value; what it raises now is raised here, so a start fails clearly."""
        self._paths = paths
        self._read = read
        self._seen = self._marks()
        self._value = read()

    def current(self) -> T:
        """The value of the files as they are now, or were when they last made sense."""
        marks = self._marks()
        if marks != self._seen:
            self._seen = marks
            try:
                self._value = self._read()
            except (MeshError, OSError, ValueError) as error:
                structlog.get_logger().error("changed_files_not_taken_up", why=str(error))
            else:
                structlog.get_logger().info("changed_files_taken_up", files=[m[0] for m in marks])
        return self._value

    def _marks(self) -> tuple[Mark, ...]:
        return tuple(_mark(path) for path in sorted(self._paths()))


def _mark(path: Path) -> Mark:
    try:
        status = path.stat()
    except OSError:
        return (str(path), 0, 0, 0)
    return (str(path), status.st_ino, status.st_size, status.st_mtime_ns)
