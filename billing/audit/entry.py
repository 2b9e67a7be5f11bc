"""What a unit tells the audit log, and what a reader gets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from mesh.call import Call
from rights.audit_chain import AuditRow, Seal

Detail = str | int

_RESOURCE = re.compile(r"[a-z_]+/.+", re.DOTALL)
_MAX_TEXT = 512


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


OPERATOR = Actor("operator", "", "")
"""Whoever works on the machine itself, outside every call."""

WORKER = Actor("worker", "", "")
"""The server itself, in its background work."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened to which thing of whom; `action` is the word of an Action, perhaps of a newer
    version's."""

    tenant_id: UUID
    action: str
    resource: str
    details: Mapping[str, str]

    def row(self, entry_id: UUID, recorded_at: datetime, actor: Actor) -> AuditRow:
        """The row that tells it."""
        return AuditRow(
            self.tenant_id,
            entry_id,
            recorded_at,
            actor.kind,
            actor.actor_id,
            actor.request_id,
            str(self.action),
            self.resource,
            self.details,
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """What may repeat. `reason` of a refusal is a name of ErrorReason without its prefix, of
    anything else it is empty."""

    tenant_id: UUID
    action: str
    resource: str
    reason: str


@dataclass(frozen=True, slots=True)
class TallyCount:
    """How often it happened in the minute that begins at `minute` (UTC), and to whom first."""

    tally: Tally
    minute: datetime
    count: int
    first: Actor


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """A row as a reader sees it; `seal` is None until a sealer has linked it."""

    row: AuditRow
    seal: Seal | None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which rows a reader asks for: of one action (empty: any), with `since` ≤ moment < `until`."""

    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


def fact(tenant_id: UUID, action: str, resource: str, details: Mapping[str, Detail]) -> Fact:
    """The fact with its texts made fit for keeping: without NUL, at most 512 characters.

    Raises ValueError for a resource that is not `kind/id`.
    """
    kept = {name: _text(str(value)) for name, value in details.items()}
    return Fact(tenant_id, action, resource_text(resource), kept)


def resource_text(resource: str) -> str:
    """`kind/id`, at most 512 characters. Raises ValueError for another form."""
    if not _RESOURCE.fullmatch(resource):
        raise ValueError(f"a resource is kind/id, not {resource!r}")
    return _text(resource)


def _text(value: str) -> str:
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}")[:_MAX_TEXT]
