"""Messages as JSON Schema (2020-12), as gateway.encoding writes and gateway.decoding reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.encoding import TIMESTAMP, is_map, map_values, message_of
from gateway.rules import is_required, keywords, rules_of
from gateway.scalars import DECIMAL_FIELDS
from gateway.words import words

_WIDE = (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64)
_SCALARS: dict[int, dict[str, Any]] = {
    FieldDescriptor.CPPTYPE_STRING: {"type": "string"},
    FieldDescriptor.CPPTYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.CPPTYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.CPPTYPE_UINT32: {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
}


class Schemas:
    """Collects the schemas of messages; `components` holds every one that was referred to.

    What a message may hold and what it does hold differ (a field left out, a null, a default
    printed), so a message nested in requests is described apart, as <Name>Input.
    """

    def __init__(self, comments: Mapping[str, str]) -> None:
        """`comments` by the full names of the contracts."""
        self.components: dict[str, Any] = {}
        self._comments = comments
        self._owners: dict[str, str] = {}

    def answer(self, message: Descriptor) -> dict[str, Any]:
        """A reference to the message as REST answers it: every field is there."""
        return self._reference(message.name, message, _all(message), incoming=False)

    def request(
        self, message: Descriptor, names: Mapping[str, str], prefix: str = ""
    ) -> dict[str, Any]:
        """A reference to the message as REST takes it: the fields that it holds there, each with
        its name.

        `prefix` tells the schema of an older path from that of the contract's own.
        """
        return self._reference(prefix + message.name, message, names, incoming=True)

    def parameter(self, field: FieldDescriptor) -> dict[str, Any]:
        """A field as a path or query parameter."""
        return self._plain(field, incoming=True, text=True)

    def comment(self, name: str) -> str:
        """The contract's words; empty when it has none."""
        return self._comments.get(name, "")

    def _reference(
        self, name: str, message: Descriptor, names: Mapping[str, str], *, incoming: bool
    ) -> dict[str, Any]:
        owner = f"{message.full_name} {sorted(names.items())}"
        if self._owners.setdefault(name, owner) != owner:
            raise ValueError(f"two schemas want the name {name}")
        if name not in self.components:
            self.components[name] = {}
            self.components[name] = self._object(message, names, incoming=incoming)
        return {"$ref": f"#/components/schemas/{name}"}

    def _object(
        self, message: Descriptor, names: Mapping[str, str], *, incoming: bool
    ) -> dict[str, Any]:
        fields = [field for field in message.fields if field.name in names]
        found: dict[str, Any] = {
            "type": "object",
            "description": self.comment(message.full_name),
            "properties": {
                names[field.name]: self._field(field, incoming=incoming) for field in fields
            },
        }
        required = [names[field.name] for field in fields if not incoming or is_required(field)]
        if required:
            found["required"] = required
        if incoming:
            found["additionalProperties"] = False
        return found

    def _field(self, field: FieldDescriptor, *, incoming: bool) -> dict[str, Any]:
        schema = self._plain(field, incoming=incoming)
        if not is_required(field) if incoming else field.has_presence:
            schema = _nullable(schema)
        comment = self.comment(field.full_name)
        return schema | {"description": comment} if comment else schema

    def _plain(
        self, field: FieldDescriptor, *, incoming: bool, text: bool = False
    ) -> dict[str, Any]:
        rules = rules_of(field)
        if is_map(field):
            values = self._item(map_values(field), rules.map.values, incoming=incoming, text=text)
            limits = keywords(field, rules) if incoming else {}
            return {"type": "object", "additionalProperties": values} | limits
        if field.is_repeated:
            items = self._item(field, rules.repeated.items, incoming=incoming, text=text)
            limits = keywords(field, rules) if incoming else {}
            return {"type": "array", "items": items} | limits
        return self._item(field, rules, incoming=incoming, text=text)

    def _item(
        self, field: FieldDescriptor, rules: Any, *, incoming: bool, text: bool
    ) -> dict[str, Any]:
        limits = keywords(field, rules) if incoming and rules is not None else {}
        if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            return self._message(message_of(field), incoming=incoming)
        if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
            return {"type": "string", "enum": list(words(field.enum_type))} | limits
        if field.cpp_type in _WIDE:
            return _wide(limits, incoming=incoming, text=text)
        if incoming and field.name in DECIMAL_FIELDS:
            return {"type": ["string", "number"]}
        if field.type == FieldDescriptor.TYPE_BYTES:
            limits = {"contentEncoding": "base64"}
        return _SCALARS[field.cpp_type] | limits

    def _message(self, message: Descriptor, *, incoming: bool) -> dict[str, Any]:
        if message.full_name == TIMESTAMP:
            return {"type": "string", "format": "date-time"}
        name = f"{message.name}Input" if incoming else message.name
        return self._reference(name, message, _all(message), incoming=incoming)


def _all(message: Descriptor) -> dict[str, str]:
    return {field.name: field.name for field in message.fields}


def _wide(limits: dict[str, Any], *, incoming: bool, text: bool) -> dict[str, Any]:
    """A 64-bit integer: beyond 2^53 it travels as a string."""
    number = {"type": "integer", "format": "int64", "minimum": -(2**63), "maximum": 2**63 - 1}
    if text:
        return number | limits
    negative = limits.get("minimum", -1) < 0
    digits = {"type": "string", "pattern": "^-?[0-9]{1,18}$" if negative else "^[0-9]{1,18}$"}
    if incoming:
        return {"anyOf": [number | limits, digits]}
    return {"anyOf": [number, {"type": "string", "pattern": "^-?[0-9]{16,20}$"}]}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    if "anyOf" in schema:
        return {"anyOf": [*schema["anyOf"], {"type": "null"}]}
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    found = schema | {"type": [*kinds, "null"]}
    return found | {"enum": [*schema["enum"], None]} if "enum" in schema else found
