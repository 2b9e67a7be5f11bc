"""Messages of any kind in the contracts, filled at random."""

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.struct_pb2 import Value
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import strategies as st

_BITS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
}
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_SECONDS = st.integers(-62135596800, 253402300799)


@st.composite
def filled(draw: Any, kind: Descriptor, finest_ns: int = 1) -> Any:
    """A message of the kind; its times are whole multiples of `finest_ns` nanoseconds."""
    message: Any = GetMessageClass(kind)()
    if isinstance(message, Timestamp):
        message.seconds = draw(_SECONDS)
        message.nanos = draw(st.integers(0, 999_999_999 // finest_ns)) * finest_ns
        return message
    if isinstance(message, Value):
        held: Any = draw(st.sampled_from([Value(bool_value=True), Value(number_value=0.5)]))
        return draw(st.sampled_from([held, Value(string_value=draw(_TEXT))]))
    for field in kind.fields:
        choice = field.containing_oneof
        if not draw(st.booleans()) or (choice and message.WhichOneof(choice.name)):
            continue
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            value = _value(field.message_type.fields_by_name["value"], finest_ns)
            _put(getattr(message, field.name), draw(st.dictionaries(_TEXT, value, max_size=2)))
        elif field.is_repeated:
            value = _value(field, finest_ns)
            getattr(message, field.name).extend(draw(st.lists(value, max_size=2)))
        elif field.message_type is not None:
            getattr(message, field.name).CopyFrom(draw(_value(field, finest_ns)))
        else:
            setattr(message, field.name, draw(_value(field, finest_ns)))
    return message


def _put(target: Any, entries: dict[str, Any]) -> None:
    for key, value in entries.items():
        if isinstance(value, Message):
            target[key].CopyFrom(value)
        else:
            target[key] = value


def _value(field: FieldDescriptor, finest_ns: int) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        return filled(field.message_type, finest_ns)
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if field.cpp_type in _BITS:
        return st.integers(*_BITS[field.cpp_type])
    if field.cpp_type == FieldDescriptor.CPPTYPE_DOUBLE:
        return st.floats(allow_nan=False)
    if field.type == field.TYPE_BYTES:
        return st.binary(max_size=8)
    return st.booleans() if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL else _TEXT
