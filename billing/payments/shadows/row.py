"""How the provider's invoice of a period stands beside ours."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from billing.payments.shadows.compare import Difference


class ShadowState(StrEnum):
    """`held` is a draft that waits for our close, `finalized` is numbered and not compared yet."""

    HELD = "held"
    FINALIZED = "finalized"
    MATCHES = "matches"
    DIFFERS = "differs"


COMPARED = (ShadowState.MATCHES, ShadowState.DIFFERS)
"""Nothing is left to do."""


@dataclass(frozen=True, slots=True)
class ShadowRow:
    """Amounts are in minor units, before tax; None before they were compared. Time: UTC."""

    tenant_id: UUID
    period_number: int
    invoice_id: str
    state: ShadowState
    our_amount: int | None
    their_amount: int | None
    differences: tuple[Difference, ...]
    changed_at: datetime
