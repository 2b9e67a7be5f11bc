"""What use costs where the payment provider rounds."""

from decimal import ROUND_HALF_UP

from rights.money import exact_context, exponent_of
from rights.rating.line import RatedLine


def provider_amount(line: RatedLine) -> int:
    """In minor units: each tier is a line of its own there, and is rounded half up, where our whole
    line is rounded once, half to even (docs.stripe.com/billing/subscriptions/decimal-amounts)."""
    exponent, exact = exponent_of(line.amount.currency), exact_context()
    return sum(
        int(part.amount.scaleb(exponent, exact).to_integral_value(ROUND_HALF_UP))
        for part in line.charges
    )
