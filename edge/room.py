"""A full disk under the database at the start, told so that a person knows what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from mesh.driver_errors import from_driver
from mesh.errors import StartError, StorageFull


@contextmanager
def room_needed() -> Iterator[None]:
    """Raises StartError when the block ends because the disk of the node's database is full."""
    try:
        yield
    except Exception as error:
        if _full(error) or _full(error.__cause__):
            raise StartError(
                "the disk of the node's database is full; free space on it and start again"
            ) from error
        raise


def _full(error: BaseException | None) -> bool:
    known = from_driver(error) if error is not None else None
    return isinstance(error, StorageFull) or isinstance(known, StorageFull)
