"""What a quantity of a price costs, as the lines that Stripe would write."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Piece = tuple[int, int, Decimal]
"""Quantity, amount in minor units, the unit's price."""


def pieces(price: dict[str, Any], quantity: int) -> list[Piece]:
    """One piece, or one for each graduated tier that is reached."""
    if price["billing_scheme"] == "per_unit":
        each = Decimal(price["unit_amount_decimal"])
        return [(quantity, rounded(each * quantity), each)]
    if price["tiers_mode"] == "volume":
        tier = next(
            each for each in price["tiers"] if each["up_to"] is None or quantity <= each["up_to"]
        )
        each = Decimal(tier["unit_amount_decimal"])
        return [(quantity, rounded(each * quantity), each)]
    found, below = [], 0
    for tier in price["tiers"]:
        top = quantity if tier["up_to"] is None else min(quantity, tier["up_to"])
        if top > below or not found:
            each = Decimal(tier["unit_amount_decimal"])
            flat = rounded(tier["flat_amount_decimal"] or Decimal(0))
            found.append((top - below, rounded(each * (top - below)) + flat, each))
        below = max(below, top)
    return found


def rounded(amount: Decimal) -> int:
    """Half away from zero, as Stripe rounds."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def prorated(amount: int, part: int, whole: int) -> int:
    """The part of an amount for some of its seconds."""
    return rounded(Decimal(amount) * part / whole)
