"""Messages there and back, for every message that REST carries."""

import json
from typing import Any

import pytest
from brinkbyte.usage.v1 import usage_service_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.decoding import decode, parse
from gateway.encoding import TIMESTAMP, encode, is_map, map_values, message_of
from gateway.operations import annotated
from gateway.services import cloud_services
from gateway.words import by_number, words

MESSAGES = sorted(
    {
        message.full_name: message
        for operation in annotated(cloud_services())
        for message in (operation.method.input_type, operation.method.output_type)
    }.values(),
    key=lambda message: message.full_name,
)
_BITS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
}
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_SECONDS = st.integers(-62135596800, 253402300799)


@st.composite
def filled(draw: Any, kind: Descriptor) -> Any:
    message: Any = GetMessageClass(kind)()
    if kind.full_name == TIMESTAMP:
        message.seconds = draw(_SECONDS)
        message.nanos = draw(st.integers(0, 999_999_999))
        return message
    for field in kind.fields:
        if not draw(st.booleans()):
            continue
        if is_map(field):
            values = draw(st.dictionaries(_TEXT, value(map_values(field)), max_size=2))
            getattr(message, field.name).update(values)
        elif field.is_repeated:
            getattr(message, field.name).extend(draw(st.lists(value(field), max_size=2)))
        elif field.message_type is not None:
            getattr(message, field.name).CopyFrom(draw(value(field)))
        else:
            setattr(message, field.name, draw(value(field)))
    return message


def value(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        return filled(message_of(field))
    if field.enum_type is not None:
        return st.sampled_from(sorted(by_number(field.enum_type)))
    if field.cpp_type in _BITS:
        return st.integers(*_BITS[field.cpp_type])
    return st.booleans() if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL else _TEXT


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.full_name)
def test_what_is_written_is_read_back(kind: Descriptor) -> None:
    @settings(max_examples=15, deadline=None)
    @given(filled(kind))
    def there_and_back(message: Any) -> None:
        written = json.dumps(encode(message), ensure_ascii=False).encode()
        read = GetMessageClass(kind)()
        decode(parse(written), read)
        assert read == message

    there_and_back()


def test_every_field_is_written() -> None:
    empty = encode(usage_service_pb2.UsageEvent())
    assert empty == {
        "event_id": "",
        "event_type": "",
        "resource_id": "",
        "quantity": "",
        "unit": "",
        "event_time": None,
        "request_id": "",
        "dimensions": {},
    }


def test_words_have_no_prefix() -> None:
    known = words(usage_service_pb2.DESCRIPTOR.enum_types_by_name["EventStatus"])
    assert list(known) == ["unspecified", "accepted", "duplicate", "conflict", "rejected"]


def test_an_enum_value_of_a_newer_server_is_its_number() -> None:
    result = usage_service_pb2.EventResult()
    result.ParseFromString(b"\x10\x63")
    assert encode(result)["status"] == "99"
