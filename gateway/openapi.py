"""The OpenAPI 3.1 document, from the contracts alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.comments import read_comments
from gateway.health import HEALTH_PATH, HEALTH_SCHEMA
from gateway.legacy import legacy
from gateway.operations import Operation, annotated
from gateway.problems import MEDIA_TYPE
from gateway.rules import is_required
from gateway.schemas import Schemas
from gateway.services import cloud_services
from gateway.webhooks import WEBHOOK_PATH, WEBHOOK_SCHEMA
from gateway.well_known import well_known

OLDER = "Older paths"
_PROTO = Path(__file__).resolve().parents[1] / "proto"

_PROBLEMS = {
    "400": ("Invalid", "The request breaks a rule, or the state of the thing forbids it."),
    "401": ("Unauthenticated", "No credential, or one that is not known or was revoked."),
    "403": ("Forbidden", "The credential lacks the scope."),
    "404": ("NotFound", "No such thing, or it is another tenant's."),
    "409": ("Conflict", "It exists already with other content."),
    "413": ("TooLarge", "The body is larger than the limit."),
    "415": ("UnsupportedMediaType", "The body is not application/json, or is compressed."),
    "429": ("TooMany", "Too many calls, or a quota is used up."),
    "503": ("Unavailable", "A server behind the gateway is away; Retry-After says for how long."),
    "504": ("TimedOut", "The answer took too long."),
}
_WITH_BODY = {"413", "415"}
_WITH_KEY = {"401", "403"}


def build_openapi(proto: Path = _PROTO) -> dict[str, Any]:
    """The document for the cloud's services. It reads the comments from the sources in `proto`.

    Raises:
        RuntimeError: protoc is missing or refused the sources.
        ValueError: a field rule that has no translation.
    """
    services = cloud_services()
    schemas = Schemas(read_comments(proto))
    paths: dict[str, Any] = {HEALTH_PATH: {"get": _health()}, WEBHOOK_PATH: {"post": _webhook()}}
    for operation in [*annotated(services), *well_known(services)]:
        tag = operation.method.containing_service.name
        item = paths.setdefault(operation.path, {})
        item[operation.verb.lower()] = _operation(operation, schemas, tag)
    for operation in legacy(services):
        item = paths.setdefault(operation.path, {})
        item[operation.verb.lower()] = _operation(operation, schemas, OLDER)
    tags = [
        {"name": service.name, "description": schemas.comment(service.full_name)}
        for service in services
    ]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "BrinkByte Mesh",
            "version": "1",
            "description": "Licensing, entitlement, metering and billing over REST. JSON in "
            "snake_case; times in RFC 3339, answered in UTC; decimals are strings.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [*tags, {"name": OLDER, "description": "What callers of older systems use."}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "responses": {name: _problem(text) for name, text in _PROBLEMS.values()}
            | {"Problem": _problem("Any other problem.")},
            "schemas": dict(sorted((schemas.components | {"Problem": _PROBLEM}).items())),
        },
    }


def _operation(operation: Operation, schemas: Schemas, tag: str) -> dict[str, Any]:
    method = operation.method
    comment = schemas.comment(method.full_name)
    access = operation.access
    answer = _answer(operation, schemas)
    found: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [tag],
        "summary": operation.summary or comment.partition(". ")[0].removesuffix("."),
        "description": comment,
        "security": [] if access.public else [{"key": []}],
        "x-rpc": operation.rpc.removeprefix("/"),
        "responses": _responses(operation, answer),
    }
    if access.scopes:
        found["x-scopes"] = sorted(access.scopes)
    parameters = _parameters(operation, schemas)
    if parameters:
        found["parameters"] = parameters
    if operation.has_body:
        found["requestBody"] = _body(operation, schemas)
    return found


def _answer(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    if operation.raw:
        return {"type": "string", "contentMediaType": operation.media_type}
    if operation.answer:
        return operation.answer.schema
    return schemas.answer(operation.method.output_type)


def _parameters(operation: Operation, schemas: Schemas) -> list[dict[str, Any]]:
    fields = operation.method.input_type.fields_by_name
    variables = operation.variables
    found = [
        _parameter(name, "path", True, schemas, fields[field]) for name, field in variables.items()
    ]
    if not operation.has_body:
        found += [
            _parameter(name, "query", is_required(fields[field]), schemas, fields[field])
            for field, name in operation.names.items()
        ]
    return found


def _parameter(
    name: str, place: str, required: bool, schemas: Schemas, field: Any
) -> dict[str, Any]:
    schema = schemas.parameter(field)
    if place == "path":
        schema = {"minLength": 1} | {key: schema[key] for key in schema if key != "pattern"}
    return {
        "name": name,
        "in": place,
        "required": required,
        "description": schemas.comment(field.full_name),
        "schema": schema,
    }


def _body(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    message, names = operation.method.input_type, operation.names
    needed = any(is_required(each) for each in message.fields if each.name in names)
    older = bool(operation.fields or operation.constants)
    prefix = "Legacy" if older else ""
    schema = schemas.request(message, names, prefix)
    return {"required": needed, "content": {"application/json": {"schema": schema}}}


def _responses(operation: Operation, answer: dict[str, Any]) -> dict[str, Any]:
    leave_out = set() if operation.has_body else _WITH_BODY
    if operation.access.public:
        leave_out = leave_out | _WITH_KEY
    found: dict[str, Any] = {
        "200": {"description": "The answer.", "content": {operation.media_type: {"schema": answer}}}
    }
    for status, (name, _) in _PROBLEMS.items():
        if status not in leave_out:
            found[status] = {"$ref": f"#/components/responses/{name}"}
    return found | {"default": {"$ref": "#/components/responses/Problem"}}


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _health() -> dict[str, Any]:
    content = {"application/json": {"schema": HEALTH_SCHEMA}}
    return {
        "operationId": "legacy_get_health",
        "tags": [OLDER],
        "summary": "liveness with dependencies",
        "security": [],
        "responses": {
            "200": {"description": "Everything answers.", "content": content},
            "503": {"description": "Something does not.", "content": content},
        },
    }


def _webhook() -> dict[str, Any]:
    header = {
        "name": "Stripe-Signature",
        "in": "header",
        "required": True,
        "description": "As Stripe makes it.",
        "schema": _TEXT,
    }
    content = {"application/json": {"schema": WEBHOOK_SCHEMA}}
    refused = {
        status: {"$ref": f"#/components/responses/{_PROBLEMS[status][0]}"}
        for status in ("400", "413", "429", "503", "504")
    }
    return {
        "operationId": "legacy_post_webhooks_stripe",
        "tags": [OLDER],
        "summary": "takes an event that Stripe signed, once",
        "security": [],
        "parameters": [header],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        "responses": {"200": {"description": "It is kept.", "content": content}}
        | refused
        | {"default": {"$ref": "#/components/responses/Problem"}},
    }


_TEXT = {"type": "string"}
_PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457). `reason` is a word of ErrorReason.",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "instance": _TEXT,
        "reason": _TEXT,
        "request_id": _TEXT,
        "retry_after": {"type": "integer", "description": "Seconds."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "description"],
                "properties": {"field": _TEXT, "description": _TEXT},
            },
        },
        "metadata": {"type": "object", "additionalProperties": _TEXT},
    },
}
