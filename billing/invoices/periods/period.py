"""A billing period as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from rights.periods import Period
from rights.rating.card import RateCard
from rights.rating.proration import days_of

_INVOICE = "invoice"


class PeriodState(StrEnum):
    """How a period stands: `draft` is over and still takes late usage in."""

    RUNNING = "running"
    DRAFT = "draft"
    CLOSED = "closed"


class Issuer(StrEnum):
    """Who numbers, taxes and collects a period's invoice."""

    LOCAL = "local"
    STRIPE = "stripe"


@dataclass(frozen=True, slots=True)
class PeriodPrices:
    """What a period is rated by."""

    card: RateCard

    def to_json(self) -> dict[str, Any]:
        """For JSON."""
        return {"card": self.card.to_json()}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "PeriodPrices":
        """What was written. Raises CardUnknown."""
        return cls(RateCard.from_json(found["card"]))


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """Period `number` (from 1) of a tenant, from `start` up to, but without, `end`.

    All moments are full hours, aware, UTC. `planned_end` is where it would have ended had the
    anchor not moved. `prices` are set once it is over, and may be noted before. `passes_on` says
    that late use of earlier periods goes on to the next invoice: its own may never be issued.
    """

    tenant_id: UUID
    number: int
    anchor: datetime
    start: datetime
    end: datetime
    planned_end: datetime
    state: PeriodState = PeriodState.RUNNING
    issuer: Issuer = Issuer.LOCAL
    prices: PeriodPrices | None = None
    passes_on: bool = False

    @property
    def invoice_id(self) -> UUID:
        """The id of its invoice, the same before and after there is one."""
        return uuid5(self.tenant_id, f"{_INVOICE}/{self.number}")

    @property
    def span(self) -> Period:
        """From start to end."""
        return Period(self.start, self.end)

    @property
    def days(self) -> int:
        """For so many days a price buys a plan or an item."""
        return len(days_of(Period(self.start, self.planned_end)))
