"""Strict reading of a YAML document whose every complaint names place and line.

Nodes are read from YAML's own tree, before it guesses types, so that a price
written as a float is seen as one.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NoReturn

import yaml

from rights.catalog.schema import Shape
from rights.errors import CatalogError, CatalogProblem

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,12})?")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,14}")
_TEXT = "tag:yaml.org,2002:str"
_INTEGER = "tag:yaml.org,2002:int"
_BOOLEAN = "tag:yaml.org,2002:bool"


class Entry:
    """One node of the document with its dotted path; every reader raises CatalogError."""

    __slots__ = ("_node", "path")

    def __init__(self, node: yaml.Node, path: str) -> None:
        """Stand for ``node`` at ``path``, which is empty for the root."""
        self._node = node
        self.path = path

    def refuse(self, problem: str) -> NoReturn:
        """Raise CatalogError at this place."""
        raise _broken(self.path, self._node.start_mark.line + 1, problem)

    def named(self) -> Mapping[str, "Entry"]:
        """A mapping of at least one lower-case name to anything, without duplicates."""
        entries = self._pairs()
        if not entries:
            self.refuse("at least one entry is needed")
        for name, entry in entries.items():
            if _NAME.fullmatch(name) is None:
                entry.refuse(f"{name!r} is not a name: lower-case letters, digits and _")
        return entries

    def members(self, shape: Shape) -> Mapping[str, "Entry"]:
        """A mapping with exactly the shape's required keys and perhaps its optional ones."""
        entries = self._pairs()
        known = {*shape.required, *shape.optional}
        for key, entry in entries.items():
            if key not in known:
                entry.refuse(f"unknown key {key!r}; known are {', '.join(sorted(known))}")
        missing = [key for key in shape.required if key not in entries]
        if missing:
            self.refuse(f"missing {', '.join(missing)}")
        return entries

    def is_mapping(self) -> bool:
        """Whether this is a mapping, and no scalar or list."""
        return isinstance(self._node, yaml.MappingNode)

    def currencies(self) -> Mapping[str, "Entry"]:
        """A mapping whose keys the caller checks to be currencies."""
        return self._pairs()

    def items(self) -> tuple["Entry", ...]:
        """A list of at least one element."""
        if not isinstance(self._node, yaml.SequenceNode) or not self._node.value:
            self.refuse("a list of at least one element is needed")
        return tuple(
            Entry(node, f"{self.path}[{index}]") for index, node in enumerate(self._node.value)
        )

    def text(self) -> str:
        """A string that is not empty."""
        value = self._scalar(_TEXT)
        if not value:
            self.refuse("a text is needed")
        return value

    def choice(self, choices: Iterable[str]) -> str:
        """One of the given words."""
        allowed = tuple(choices)
        value = self.text()
        if value not in allowed:
            self.refuse(f"{value!r} is none of {', '.join(allowed)}")
        return value

    def decimal(self) -> Decimal:
        """A decimal written as a quoted string, zero or positive."""
        value = self._scalar(_TEXT, "a quoted decimal is needed, never a float")
        if _DECIMAL.fullmatch(value) is None:
            self.refuse(f"{value!r} is not a plain decimal")
        return Decimal(value)

    def integer(self) -> int:
        """A whole number, zero or positive."""
        value = self._scalar(_INTEGER, "a whole number is needed")
        if _WHOLE.fullmatch(value) is None:
            self.refuse(f"{value!r} is not a plain whole number")
        return int(value)

    def limit(self) -> int | bool | None:
        """A whole number, true or false, or the word ``unlimited`` (None)."""
        if self.is_word("unlimited"):
            return None
        if self._node.tag == _BOOLEAN and self._node.value in ("true", "false"):
            return bool(self._node.value == "true")
        return self.integer()

    def is_word(self, word: str) -> bool:
        """Whether this is exactly the given string."""
        return self._node.tag == _TEXT and self._node.value == word

    def _scalar(self, tag: str, problem: str = "a text is needed") -> str:
        if not isinstance(self._node, yaml.ScalarNode) or self._node.tag != tag:
            self.refuse(problem)
        return str(self._node.value)

    def _pairs(self) -> Mapping[str, "Entry"]:
        if not isinstance(self._node, yaml.MappingNode):
            self.refuse("a mapping is needed")
        entries: dict[str, Entry] = {}
        for key_node, value_node in self._node.value:
            key = Entry(key_node, self.path).text()
            entry = Entry(value_node, f"{self.path}.{key}" if self.path else key)
            if key in entries:
                line = key_node.start_mark.line + 1
                raise _broken(entry.path, line, f"duplicate {key!r}")
            entries[key] = entry
        return MappingProxyType(entries)


def open_document(text: str) -> Entry:
    """The root of the one YAML document in ``text``. Raises CatalogError."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise _broken("", line, f"not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise _broken("", 1, f"not YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise _broken("", 1, "not a catalogue: nested too deeply") from None
    if root is None:
        raise _broken("", 1, "the document is empty")
    return Entry(root, "")


def _broken(path: str, line: int, problem: str) -> CatalogError:
    return CatalogError(CatalogProblem(path, line, problem))
