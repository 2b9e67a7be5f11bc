"""What every contract keeps to beyond buf's own rules."""

import importlib
from pathlib import Path

import pytest
from brinkbyte.common.v1 import access_pb2, error_reason_pb2
from buf.validate import validate_pb2
from google.api import annotations_pb2
from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor

from gateway.comments import read_comments
from mesh import errors
from rights.scopes import SCOPES

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "gen" / "python"


def services() -> list[ServiceDescriptor]:
    modules = [
        importlib.import_module(str(path.relative_to(PYTHON))[:-3].replace("/", "."))
        for path in sorted(PYTHON.glob("brinkbyte/*/v1/*_service_pb2.py"))
    ]
    return [
        service for module in modules for service in module.DESCRIPTOR.services_by_name.values()
    ]


METHODS: list[MethodDescriptor] = [method for service in services() for method in service.methods]


@pytest.fixture(scope="module")
def comments() -> dict[str, str]:
    return read_comments(ROOT / "proto")


def within(*roots: Descriptor) -> dict[str, Descriptor]:
    """The messages of ours that stand in `roots`, these included."""
    found: dict[str, Descriptor] = {}
    queue = list(roots)
    while queue:
        message = queue.pop()
        if message.full_name in found or not message.full_name.startswith("brinkbyte."):
            continue
        found[message.full_name] = message
        queue += [field.message_type for field in message.fields if field.message_type is not None]
    return found


def words_of_fields(messages: dict[str, Descriptor], comments: dict[str, str]) -> dict[str, str]:
    """A choice (oneof) speaks for its members, and a map for its entries."""
    return {
        field.full_name: comments[field.full_name]
        for message in messages.values()
        if not message.GetOptions().map_entry
        for field in message.fields
        if field.containing_oneof is None or field.containing_oneof.name.startswith("_")
    }


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_every_rpc_says_who_may_call_it(method: MethodDescriptor) -> None:
    access = method.GetOptions().Extensions[access_pb2.access]
    assert bool(access.scopes) != access.public
    assert set(access.scopes) <= SCOPES


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_every_rpc_has_shapes_of_its_own(method: MethodDescriptor) -> None:
    assert method.input_type.name == f"{method.name}Request"
    assert method.output_type.name == f"{method.name}Response"


def test_rest_paths_are_unambiguous() -> None:
    seen: dict[tuple[str, str], str] = {}
    for method in METHODS:
        rule = method.GetOptions().Extensions[annotations_pb2.http]
        verb = rule.WhichOneof("pattern")
        if verb is None:
            continue
        key = (verb, getattr(rule, verb))
        assert key not in seen, f"{method.full_name} and {seen[key]} share {key}"
        seen[key] = method.full_name
    assert len(seen) > 20


def test_every_field_says_who_fills_it(comments: dict[str, str]) -> None:
    asked = within(*(method.input_type for method in METHODS))
    answered = within(*(method.output_type for method in METHODS))
    both = asked.keys() & answered.keys()
    wrong = [
        name
        for messages, openings in (
            (asked, ("Required", "Optional")),
            ({name: answered[name] for name in answered.keys() - both}, ("Output only.",)),
        )
        for name, words in words_of_fields(messages, comments).items()
        if not words.startswith(openings)
    ]
    assert not wrong


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_every_rpc_that_asks_for_something_names_its_errors(
    method: MethodDescriptor, comments: dict[str, str]
) -> None:
    assert not method.input_type.fields or "Errors:" in comments[method.full_name]


LISTS = [method for method in METHODS if method.name.startswith(("List", "Query"))]


@pytest.mark.parametrize("method", LISTS, ids=lambda method: method.full_name)
def test_every_list_comes_in_bounded_pages(
    method: MethodDescriptor, comments: dict[str, str]
) -> None:
    """Pages cannot be added later: who asks without them would miss the rest."""
    if "catalogue bounds the answer" in comments[method.full_name]:
        return
    fields = method.input_type.fields_by_name
    assert fields["page_size"].GetOptions().Extensions[validate_pb2.field].int32.lte == 1000
    assert fields["page_token"].GetOptions().Extensions[validate_pb2.field].string.max_len
    assert "next_page_token" in method.output_type.fields_by_name


def test_every_reason_of_the_code_is_in_the_contract() -> None:
    names = {
        name.removeprefix("ERROR_REASON_")
        for name in error_reason_pb2.ErrorReason.DESCRIPTOR.values_by_name
    }
    for kind in errors.MeshError.__subclasses__():
        reason = getattr(kind, "reason", None)
        if isinstance(reason, str):
            assert reason in names, kind
