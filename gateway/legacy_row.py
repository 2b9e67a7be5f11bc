"""One older path over the contracts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.operations import Answer

TEXT = {"type": "string"}


@dataclass(frozen=True, slots=True)
class Row:
    """`fields` are names that differ, and the contract's; `constants` are set by the path."""

    verb: str
    path: str
    rpc: str
    summary: str
    fields: Mapping[str, str] = field(default_factory=dict)
    answer: Answer | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)


def described(**properties: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object that always holds all of these."""
    return {"type": "object", "properties": properties, "required": sorted(properties)}
