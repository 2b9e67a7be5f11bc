"""Money is never a float and never mixed."""

from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rights.errors import MoneyInvalid
from rights.money import EXPONENTS, Money, round_line

currencies = st.sampled_from(sorted(EXPONENTS))


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("19.99", "USD", 1999),
        ("0.005", "USD", 0),
        ("0.015", "USD", 2),
        ("0.025", "EUR", 2),
        ("-0.015", "GBP", -2),
        ("0.5", "JPY", 0),
        ("1.5", "JPY", 2),
        ("1999", "JPY", 1999),
        ("1.9985", "KWD", 1998),
        ("1.9995", "KWD", 2000),
        ("0.00499999999999999999999999999999999999999", "USD", 0),
        ("0.00500000000000000000000000000000000000001", "USD", 1),
    ],
)
def test_a_line_is_rounded_half_to_even(amount: str, currency: str, minor: int) -> None:
    assert round_line(Decimal(amount), currency) == Money(currency, minor)


@given(currencies, st.integers(-(10**15), 10**15))
def test_a_whole_number_of_minor_units_is_not_changed(currency: str, minor: int) -> None:
    money = Money(currency, minor)
    assert round_line(money.amount, currency) == money


@given(currencies, st.decimals("-1e9", "1e9", allow_nan=False, places=9))
def test_rounding_moves_at_most_half_a_minor_unit(currency: str, amount: Decimal) -> None:
    smallest = Decimal(1).scaleb(-EXPONENTS[currency])
    assert abs(round_line(amount, currency).amount - amount) <= smallest / 2


def test_a_sum_keeps_its_currency() -> None:
    assert Money("USD", 1) + Money("USD", 2) - Money("USD", 4) == Money("USD", -1)
    with pytest.raises(MoneyInvalid, match="USD and EUR"):
        Money("USD", 1) + Money("EUR", 1)
    with pytest.raises(MoneyInvalid, match="USD and EUR"):
        Money("USD", 1) - Money("EUR", 1)


def test_money_is_written_with_its_decimals() -> None:
    written = [str(Money(*money)) for money in (("USD", 1990), ("JPY", 1990), ("KWD", -5))]
    assert written == ["19.90 USD", "1990 JPY", "-0.005 KWD"]


@pytest.mark.parametrize("minor", [1.0, True, "1", Decimal(1), 2**63])
def test_minor_units_are_a_64_bit_whole_number(minor: object) -> None:
    with pytest.raises(MoneyInvalid):
        Money("USD", cast("Any", minor))


def test_an_unknown_currency_or_amount_is_refused() -> None:
    with pytest.raises(MoneyInvalid, match="XXX"):
        Money("XXX", 1)
    for amount in ("NaN", "Infinity", "1e30"):
        with pytest.raises(MoneyInvalid):
            round_line(Decimal(amount), "USD")
