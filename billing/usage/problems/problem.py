"""A problem: usage that was reported and does not count."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID


class ProblemKind(Enum):
    """What kind of problem it is."""

    REJECTED = "rejected"
    CONFLICT = "conflict"
    UNCOUNTED = "uncounted"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Problem:
    """`key` breaks ties of `last_seen_at`; moments are aware, UTC.

    `times` counts how often it was sent, of a held batch its events. `payload` is JSON, of a
    journal's event base64, of a held batch empty.
    """

    kind: ProblemKind
    tenant_id: UUID
    key: str
    event_id: str
    event_type: str
    reason: str
    reporter: str
    payload: str
    times: int
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that was refused, ready to be kept: texts are cut and hold no NUL."""

    fingerprint: bytes
    kind: ProblemKind
    event_id: str
    event_type: str
    reason: str
    payload: str
    times: int = 1
