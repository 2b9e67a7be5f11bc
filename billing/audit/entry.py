"""A row of the audit log before it is sealed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.audit.actions import Action
from mesh.call import Call

VENDOR_CHAIN = UUID(int=0)
"""The tenant of rows that belong to the vendor itself."""

Detail = str | int

_RESOURCE = re.compile(r"[a-z_]+/.+", re.DOTALL)
_MAX_TEXT = 512
_MAX_EXACT = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened to which thing of whom."""

    tenant_id: UUID
    action: Action
    resource: str
    details: Mapping[str, Detail]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused and why; `reason` is a name of ErrorReason without its prefix."""

    tenant_id: UUID
    action: Action
    resource: str
    reason: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted in which request."""

    kind: str
    actor_id: str
    request_id: str

    @classmethod
    def of(cls, call: Call) -> "Actor":
        """The caller being served."""
        principal = call.principal
        return cls(principal.kind.value, principal.subject, call.request_id)


@dataclass(frozen=True, slots=True)
class RefusalCount:
    """How often it was refused in the minute that begins at `minute` (UTC), and whom first."""

    refusal: Refusal
    minute: datetime
    count: int
    first: Actor


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact with its moment (aware, UTC) and who caused it."""

    entry_id: UUID
    recorded_at: datetime
    actor: Actor
    fact: Fact


def fact(tenant_id: UUID, action: Action, resource: str, details: Mapping[str, Detail]) -> Fact:
    """The fact with its texts made fit for keeping: no NUL, short, numbers exact in JSON.

    Raises ValueError for a resource that is not `kind/id`.
    """
    kept = {name: _detail(value) for name, value in details.items()}
    return Fact(tenant_id, action, resource_text(resource), kept)


def resource_text(resource: str) -> str:
    """`kind/id`, at most 512 characters. Raises ValueError for another form."""
    if not _RESOURCE.fullmatch(resource):
        raise ValueError(f"a resource is kind/id, not {resource!r}")
    return _text(resource)


def _detail(value: Detail) -> Detail:
    if isinstance(value, str):
        return _text(value)
    return value if abs(value) <= _MAX_EXACT else str(value)


def _text(value: str) -> str:
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}")[:_MAX_TEXT]
