"""A payment that is late, as other nouns see it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rights.dunning import DunningStage


class Source(StrEnum):
    """Whose invoice it is."""

    LOCAL = "local"
    STRIPE = "stripe"


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """The oldest invoice of a tenant that is not paid in time; `due_since` is aware, UTC.
    `attempts` counts what was tried to collect it, `next_attempt_at` is when it is tried next."""

    source: Source
    invoice: str
    due_since: datetime
    attempts: int = 0
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LatePayment:
    """Where it stands; `next_stage_at` is None after the last stage."""

    open: OpenInvoice
    stage: DunningStage
    next_stage_at: datetime | None
