"""protovalidate rules as JSON Schema, for the documentation of REST."""

from __future__ import annotations

from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor

from gateway.words import by_number

_NUMBERS = {
    "gte": "minimum",
    "lte": "maximum",
    "gt": "exclusiveMinimum",
    "lt": "exclusiveMaximum",
}
_TEXTS = {"min_len": "minLength", "max_len": "maxLength", "max_bytes": "maxLength"}
_FORMATS = {"uuid": "uuid", "email": "email"}
_MAPS = {"min_pairs": "minProperties", "max_pairs": "maxProperties"}
_NO_NUL = r"^[^\u0000]*$"
"""Texts that carry rules may hold any character but NUL, which PostgreSQL cannot store."""
_LISTS = {"min_items": "minItems", "max_items": "maxItems", "unique": "uniqueItems"}


def rules_of(field: FieldDescriptor) -> Any:
    """The field's rules (buf.validate.FieldRules); empty when it has none."""
    options: Any = field.GetOptions().Extensions
    return options[validate_pb2.field]


def keywords(field: FieldDescriptor, rules: Any) -> dict[str, Any]:
    """JSON Schema keywords that say what `rules` say.

    Raises:
        ValueError: a rule that this translation does not know; teach it here.
    """
    kind = rules.WhichOneof("type")
    if kind is None:
        return {}
    given = {rule.name: value for rule, value in getattr(rules, kind).ListFields()}
    match kind:
        case "string":
            found = {_TEXTS[k]: given.pop(k) for k in _TEXTS if k in given}
            formats = [name for rule, name in _FORMATS.items() if given.pop(rule, False)]
            found |= {"format": formats[0]} if formats else {"pattern": _NO_NUL}
        case "int32" | "int64":
            found = {_NUMBERS[k]: given.pop(k) for k in _NUMBERS if k in given}
        case "repeated":
            found = {_LISTS[k]: given.pop(k) for k in _LISTS if k in given}
            given.pop("items", None)
        case "map":
            found = {_MAPS[k]: given.pop(k) for k in _MAPS if k in given}
            given.pop("values", None)
        case "enum":
            found = _enum(field, given)
        case _:
            found = {}
    if given:
        raise ValueError(f"{field.full_name}: no JSON Schema for the rules {sorted(given)}")
    return found


def is_required(field: FieldDescriptor) -> bool:
    """Whether the rules refuse a request that leaves the field out."""
    rules = rules_of(field)
    if rules.required:
        return True
    if field.has_presence:
        return False
    found = keywords(field, rules)
    return (
        found.get("minLength", 0) > 0
        or found.get("minItems", 0) > 0
        or found.get("minimum", 0) > 0
        or "format" in found
        or ("enum" in found and by_number(field.enum_type)[0] not in found["enum"])
    )


def _enum(field: FieldDescriptor, given: dict[str, Any]) -> dict[str, Any]:
    names = by_number(field.enum_type)
    given.pop("defined_only", None)
    allowed = list(given.pop("in", names))
    refused = list(given.pop("not_in", ()))
    return {"enum": [names[number] for number in allowed if number not in refused]}
