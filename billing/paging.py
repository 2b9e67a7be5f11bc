"""Pages ordered by (moment, key): a page token is where the former page ended."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from mesh.errors import InvalidArgument

_DEFAULT_SIZE = 100
_LARGEST = 2**31 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page: `moment` (aware, UTC) and the key that breaks ties."""

    moment: datetime
    key: str


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Up to `size` rows after `after` (None: from the first).

    A token says only where to go on; who may see which rows is decided afresh for each page.
    """

    size: int
    after: Position | None

    @classmethod
    def read(
        cls, page_size: int, page_token: str, key: Callable[[str], object] = str
    ) -> "PageRequest":
        """From a request's fields; `key` raises ValueError for a key that cannot be one.

        Raises InvalidArgument naming `page_token`.
        """
        size = page_size or _DEFAULT_SIZE
        if not page_token:
            return cls(size, None)
        try:
            micros, _, last = base64.urlsafe_b64decode(page_token).decode().partition(" ")
            key(last)
            if "\0" in last:
                raise ValueError("a key that no row has")
            return cls(size, Position(_EPOCH + timedelta(microseconds=int(micros)), last))
        except (ValueError, binascii.Error, OverflowError):
            raise InvalidArgument.field("page_token", "not a token of this list") from None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, and the token of the next page: empty on the last one."""

    rows: tuple[T, ...]
    next_token: str


def numbered(text: str) -> int:
    """The key of a list in which an integer of 32 bits breaks ties. Raises ValueError."""
    number = int(text)
    if abs(number) > _LARGEST:
        raise ValueError("a key that no row has")
    return number


def page_of(request: PageRequest, rows: Sequence[T], position: Callable[[T], Position]) -> Page[T]:
    """The page from up to `size + 1` rows; the extra one tells that there is more."""
    if len(rows) <= request.size:
        return Page(tuple(rows), "")
    kept = rows[: request.size]
    return Page(tuple(kept), _token(position(kept[-1])))


def _token(last: Position) -> str:
    micros = (last.moment - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{micros} {last.key}".encode()).decode()
