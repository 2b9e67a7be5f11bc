"""JSON values → values of fields, strictly."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from gateway.words import words

DECIMAL_FIELDS = frozenset({"quantity"})
"""Text fields that also take a JSON number, digit by digit."""

RANGES = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_WIDE = (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64)
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class WrongValueError(ValueError):
    """Says what the value must be."""


def scalar(item: Any, field: FieldDescriptor) -> str | int | bool | bytes:
    """The value for a field that is no message.

    Raises:
        WrongValueError: the value is of another type, or out of range.
    """
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING if field.type == FieldDescriptor.TYPE_BYTES:
            return _bytes(item)
        case FieldDescriptor.CPPTYPE_STRING:
            return _text(item, decimal=field.name in DECIMAL_FIELDS)
        case FieldDescriptor.CPPTYPE_ENUM:
            return _enum(item, words(field.enum_type))
        case FieldDescriptor.CPPTYPE_BOOL:
            return _bool(item)
        case cpp_type if cpp_type in RANGES:
            return _integer(item, cpp_type)
    raise WrongValueError("has a type that REST does not carry")


def from_text(field: FieldDescriptor, text: str) -> Any:
    """The JSON value that the text of a query parameter stands for; itself where it is none."""
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return {"true": True, "false": False}.get(text, text)
    if field.cpp_type in RANGES and _INTEGER.fullmatch(text):
        return int(text)
    return text


def set_time(target: Any, item: Any) -> None:
    """Fills a Timestamp from RFC 3339 text with any offset, to the nanosecond.

    Raises:
        WrongValueError: anything else.
    """
    match = _TIME.fullmatch(item) if isinstance(item, str) else None
    try:
        if match is None:
            raise ValueError(item)
        day, clock, fraction, offset = match.groups()
        target.FromDatetime(datetime.fromisoformat(f"{day}T{clock}{offset.upper()}"))
    except (ValueError, OverflowError):
        raise WrongValueError('must be a time like "2026-01-31T23:59:59Z" (RFC 3339)') from None
    target.nanos = int((fraction or "").ljust(9, "0"))
    target.SetInParent()


def _text(item: Any, *, decimal: bool) -> str:
    if isinstance(item, str):
        return item
    if decimal and isinstance(item, int | Decimal) and not isinstance(item, bool):
        return _plain(item)
    raise WrongValueError("must be a string")


def _plain(number: int | Decimal) -> str:
    """The number's digits, without an exponent unless they were too many to be of use."""
    if isinstance(number, int) or abs(number.adjusted()) > 40:
        return str(number)
    return format(number, "f")


def _enum(item: Any, known: dict[str, int]) -> int:
    if isinstance(item, str) and item in known:
        return known[item]
    raise WrongValueError(f"must be one of: {', '.join(known)}")


def _bool(item: Any) -> bool:
    if isinstance(item, bool):
        return item
    raise WrongValueError("must be true or false")


def _integer(item: Any, cpp_type: int) -> int:
    if cpp_type in _WIDE and isinstance(item, str) and _INTEGER.fullmatch(item):
        item = int(item)
    if isinstance(item, Decimal) and item.adjusted() < 20 and item == item.to_integral_value():
        item = int(item)
    if isinstance(item, bool) or not isinstance(item, int):
        raise WrongValueError("must be an integer")
    low, high = RANGES[cpp_type]
    if not low <= item <= high:
        raise WrongValueError(f"must be from {low} to {high}")
    return item


def _bytes(item: Any) -> bytes:
    try:
        return base64.b64decode(item, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise WrongValueError("must be a base64 string") from None
