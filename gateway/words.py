"""Enum values as the words of REST: lower case, without their prefix."""

from __future__ import annotations

import re
from functools import lru_cache

from google.protobuf.descriptor import EnumDescriptor

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=256)
def words(enum: EnumDescriptor) -> dict[str, int]:
    """Word → number, in the contract's order: LICENSE_MODE_TRIAL of LicenseMode is `trial`."""
    prefix = f"{_HUMP.sub('_', enum.name).upper()}_"
    return {value.name.removeprefix(prefix).lower(): value.number for value in enum.values}


@lru_cache(maxsize=256)
def by_number(enum: EnumDescriptor) -> dict[int, str]:
    """Number → word."""
    return {number: word for word, number in words(enum).items()}
