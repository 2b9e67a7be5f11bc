"""The document of REST, and what it says about the contracts."""

import json
from typing import Any

import httpx
import pytest
from buf.validate import validate_pb2
from google.protobuf.descriptor_pb2 import FieldOptions
from openapi_spec_validator import validate

from gateway.documents import read_document
from gateway.openapi import build_openapi
from gateway.rules import keywords
from tests.gateway.backend import Backend
from tests.gateway.golden_files import Golden, goldens


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return build_openapi()


def test_it_is_valid_and_the_committed_one_is_fresh(document: dict[str, Any]) -> None:
    validate(document)
    assert json.loads(read_document()) == document


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    offered = {(golden.verb, golden.template) for golden in goldens()}
    offered |= {("GET", "/health"), ("POST", "/api/webhooks/stripe")}
    described = {
        (verb.upper(), path): operation
        for path, item in document["paths"].items()
        for verb, operation in item.items()
    }
    assert set(described) == offered
    for (_, path), operation in described.items():
        assert operation["summary"]
        assert path in {"/health", "/api/webhooks/stripe"} or operation["description"]
    names = [operation["operationId"] for operation in described.values()]
    assert len(set(names)) == len(names)


def test_every_field_has_the_words_of_the_contract(document: dict[str, Any]) -> None:
    bare = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        if name != "Problem"
        for field, kind in schema["properties"].items()
        if not kind.get("description")
    ]
    assert not bare


def test_scopes_and_security(document: dict[str, Any]) -> None:
    paths = document["paths"]
    stats = paths["/api/v1/stats"]["get"]
    assert (stats["x-scopes"], stats["security"]) == (["stats:read"], [{"key": []}])
    keys = paths["/api/v1/licenses/public-keys"]["get"]
    assert (keys.get("x-scopes"), keys["security"]) == (None, [])


def test_field_rules_are_told(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    usage = schemas["ReportUsageRequest"]
    assert usage["required"] == ["events"]
    assert usage["additionalProperties"] is False
    assert (
        usage["properties"]["events"]["minItems"],
        usage["properties"]["events"]["maxItems"],
    ) == (
        1,
        1000,
    )
    license_ = schemas["IssueLicenseRequest"]["properties"]
    assert license_["license_mode"]["enum"] == ["trial", "base"]
    assert license_["cameras_allowed"]["maximum"] == 1000000
    pages = document["paths"]["/api/v1/tenants"]["get"]["parameters"]
    assert pages[0]["schema"]["maximum"] == 1000
    assert schemas["CreateTenantRequest"]["properties"]["email"]["format"] == "email"
    device = document["paths"]["/api/v1/devices/{device_id}"]["get"]["parameters"][0]
    assert (device["in"], device["schema"]["format"]) == ("path", "uuid")
    assert "device_id" not in schemas["SendCommandRequest"]["properties"]


def test_a_rule_that_nobody_translated_is_noticed() -> None:
    from brinkbyte.tenant.v1 import tenant_service_pb2

    field = tenant_service_pb2.GetTenantRequest.DESCRIPTOR.fields_by_name["tenant_id"]
    rules = FieldOptions().Extensions[validate_pb2.field]
    rules.string.prefix = "cust_"
    with pytest.raises(ValueError, match="prefix"):
        keywords(field, rules)


@pytest.mark.parametrize("golden", goldens(), ids=lambda golden: golden.name)
def test_golden_files_are_what_the_document_says(document: dict[str, Any], golden: Golden) -> None:
    from jsonschema import Draft202012Validator

    operation = document["paths"][golden.template][golden.verb.lower()]
    root = {"components": document["components"]}

    def check(schema: dict[str, Any], content: Any) -> None:
        Draft202012Validator(root | schema).validate(content)

    ((kind, answer),) = operation["responses"]["200"]["content"].items()
    assert (kind == "application/pdf") == golden.template.endswith("/pdf")
    check(answer["schema"], golden.response)
    if golden.body is not None:
        check(operation["requestBody"]["content"]["application/json"]["schema"], golden.body)


async def test_it_is_served(http: httpx.AsyncClient, backend: Backend) -> None:
    response = await http.get("/openapi.json")
    assert response.headers["content-type"] == "application/json"
    assert response.content == read_document()


async def test_people_get_a_page_that_loads_nothing_from_elsewhere(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    response = await http.get("/docs")
    assert response.headers["content-type"].startswith("text/html")
    assert "POST /api/v1/usage/batch" in response.text
    assert "http://" not in response.text
    assert "https://" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]
