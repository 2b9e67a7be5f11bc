"""JSON → messages, strictly: an unknown field, a double key or a wrong type is refused by name.

A field that is null counts as left out.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from gateway.encoding import TIMESTAMP, is_map, map_values, message_of
from gateway.scalars import WrongValueError, from_text, scalar, set_time
from mesh.errors import InvalidArgument, Violation

MAX_DEPTH = 32
MAX_ITEMS = 10_000
MAX_PROBLEMS = 20
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse(body: bytes) -> Any:
    """JSON in UTF-8 with exact numbers (Decimal, never float).

    Raises:
        InvalidArgument: not JSON (RFC 8259), NaN or Infinity, a key twice in an object, text
            that is no Unicode.
    """
    try:
        text = body.decode()
        value = json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_doubles
        )
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeError:
        raise InvalidArgument.field("body", "is not valid Unicode (UTF-8)") from None
    except (ValueError, ArithmeticError, RecursionError) as error:
        where = f" at position {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidArgument.field("body", f"is not valid JSON{where}") from None
    return value


def decode(value: Any, message: Message) -> None:
    """Fills an empty message from parsed JSON.

    Raises:
        InvalidArgument: with a violation per wrong field, each by its path, up to MAX_PROBLEMS.
    """
    problems: list[Violation] = []
    _Reader(problems).fill(value, message, "")
    if problems:
        raise InvalidArgument(problems)


def query_values(query: bytes, message: Descriptor) -> dict[str, Any]:
    """A query string as the fields of a message, one level deep, for `decode` to check.

    Raises:
        InvalidArgument: a parameter given twice, or bytes that are no UTF-8.
    """
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100
        )
    except ValueError:
        raise InvalidArgument.field("query", "is not a valid query string in UTF-8") from None
    values: dict[str, Any] = {}
    for name, text in pairs:
        field = message.fields_by_name.get(name)
        if field is not None and field.is_repeated:
            values.setdefault(name, []).append(from_text(field, text))
        elif name in values:
            raise InvalidArgument.field(name, "is given twice")
        else:
            values[name] = text if field is None else from_text(field, text)
    return values


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise InvalidArgument.field(counts.most_common(1)[0][0], "stands twice in one object")
    return result


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


class _Reader:
    def __init__(self, problems: list[Violation]) -> None:
        self._problems = problems

    def fill(self, value: Any, message: Message, path: str, depth: int = 0) -> None:
        if not isinstance(value, Mapping):
            self._wrong(path or "body", "must be a JSON object")
            return
        if depth > MAX_DEPTH:
            self._wrong(path, f"is nested more than {MAX_DEPTH} deep")
            return
        known: Any = message.DESCRIPTOR.fields_by_name
        for name, item in value.items():
            where = f"{path}.{name}" if path else name
            field = known.get(name)
            if field is None:
                self._wrong(where, f"is not a field here; known are: {', '.join(known) or 'none'}")
            elif item is not None:
                self._set(item, message, field, where, depth)

    def _set(
        self, item: Any, message: Message, field: FieldDescriptor, where: str, depth: int
    ) -> None:
        if field.containing_oneof is not None and message.WhichOneof(field.containing_oneof.name):
            self._wrong(where, "another field of the same choice is given too")
        elif is_map(field):
            self._set_map(item, getattr(message, field.name), field, where)
        elif field.is_repeated:
            self._set_list(item, getattr(message, field.name), field, where, depth)
        elif field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            self._set_message(item, getattr(message, field.name), field, where, depth)
        else:
            with self._at(where):
                setattr(message, field.name, scalar(item, field))

    def _set_list(
        self, item: Any, target: Any, field: FieldDescriptor, where: str, depth: int
    ) -> None:
        if not isinstance(item, list):
            self._wrong(where, "must be a JSON array")
            return
        if len(item) > MAX_ITEMS:
            self._wrong(where, f"holds more than {MAX_ITEMS} items")
            return
        for index, each in enumerate(item):
            here = f"{where}[{index}]"
            if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
                self._set_message(each, target.add(), field, here, depth)
            else:
                with self._at(here):
                    target.append(scalar(each, field))

    def _set_map(self, item: Any, target: Any, field: FieldDescriptor, where: str) -> None:
        if not isinstance(item, Mapping):
            self._wrong(where, "must be a JSON object")
            return
        kind = map_values(field)
        for key, each in item.items():
            with self._at(f"{where}.{key}"):
                target[key] = scalar(each, kind)

    def _set_message(
        self, item: Any, target: Any, field: FieldDescriptor, where: str, depth: int
    ) -> None:
        if message_of(field).full_name == TIMESTAMP:
            with self._at(where):
                set_time(target, item)
            return
        target.SetInParent()
        self.fill(item, target, where, depth + 1)

    @contextmanager
    def _at(self, where: str) -> Iterator[None]:
        try:
            yield
        except WrongValueError as error:
            self._wrong(where, str(error))

    def _wrong(self, where: str, description: str) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(Violation(where, description))
