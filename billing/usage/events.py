"""An event that carries its own id, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class EventStatus(Enum):
    """What became of an event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ReportedEvent:
    """An event as sent; `event_time_us` is microseconds since 1970, None when absent."""

    event_id: str
    event_type: str
    resource_id: str
    quantity: str
    unit: str
    event_time_us: int | None
    request_id: str
    dimensions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EventResult:
    """The result of one event; `reason` names the field unless it was accepted.

    `event_id` is the id as sent, of a rejected event cut to 255 characters.
    """

    event_id: str
    status: EventStatus
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AdmittedEvent:
    """An event that keeps every rule.

    `quantity` is its shortest decimal text, `payload_hash` the SHA-256 of what it says,
    `dimensions` a JSON object or None.
    """

    event_id: str
    event_type: str
    resource_id: str
    quantity: str
    event_time_us: int
    request_id: str
    dimensions: str | None
    payload_hash: bytes
