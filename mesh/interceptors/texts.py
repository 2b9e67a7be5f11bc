"""No text of a request holds the character NUL, which PostgreSQL cannot keep.

Only text fields that the contract puts under string rules are looked at: where it states none,
as in the events of a batch that are judged one by one, the handler judges.
"""

from collections.abc import Iterator
from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from mesh.errors import InvalidArgument, Violation


class Texts:
    """The text fields of one kind of message, and of the messages inside it."""

    def __init__(self, descriptor: Descriptor, known: "dict[str, Texts] | None" = None) -> None:
        """`known` holds the kinds of message met on the way here, by full name."""
        met: dict[str, Texts] = {} if known is None else known
        met[descriptor.full_name] = self
        self._single: list[str] = []
        self._lists: list[str] = []
        self._inner: list[tuple[str, bool, Texts]] = []
        for field in descriptor.fields:
            inner = field.message_type
            if inner is not None and not inner.GetOptions().map_entry:
                earlier = met.get(inner.full_name)
                texts = earlier or Texts(inner, met)
                if earlier is not None or texts._holds_any():
                    self._inner.append((field.name, field.is_repeated, texts))
            elif inner is None and _is_ruled(field):
                (self._lists if field.is_repeated else self._single).append(field.name)

    def check(self, message: Message) -> None:
        """Raises InvalidArgument naming every field that holds a NUL."""
        found = [Violation(path, "must not hold the character NUL") for path in self._nuls(message)]
        if found:
            raise InvalidArgument(found)

    def _holds_any(self) -> bool:
        return bool(self._single or self._lists or self._inner)

    def _nuls(self, message: Message, prefix: str = "") -> Iterator[str]:
        for name in self._single:
            if "\0" in getattr(message, name):
                yield prefix + name
        for name in self._lists:
            for index, text in enumerate(getattr(message, name)):
                if "\0" in text:
                    yield f"{prefix}{name}[{index}]"
        for name, repeated, texts in self._inner:
            if repeated:
                for index, each in enumerate(getattr(message, name)):
                    yield from texts._nuls(each, f"{prefix}{name}[{index}].")
            elif message.HasField(name):
                yield from texts._nuls(getattr(message, name), f"{prefix}{name}.")


def _is_ruled(field: FieldDescriptor) -> bool:
    if field.type != FieldDescriptor.TYPE_STRING:
        return False
    extensions: Any = field.GetOptions().Extensions
    rules = extensions[validate_pb2.field]
    return bool(rules.repeated.items.HasField("string") or rules.HasField("string"))
