"""A held batch, and what may become of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID


class Resolution(Enum):
    """What was decided."""

    ACCEPT = "accept"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class HeldBatch:
    """A batch of a forked journal; moments are aware, UTC. It waits without a resolution."""

    journal_id: UUID
    device_id: UUID
    first_seq: int
    events: int
    head_hash: bytes
    held_at: datetime
    resolution: Resolution | None
    reason: str
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A batch that waits, with its payloads and the chain hash before them."""

    first_seq: int
    previous_hash: bytes
    head_hash: bytes
    payloads: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that the journal has on record; `event_time_us` is microseconds since 1970,
    `dimensions` a JSON object or None, `payload` set for one that does not count."""

    seq: int
    event_type: str
    resource_id: str
    units: int
    event_time_us: int
    request_id: str
    dimensions: str | None
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """What one call decided: batches, and what became of their events."""

    batches: int
    recorded: int
    known: int
    rejected: int
    remaining: int
