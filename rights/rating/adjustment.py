"""Usage that came after its period was closed: the difference that it makes, at its own prices."""

from dataclasses import dataclass
from decimal import Decimal

from rights.money import Money, exact_context
from rights.rating.line import RatedLine, rate_usage
from rights.rating.scheme import Scheme


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What late usage changes: the line as it was billed, as it would be with all of it, and the
    difference. ``late`` is the quantity that came after."""

    before: RatedLine
    after: RatedLine
    late: Decimal
    amount: Money


def adjust(
    metric: str,
    billed: Decimal,
    late: Decimal,
    *,
    included: Decimal,
    scheme: Scheme,
    currency: str,
) -> Adjustment:
    """The difference that ``late`` makes to a period in which ``billed`` was rated before.

    All of it is rated again by the period's own prices and what it included, and what was billed is
    taken off, so that adjustments one after the other come to what everything at once would have
    cost. Under volume pricing the amount may be negative. Raises as rate_usage does.
    """
    before = rate_usage(metric, billed, included, scheme, currency)
    after = rate_usage(metric, exact_context().add(billed, late), included, scheme, currency)
    return Adjustment(before, after, late, after.amount - before.amount)
