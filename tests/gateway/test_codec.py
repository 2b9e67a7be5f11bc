"""Messages there and back, for every message that REST carries."""

import json
from typing import Any

import pytest
from brinkbyte.usage.v1 import usage_service_pb2
from google.protobuf.descriptor import Descriptor
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings

from gateway.decoding import decode, parse
from gateway.encoding import encode
from gateway.operations import annotated
from gateway.services import cloud_services
from gateway.words import words
from tests.contract.messages import filled

MESSAGES = sorted(
    {
        message.full_name: message
        for operation in annotated(cloud_services())
        for message in (operation.method.input_type, operation.method.output_type)
    }.values(),
    key=lambda message: message.full_name,
)


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.full_name)
def test_what_is_written_is_read_back(kind: Descriptor) -> None:
    @settings(max_examples=15)
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
