"""The longest lists first: a message whose lists are too long is refused before all else.

Checking every rule of a message costs some microseconds and half a kilobyte an element, so
that a list of millions of empty elements in a few megabytes would stop the server for a minute.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from mesh.errors import InvalidArgument


@dataclass(frozen=True, slots=True)
class Bound:
    """The list at `path`, field names from the request on, holds at most `max_items`."""

    path: tuple[str, ...]
    max_items: int

    def check(self, message: Message) -> None:
        """Raises InvalidArgument."""
        *parents, name = self.path
        for parent in parents:
            if not message.HasField(parent):
                return
            message = getattr(message, parent)
        if len(getattr(message, name)) > self.max_items:
            raise InvalidArgument.field(
                ".".join(self.path), f"must contain no more than {self.max_items} item(s)"
            )


def bounds_of(request: Descriptor) -> tuple[Bound, ...]:
    """The bounds on lists in the contract of an RPC's request, those inside lists left out."""
    return tuple(_bounds(request, ()))


def _bounds(message: Descriptor, path: Sequence[Descriptor | str]) -> Iterator[Bound]:
    names = tuple(each for each in path if isinstance(each, str))
    for field in message.fields:
        inner = field.message_type
        if field.is_repeated:
            if most := _max_items(field):
                yield Bound((*names, field.name), most)
        elif inner is not None and inner not in path:
            yield from _bounds(inner, (*path, message, field.name))


def _max_items(field: FieldDescriptor) -> int:
    extensions: Any = field.GetOptions().Extensions
    found: int = extensions[validate_pb2.field].repeated.max_items
    return found
