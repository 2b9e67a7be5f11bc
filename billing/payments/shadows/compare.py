"""Whether two invoices say the same, line by line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

_NOTHING = Decimal(0)
_NO_ALLOWANCE: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class LineSum:
    """All lines of one price, by our name for it. `quantity` is in the provider's unit, `amount`
    in minor units, before tax."""

    name: str
    quantity: Decimal
    amount: int

    def plus(self, other: "LineSum") -> "LineSum":
        """Both together."""
        return LineSum(self.name, self.quantity + other.quantity, self.amount + other.amount)


class DifferenceKind(StrEnum):
    """`unexplained` is for somebody to look at; `proration` comes of seconds there and days
    here."""

    UNEXPLAINED = "unexplained"
    PRORATION = "proration"


@dataclass(frozen=True, slots=True)
class Difference:
    """A price of which the two say something else; the side that has no such line has nothing."""

    name: str
    our_quantity: Decimal
    their_quantity: Decimal
    our_amount: int
    their_amount: int
    kind: DifferenceKind = DifferenceKind.UNEXPLAINED


def compare(
    ours: Iterable[LineSum],
    theirs: Iterable[LineSum],
    allowed: Mapping[str, int] = _NO_ALLOWANCE,
) -> tuple[Difference, ...]:
    """What differs, by name; nothing where they say the same.

    `allowed` says of prices whose quantity changed within the period how far their amounts may be
    apart, in minor units, for being reckoned by the second there and by the day here. What is free
    here and not sold there is no difference.
    """
    left, right = by_name(ours), by_name(theirs)
    found = []
    for name in sorted({*left, *right}):
        our = left.get(name, LineSum(name, _NOTHING, 0))
        their = right.get(name, LineSum(name, _NOTHING, 0))
        free = name not in right and not our.amount
        same = our.amount == their.amount and (our.quantity == their.quantity or name in allowed)
        if same or free:
            continue
        near = name in allowed and abs(our.amount - their.amount) <= allowed[name]
        kind = DifferenceKind.PRORATION if near else DifferenceKind.UNEXPLAINED
        found.append(Difference(name, our.quantity, their.quantity, our.amount, their.amount, kind))
    return tuple(found)


def by_name(lines: Iterable[LineSum]) -> dict[str, LineSum]:
    """All lines of a name together."""
    found: dict[str, LineSum] = {}
    for line in lines:
        held = found.get(line.name)
        found[line.name] = line if held is None else held.plus(line)
    return found
