"""What use costs where the provider rounds, beside what it costs here."""

from decimal import Decimal

import pytest

from billing.payments.shadows.amounts import provider_amount
from rights.rating.line import rate_usage
from rights.rating.scheme import Graduated, PerUnit, Tier

HALF_CENT = PerUnit({"USD": Decimal("0.005")})
TIERS = Graduated(
    (Tier(Decimal(1), {"USD": Decimal("0.005")}), Tier(None, {"USD": Decimal("0.004")}))
)


@pytest.mark.parametrize(
    ("scheme", "quantity", "ours", "theirs"),
    [
        (HALF_CENT, "17", 8, 9),
        (HALF_CENT, "19", 10, 10),
        (HALF_CENT, "0", 0, 0),
        (TIERS, "2", 1, 1),
        (TIERS, "3", 1, 2),
    ],
)
def test_each_tier_is_rounded_half_up(
    scheme: PerUnit | Graduated, quantity: str, ours: int, theirs: int
) -> None:
    line = rate_usage("storage_gb_day", Decimal(quantity), Decimal(0), scheme, "USD")
    assert (line.amount.minor_units, provider_amount(line)) == (ours, theirs)
