"""Messages → JSON: snake_case, enum words, UTC times, defaults printed.

int64 is a number up to 2^53 and a string beyond it (RFC 8259, section 6, on interoperable numbers);
decimals are strings in the contracts and stay so; bytes are base64. An absent message or `optional`
field is null.
"""

from __future__ import annotations

import base64
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.words import by_number

LARGEST_EXACT = 2**53
TIMESTAMP = "google.protobuf.Timestamp"
_WIDE = {
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT64,
}


def encode(message: Message) -> dict[str, Any]:
    """The message as a JSON object with every field of its contract."""
    fields: Any = message.DESCRIPTOR.fields
    return {field.name: _field(message, field) for field in fields}


def _field(message: Message, field: FieldDescriptor) -> Any:
    value = getattr(message, field.name)
    if is_map(field):
        kind = map_values(field)
        return {str(key): _value(value[key], kind) for key in sorted(value)}
    if field.is_repeated:
        return [_value(each, field) for each in value]
    if field.has_presence and not message.HasField(field.name):
        return None
    return _value(value, field)


def _value(value: Any, field: FieldDescriptor) -> Any:
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_MESSAGE:
            if isinstance(value, Timestamp):
                return value.ToJsonString()
            return encode(value)
        case FieldDescriptor.CPPTYPE_ENUM:
            return by_number(field.enum_type).get(value, str(value))
        case cpp_type if cpp_type in _WIDE:
            return value if abs(value) <= LARGEST_EXACT else str(value)
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def message_of(field: FieldDescriptor) -> Descriptor:
    """The type of a message field."""
    found = field.message_type
    assert found is not None
    return found


def is_map(field: FieldDescriptor) -> bool:
    """Whether the field is a map."""
    return bool(
        field.is_repeated
        and field.message_type is not None
        and field.message_type.GetOptions().map_entry
    )


def map_values(field: FieldDescriptor) -> FieldDescriptor:
    """The kind of the values of a map field."""
    return message_of(field).fields_by_name["value"]
