"""What every contract keeps to beyond buf's own rules."""

import importlib
from pathlib import Path

import pytest
from brinkbyte.common.v1 import access_pb2, error_reason_pb2
from buf.validate import validate_pb2
from google.api import annotations_pb2
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

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


def test_every_page_is_bounded() -> None:
    for method in METHODS:
        field = method.input_type.fields_by_name.get("page_size")
        if field is not None:
            assert field.GetOptions().Extensions[validate_pb2.field].int32.lte == 1000


def test_every_reason_of_the_code_is_in_the_contract() -> None:
    names = {
        name.removeprefix("ERROR_REASON_")
        for name in error_reason_pb2.ErrorReason.DESCRIPTOR.values_by_name
    }
    for kind in errors.MeshError.__subclasses__():
        reason = getattr(kind, "reason", None)
        if isinstance(reason, str):
            assert reason in names, kind
