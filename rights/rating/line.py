"""What a line costs: exact until one rounding at its end."""

from dataclasses import dataclass
from decimal import Decimal

from rights.money import Money, exact_context, round_line
from rights.rating.scheme import Charge, PerUnit, Scheme, charge, not_countable, rate, total

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class RatedLine:
    """A priced line.

    ``quantity`` was used, ``included`` of it is free, ``billable`` is paid, in the parts of
    ``charges``; ``amount`` is their sum, rounded once. ``unit_price`` (in the currency's main unit)
    is what one costs where all cost the same, else None: then the charges tell.
    """

    name: str
    quantity: Decimal
    included: Decimal
    billable: Decimal
    unit_price: Decimal | None
    charges: tuple[Charge, ...]
    amount: Money


def rate_usage(
    metric: str, quantity: Decimal, included: Decimal, scheme: Scheme, currency: str
) -> RatedLine:
    """Price what a metric counted beyond its included amount; tiers and packages begin there.

    Raises ValueError when a number is negative, NaN or infinite, NoPrice when the scheme has none
    in the currency, and MoneyInvalid when the currency is unknown or the amount out of range.
    """
    if not_countable(quantity) or not_countable(included):
        raise ValueError(
            f"{quantity} beyond {included} cannot be rated: quantities are not negative"
        )
    billable = max(exact_context().subtract(quantity, included), _NOTHING)
    charges = rate(scheme, billable, currency)
    amount = round_line(total(charges), currency)
    price = scheme.prices.get(currency) if isinstance(scheme, PerUnit) else None
    return RatedLine(metric, quantity, included, billable, price, charges, amount)


def rate_item(name: str, quantity: Decimal, unit_price: Decimal, currency: str) -> RatedLine:
    """Price an item for a whole period. Raises ValueError when a number is negative, NaN or
    infinite, and MoneyInvalid as rate_usage does."""
    if not_countable(unit_price):
        raise ValueError(f"{unit_price} cannot be rated: prices are not negative")
    return rate_usage(name, quantity, _NOTHING, PerUnit({currency: unit_price}), currency)


def rate_days(
    name: str, piece_days: Decimal, days: int, price: Decimal, currency: str
) -> RatedLine:
    """Price what was held by the day: ``price`` is for one piece over all ``days``.

    ``piece_days`` adds up, over the days, the pieces held on each; held to the full they cost
    exactly the whole price. Raises ValueError when a number is negative or there is no day, and
    MoneyInvalid as rate_usage does.
    """
    if not_countable(piece_days) or not_countable(price) or days < 1:
        raise ValueError(f"{piece_days} piece-days of {days} at {price} cannot be rated")
    part = charge(_NOTHING, piece_days, piece_days, price, per=Decimal(days))
    charges = (part,) if piece_days else ()
    amount = round_line(total(charges), currency)
    return RatedLine(name, piece_days, _NOTHING, piece_days, price, charges, amount)
