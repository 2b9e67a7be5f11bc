"""The catalogue file is the JSON mapping of a message, key by key."""

from typing import Any

import pytest
import yaml
from brinkbyte.catalog.v1 import catalog_document_pb2 as pb
from google.protobuf import json_format
from google.protobuf.message import Message

from rights.catalog.schema import SHAPES, Shape


def test_the_shipped_file_is_the_message(catalog_text: str) -> None:
    document = json_format.ParseDict(yaml.safe_load(catalog_text), pb.CatalogDocument())
    assert sum(len(pack.features) for pack in document.packs.values()) == 33
    standard = document.families["metered"].plans["standard"]
    assert standard.quotas["sms"].overage["USD"] == "0.05"
    rich: Any = document.packs["intelligence"].features["agent_automation"]
    feature = json_format.ParseDict(json_format.MessageToDict(rich), pb.CatalogFeature())
    assert feature.metric == "agent_execution"


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.message)
def test_reader_and_message_have_the_same_keys(shape: Shape) -> None:
    message: type[Message] = getattr(pb, shape.message)
    assert set(message.DESCRIPTOR.fields_by_name) == {*shape.required, *shape.optional}


def test_every_message_has_its_shape() -> None:
    messages = set(pb.DESCRIPTOR.message_types_by_name)
    assert messages == {shape.message for shape in SHAPES}
