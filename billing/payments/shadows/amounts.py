"""What things cost where the payment provider rounds."""

from decimal import ROUND_HALF_UP, Decimal

from billing.payments.goods import PriceGood, Tier
from billing.payments.objects import names
from rights.money import exact_context, exponent_of
from rights.rating.card import PieceKind, RateCard
from rights.rating.line import RatedLine
from rights.terms import Interval

DAYS_OF_A_YEAR = 365
"""A yearly price is spread over so many, leap years too."""


def provider_amount(line: RatedLine) -> int:
    """In minor units: each tier is a line of its own there, and is rounded half up, where our whole
    line is rounded once, half to even (docs.stripe.com/billing/subscriptions/decimal-amounts)."""
    exponent, exact = exponent_of(line.amount.currency), exact_context()
    return sum(_rounded(part.amount.scaleb(exponent, exact)) for part in line.charges)


def metered_amount(price: PriceGood, value: int) -> int:
    """What a metered price of the provider's makes of a meter's sum, in minor units."""
    if not price.tiers:
        return _rounded(price.unit_amount * value)
    if price.volume:
        tier = next(each for each in price.tiers if each.up_to is None or value <= each.up_to)
        return _rounded(tier.unit_amount * value) + (_rounded(tier.flat) if value else 0)
    total, below = 0, 0
    for tier in price.tiers:
        top = value if tier.up_to is None else min(value, tier.up_to)
        if top > below:
            total += _in_tier(tier, top - below)
        below = max(below, top)
    return total


def day_prices(card: RateCard, days: int) -> dict[str, Decimal]:
    """What one piece costs a day of a period of so many `days`, in minor units, by the provider's
    names of prices. Raises MoneyInvalid."""
    exponent, currency = exponent_of(card.currency), card.currency
    found: dict[str, Decimal] = {}
    for (kind, family, name), rate in card.pieces.items():
        if not rate.price:
            continue
        day = rate.price.scaleb(exponent) / days
        if kind is PieceKind.ITEM:
            found[names.item_price(family, name, currency)] = day
            continue
        year = Decimal(card.year((kind, family, name)).minor_units)
        found[names.plan_price(family, name, Interval.MONTH, currency)] = day
        found[names.plan_price(family, name, Interval.YEAR, currency)] = year / DAYS_OF_A_YEAR
    return found


def _in_tier(tier: Tier, count: int) -> int:
    return _rounded(tier.unit_amount * count) + _rounded(tier.flat)


def _rounded(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_HALF_UP))
