"""Whether two invoices say the same, line by line."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

_NOTHING = Decimal(0)


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


@dataclass(frozen=True, slots=True)
class Difference:
    """A price of which the two say something else; the side that has no such line has nothing."""

    name: str
    our_quantity: Decimal
    their_quantity: Decimal
    our_amount: int
    their_amount: int


def compare(ours: Iterable[LineSum], theirs: Iterable[LineSum]) -> tuple[Difference, ...]:
    """What differs, by name; nothing where they say the same."""
    left, right = _by_name(ours), _by_name(theirs)
    found = []
    for name in sorted({*left, *right}):
        our = left.get(name, LineSum(name, _NOTHING, 0))
        their = right.get(name, LineSum(name, _NOTHING, 0))
        if our != their:
            found.append(Difference(name, our.quantity, their.quantity, our.amount, their.amount))
    return tuple(found)


def _by_name(lines: Iterable[LineSum]) -> dict[str, LineSum]:
    found: dict[str, LineSum] = {}
    for line in lines:
        held = found.get(line.name)
        found[line.name] = line if held is None else held.plus(line)
    return found
