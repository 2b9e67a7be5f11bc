"""What REST offers: each operation is a verb, a path and the RPC behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.api import annotations_pb2
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from mesh.access import Access, access_of
from mesh.errors import StartError

KEYS_CACHED_S = 300
"""How long public keys may be cached: half of what a new key waits before it signs."""

MEDIA = {"pdf": "application/pdf"}
"""Fields of bytes that a contract may name as its response_body, and what they hold."""

_VARIABLE = re.compile(r"\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Answer:
    """How a path's answer differs from the contract's: `shape` makes it from the contract's
    JSON, `schema` describes it (JSON Schema). Anybody may cache it for `cache_s` seconds."""

    shape: Callable[[dict[str, Any]], dict[str, Any]]
    schema: dict[str, Any]
    cache_s: int = 0


@dataclass(frozen=True, slots=True)
class Operation:
    """`fields` maps a name of the path, the query or the body to the field of the request where
    they differ. `constants` are fields that the path itself sets, as JSON. `raw` is the field of
    bytes that the answer consists of, empty for JSON."""

    verb: str
    path: str
    method: MethodDescriptor
    name: str
    summary: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    answer: Answer | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)
    raw: str = ""

    @property
    def media_type(self) -> str:
        """Of the answer's body."""
        return MEDIA[self.raw] if self.raw else "application/json"

    @property
    def rpc(self) -> str:
        """The RPC as gRPC writes it."""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    @property
    def access(self) -> Access:
        """Who may call."""
        return access_of(self.method.containing_service.full_name, self.method.name)

    @property
    def variables(self) -> dict[str, str]:
        """Each path variable and the request field that it sets."""
        return {name: self.fields.get(name, name) for name in _VARIABLE.findall(self.path)}

    @property
    def names(self) -> dict[str, str]:
        """Each field that the query or the body may hold, and its name there."""
        renamed = {target: name for name, target in self.fields.items()}
        given = {*self.variables.values(), *self.constants}
        fields = self.method.input_type.fields_by_name
        return {name: renamed.get(name, name) for name in fields if name not in given}

    @property
    def has_body(self) -> bool:
        """Whether the request's other fields come as a JSON body; else they come as a query."""
        return self.verb in {"POST", "PUT", "PATCH"}


def annotated(services: Iterable[ServiceDescriptor]) -> list[Operation]:
    """The operations that the contracts' google.api.http options name.

    Raises:
        StartError: a binding of a kind that this gateway does not carry.
    """
    return [
        operation
        for service in services
        for method in service.methods
        for operation in _bindings(method)
    ]


def _bindings(method: MethodDescriptor) -> list[Operation]:
    options: Any = method.GetOptions().Extensions
    rule = options[annotations_pb2.http]
    if rule.WhichOneof("pattern") is None:
        return []
    name = f"{method.containing_service.name}_{method.name}"
    return [
        checked(_binding(method, each, name if number == 0 else f"{name}_{number + 1}"))
        for number, each in enumerate([rule, *rule.additional_bindings])
    ]


def _binding(method: MethodDescriptor, rule: Any, name: str) -> Operation:
    verb = rule.WhichOneof("pattern")
    raw = rule.response_body
    operation = Operation(verb.upper(), getattr(rule, verb), method, name, raw=raw)
    carried = not raw or raw in MEDIA
    if verb == "custom" or not carried or rule.body != ("*" if operation.has_body else ""):
        raise StartError(f"{method.full_name}: this kind of REST binding is not carried")
    return operation


def checked(operation: Operation) -> Operation:
    """The operation, if REST can carry it.

    Raises:
        StartError: a streaming RPC, or a path variable that is no text field of the request.
    """
    method = operation.method
    if method.client_streaming or method.server_streaming:
        raise StartError(f"{method.full_name} streams; REST carries single calls")
    for name in operation.variables.values():
        target = method.input_type.fields_by_name.get(name)
        if target is None or target.type != target.TYPE_STRING or target.is_repeated:
            raise StartError(f"{operation.path}: {name!r} is no text field of the request")
    for name in (*operation.fields.values(), *operation.constants):
        if name not in method.input_type.fields_by_name:
            raise StartError(f"{operation.path}: {name!r} is no field of the request")
    return operation
