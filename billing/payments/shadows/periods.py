"""Closed periods whose invoice the payment provider issues."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from billing.payments.meters.periods import IssuedPeriod
from billing.payments.shadows.compare import LineSum


@dataclass(frozen=True, slots=True)
class LateLine:
    """What late use of an earlier period costs. `reference` names it for ever: its period, metric
    and revision. Amount in minor units; times aware, UTC."""

    reference: str
    description: str
    amount: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """A period that is closed here: what of it we would charge, and what is late of others."""

    issued: IssuedPeriod
    currency: str
    lines: tuple[LineSum, ...]
    late: tuple[LateLine, ...]


class ClosedPeriods(Protocol):
    """Where they come from."""

    async def ended(self) -> tuple[IssuedPeriod, ...]:
        """Those that are over and not closed here yet."""
        ...

    async def closed(self) -> tuple[ClosedPeriod, ...]:
        """Those that are closed here and were not compared yet."""
        ...
