"""Cost alerts, as the rest of billing sees them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from rights.money import Money


class CostBasis(StrEnum):
    """What is compared: what the running period costs so far, or what it comes to at its end."""

    SPENT = "spent"
    PROJECTED = "projected"


@dataclass(frozen=True, slots=True)
class CostAlert:
    """An amount, and the whole percents of it at which the tenant is told, ascending. `created_at`
    is aware, UTC."""

    alert_id: UUID
    basis: CostBasis
    amount: Money
    percents: tuple[int, ...]
    display_name: str
    created_at: datetime

    def reached(self, total: Money) -> tuple[int, ...]:
        """The percents that a total in the amount's currency has reached; none in another."""
        if total.currency != self.amount.currency:
            return ()
        return tuple(
            each
            for each in self.percents
            if total.minor_units * 100 >= self.amount.minor_units * each
        )
