"""Closed periods whose invoice the payment provider issues."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
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
    prices, in minor units. `title` is what a customer reads, `told` whether the provider has a
    meter of it."""

    metric: str
    line: LineSum
    title: str
    charge: Callable[[int], int]
    told: bool = True


@dataclass(frozen=True, slots=True)
class OwnTerms:
    """A price by which the tenant is charged otherwise than the provider charges it: `name` is the
    provider's, `title` what a customer reads, `metered` says whether it is one of use."""

    name: str
    title: str
    metered: bool


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """A period that is closed here: what of it we would charge, what is late of others, those
    lines that are of use, and those of terms of the tenant's own. `day_prices` are those of a piece
    and day, in minor units, by the provider's names of prices; a month's price buys `days`."""

    issued: IssuedPeriod
    currency: str
    lines: tuple[LineSum, ...]
    late: tuple[LateLine, ...]
    metered: tuple[MeteredLine, ...] = ()
    own: tuple[OwnTerms, ...] = ()
    day_prices: Mapping[str, Decimal] = field(default_factory=dict)
    days: int = 30


class ClosedPeriods(Protocol):
    """Where they come from."""

    async def ended(self) -> tuple[IssuedPeriod, ...]:
        """Those that are over and not closed here yet."""
        ...

    async def closed(self) -> tuple[IssuedPeriod, ...]:
        """Those that are closed here and were not compared yet."""
        ...

    async def read(self, closed: IssuedPeriod) -> ClosedPeriod:
        """What we would charge for one of those."""
        ...
