"""Nested form encoding as Stripe reads it: `items[0][price]=…`, `expand[]=…`."""

import re
from typing import Any
from urllib.parse import parse_qsl

from tests.stripe_simulator.errors import Refusal

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")


def decode(text: str) -> dict[str, Any]:
    """A body or query; lists become mappings by index, in order."""
    found: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)):
        match = _KEY.match(key)
        if match is None:
            raise Refusal(f"Invalid parameter: {key}", code="parameter_unknown", param=key)
        parts = [match[1], *_PART.findall(match[2])]
        at = found
        for part in parts[:-1]:
            inner = at.setdefault(part or str(len(at)), {})
            if not isinstance(inner, dict):
                raise Refusal(f"Invalid parameter: {key}", param=key)
            at = inner
        at[parts[-1] or str(len(at))] = value
    return found
