"""A submission as it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class SubmissionState(StrEnum):
    """`confirmed` landed though its answer was lost; `failed` was refused; `found` is at the
    provider though the database does not remember it, as after a restored backup."""

    PENDING = "pending"
    SENT = "sent"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """`value` is in the meter's unit, `minute` the one that it owns at the provider; times are
    aware, UTC. `first_sent_at` is when this identifier was sent first."""

    tenant_id: UUID
    metric: str
    minute: datetime
    customer_id: str
    value: int
    identifier: str
    state: SubmissionState
    attempts: int
    first_sent_at: datetime | None
    last_error: str
    created_at: datetime
