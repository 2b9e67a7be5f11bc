"""What a line costs: exact until one rounding at its end."""

from dataclasses import dataclass
from decimal import Decimal

from rights.money import Money, exact_context, round_line

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class RatedLine:
    """A priced line.

    ``quantity`` was used, ``included`` of it is free, ``billable`` is paid at
    ``unit_price`` (in the currency's main unit), and ``amount`` is the product,
    rounded once.
    """

    name: str
    quantity: Decimal
    included: Decimal
    billable: Decimal
    unit_price: Decimal
    amount: Money


def rate_metric(
    metric: str, quantity: Decimal, included: Decimal, unit_price: Decimal, currency: str
) -> RatedLine:
    """Price what a metric counted beyond its included amount.

    Raises ValueError when a number is negative, NaN or infinite, and
    MoneyInvalid when the currency is unknown or the amount out of range.
    """
    for number in (quantity, included, unit_price):
        if not number.is_finite() or number < 0:
            raise ValueError(f"{number} cannot be rated: quantities and prices are not negative")
    exact = exact_context()
    billable = max(exact.subtract(quantity, included), _NOTHING)
    amount = round_line(exact.multiply(billable, unit_price), currency)
    return RatedLine(metric, quantity, included, billable, unit_price, amount)


def rate_item(name: str, quantity: Decimal, unit_price: Decimal, currency: str) -> RatedLine:
    """Price a per-camera, per-device or per-tenant item. Raises as rate_metric does."""
    return rate_metric(name, quantity, _NOTHING, unit_price, currency)
