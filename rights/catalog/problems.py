"""Gathers what is wrong with a document, so that one reading tells of all of it."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from rights.catalog.document import Entry
from rights.errors import CatalogError, CatalogProblem

T = TypeVar("T")


class Problems:
    """The problems found so far."""

    def __init__(self) -> None:
        """None yet."""
        self._found: list[CatalogProblem] = []

    def each(self, entries: Mapping[str, Entry], read: Callable[[str, Entry], T]) -> dict[str, T]:
        """What ``read`` makes of each entry, without those that it refuses."""
        made: dict[str, T] = {}
        for name, entry in entries.items():
            try:
                made[name] = read(name, entry)
            except CatalogError as error:
                self._found += error.problems
        return made

    def check(self, rule: Callable[[], None]) -> None:
        """Notes what ``rule`` refuses."""
        try:
            rule()
        except CatalogError as error:
            self._found += error.problems

    def end(self) -> None:
        """Raises CatalogError with everything found, by line; nothing when all is well."""
        if self._found:
            raise CatalogError(*sorted(self._found, key=lambda problem: problem.line))
