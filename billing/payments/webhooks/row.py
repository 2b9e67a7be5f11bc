"""An event as it is kept."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class WebhookState(StrEnum):
    """Names of brinkbyte.payment.v1.WebhookState in lower case."""

    WAITING = "waiting"
    DONE = "done"
    IGNORED = "ignored"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """One event; moments are aware, UTC. `customer` is the provider's id, empty for none."""

    event_id: str
    event_type: str
    customer: str
    created_at: datetime
    received_at: datetime
    state: WebhookState
    attempts: int
    next_try_at: datetime
    processed_at: datetime | None
    last_error: str
