"""Typed reading of a token's JSON members."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from rights.errors import TokenFault, TokenInvalid

E = TypeVar("E", bound=StrEnum)

UNLIMITED = -1
_LAST_SECOND = 253402300799


class ClaimReader:
    """The members of one JSON object; every reader raises TokenInvalid naming the claim."""

    __slots__ = ("_members", "_path")

    def __init__(self, members: Mapping[str, Any], path: str = "") -> None:
        """Read ``members``; ``path`` precedes a claim's name in complaints."""
        self._members = members
        self._path = path

    def __contains__(self, name: str) -> bool:
        """Whether the claim is there, whatever its type."""
        return name in self._members

    @property
    def names(self) -> tuple[str, ...]:
        """Every claim that is there."""
        return tuple(self._members)

    def text(self, name: str, *, empty: bool = False) -> str:
        """A string, which may be empty only where said so."""
        value = self._get(name)
        if not isinstance(value, str) or not (value or empty):
            self._refuse(name, "a text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings."""
        value = self._get(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._refuse(name, "a list of texts")
        return tuple(value)

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._get(name)
        if not isinstance(value, bool):
            self._refuse(name, "true or false")
        return value

    def whole(self, name: str) -> int:
        """A whole number, zero or positive."""
        value = self._get(name)
        if type(value) is not int or value < 0:
            self._refuse(name, "a whole number")
        return value

    def count(self, name: str) -> int | None:
        """A whole number, or None for -1: unlimited."""
        return None if self._get(name) == UNLIMITED else self.whole(name)

    def seconds(self, name: str) -> datetime:
        """A moment from whole seconds since 1970 (RFC 7519 NumericDate), in UTC."""
        value = self.whole(name)
        if value > _LAST_SECOND:
            self._refuse(name, "a moment before the year 10000")
        return datetime.fromtimestamp(value, UTC)

    def moment(self, name: str) -> datetime:
        """A moment from an RFC 3339 text, in UTC."""
        try:
            moment = datetime.fromisoformat(self.text(name))
            utc = moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self._refuse(name, "a moment as RFC 3339 writes it")
        if moment.tzinfo is None:
            self._refuse(name, "a moment with its offset")
        return utc

    def choice(self, name: str, choices: type[E]) -> E:
        """One of an enumeration's words."""
        try:
            return choices(self.text(name))
        except ValueError:
            self._refuse(name, f"one of {', '.join(choices)}")

    def object(self, name: str) -> "ClaimReader":
        """The members of an object."""
        value = self._get(name)
        if not isinstance(value, dict):
            self._refuse(name, "an object")
        return ClaimReader(value, f"{self._path}{name}.")

    def objects(self, name: str) -> tuple["ClaimReader", ...]:
        """A list of objects."""
        value = self._get(name)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._refuse(name, "a list of objects")
        return tuple(
            ClaimReader(item, f"{self._path}{name}[{index}].") for index, item in enumerate(value)
        )

    def _get(self, name: str) -> Any:
        try:
            return self._members[name]
        except KeyError:
            raise TokenInvalid(
                TokenFault.CLAIM_MISSING, f"the claim {self._path}{name} is missing"
            ) from None

    def _refuse(self, name: str, wanted: str) -> NoReturn:
        raise TokenInvalid(
            TokenFault.CLAIM_INVALID, f"the claim {self._path}{name} is not {wanted}"
        )
