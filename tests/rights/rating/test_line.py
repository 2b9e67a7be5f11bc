"""A line is exact until its one rounding."""

from decimal import Decimal

import pytest

from rights.catalog.model import Catalog
from rights.money import Money
from rights.rating.line import rate_item, rate_usage
from tests.rights.rating.schemes import each


def test_only_what_exceeds_the_quota_is_paid(catalog: Catalog) -> None:
    plan = catalog.plan("metered", "standard")
    quota = plan.quotas["api_call"]
    price = catalog.metric_price("api_call", plan)
    line = rate_usage("api_call", Decimal(150_000), quota.included, price, "USD")
    assert line.billable == 50_000
    assert line.amount == Money("USD", 500)


def test_use_within_the_quota_is_free() -> None:
    line = rate_usage("sms", Decimal(40), Decimal(100), each("0.05"), "USD")
    assert (line.billable, line.amount) == (0, Money("USD", 0))


def test_one_rounding_to_the_currency() -> None:
    for currency, minor in (("USD", 12), ("JPY", 0), ("KWD", 125)):
        line = rate_usage("sms", Decimal("2.5"), Decimal(0), each("0.05"), currency)
        assert line.amount == Money(currency, minor)


def test_a_product_longer_than_28_digits_makes_no_false_tie() -> None:
    much = Decimal("1000000000000005000000000.00001")
    line = rate_usage("storage_gb_day", much, Decimal(0), each("0.000000000001"), "USD")
    assert line.amount == Money("USD", 100_000_000_000_001)


def test_cameras_are_paid_by_the_piece(catalog: Catalog) -> None:
    price = catalog.item("vision", "base_camera").price("USD")
    line = rate_item("base_camera", Decimal(12), price, "USD")
    assert (line.quantity, line.included, line.amount) == (12, 0, Money("USD", 72_000))


@pytest.mark.parametrize("number", ["-1", "NaN", "Infinity"])
def test_what_cannot_be_counted_cannot_be_rated(number: str) -> None:
    wrong, right = Decimal(number), Decimal(1)
    for quantity, included in ((wrong, right), (right, wrong)):
        with pytest.raises(ValueError, match="cannot be rated"):
            rate_usage("sms", quantity, included, each("1"), "USD")
    for quantity, price in ((wrong, right), (right, wrong)):
        with pytest.raises(ValueError, match="cannot be rated"):
            rate_item("base_camera", quantity, price, "USD")
