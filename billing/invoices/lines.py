"""The lines of an invoice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from rights.money import Money
from rights.rating.scheme import Charge

OF_A_YEAR = ("year", "year-day")
"""Units of a plan that is paid by the year: all of one, and its days."""


class LineKind(StrEnum):
    """What a line charges for."""

    USAGE = "usage"
    PLAN = "plan"
    ITEM = "item"
    ADJUSTMENT = "adjustment"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Service:
    """When something was used: the number of the billing period, and from when up to when (aware,
    UTC, half-open): that period, or what is paid of a year at once or given back of it."""

    number: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """The use of a metric in the hour that begins at `hour` (aware, UTC): what came in time
    (revision 0), or what came after that close."""

    metric: str
    hour: datetime
    revision: int
    quantity: Decimal
    events: int


@dataclass(frozen=True, slots=True)
class Billed:
    """What an adjustment takes off: the quantity of its period that was billed before, and its
    amount."""

    quantity: Decimal
    amount: Money


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A priced line.

    `quantity` was used, `included` of it is free, `billable` is charged in the parts of `charges`,
    whose sum, less what was `billed` before, is rounded once to `amount`. A plan or an item is
    counted in days, and `unit_price` (None where the parts differ) buys one for `period_days` of
    them; days given back of a year that was paid are below zero. `windows` are the hours of usage
    behind it.
    """

    kind: LineKind
    family: str
    name: str
    title: str
    unit: str
    quantity: Decimal
    included: Decimal
    billable: Decimal
    unit_price: Decimal | None
    period_days: int
    amount: Money
    charges: tuple[Charge, ...]
    service: Service
    events: int = 0
    billed: Billed | None = None
    windows: tuple[Window, ...] = ()

    @property
    def line_id(self) -> str:
        """Names the line within its invoice."""
        match self.kind:
            case LineKind.USAGE:
                return f"usage.{self.name}"
            case LineKind.ADJUSTMENT:
                return f"adjustment.{self.service.number}.{self.name}"
            case LineKind.PLAN:
                return f"plan.{self.name}{self._since if self.of_year else ''}"
            case LineKind.CREDIT:
                return f"credit.{self.name}{self._since}"
            case LineKind.ITEM:
                return f"item.{self.family}.{self.name}"

    @property
    def of_year(self) -> bool:
        """Whether it is of a plan that is paid by the year."""
        return self.unit in OF_A_YEAR

    @property
    def _since(self) -> str:
        return f".{self.service.start:%Y-%m-%d}"


def by_metric(windows: Sequence[Window]) -> dict[str, tuple[Window, ...]]:
    """Windows by metric, metrics by name."""
    found: dict[str, list[Window]] = {}
    for each in windows:
        found.setdefault(each.metric, []).append(each)
    return {metric: tuple(found[metric]) for metric in sorted(found)}
