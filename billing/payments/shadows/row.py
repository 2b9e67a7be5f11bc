"""How the provider's invoice of a period stands beside ours."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from billing.invoices.invoice import ProviderInvoice
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
    """Amounts are in minor units, before tax; None before they were compared. Time: UTC.
    `provided` is the provider's invoice as it told of it last."""

    tenant_id: UUID
    period_number: int
    provided: ProviderInvoice
    state: ShadowState
    our_amount: int | None
    their_amount: int | None
    differences: tuple[Difference, ...]
    changed_at: datetime

    @property
    def invoice_id(self) -> str:
        """The provider's id of its invoice."""
        return self.provided.invoice_id
