"""Closed periods whose invoice the payment provider issues."""

from collections.abc import Callable
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
class MeteredLine:
    """A line of use: `charge` says what so many of the meter's units cost by the period's own
    prices, in minor units. `title` is what a customer reads."""

    metric: str
    line: LineSum
    title: str
    charge: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """A period that is closed here: what of it we would charge, what is late of others, and those
    lines that are of use."""

    issued: IssuedPeriod
    currency: str
    lines: tuple[LineSum, ...]
    late: tuple[LateLine, ...]
    metered: tuple[MeteredLine, ...] = ()


class ClosedPeriods(Protocol):
    """Where they come from."""

    async def ended(self) -> tuple[IssuedPeriod, ...]:
        """Those that are over and not closed here yet."""
        ...

    async def closed(self) -> tuple[ClosedPeriod, ...]:
        """Those that are closed here and were not compared yet."""
        ...
