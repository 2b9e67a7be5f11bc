"""Quantities are exact or refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rights.errors import QuantityInvalid
from rights.quantity import format_quantity, parse_quantity, quantity_units


@given(st.integers(0, 10**15 - 1))
def test_units_survive_the_round_trip(units: int) -> None:
    text = format_quantity(units)
    assert quantity_units(text) == units
    assert parse_quantity(text) * 100_000 == units
    assert not ("." in text and text.endswith(("0", ".")))


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("0", 0),
        ("1", 100_000),
        ("0.00001", 1),
        ("1.50", 150_000),
        ("9999999999.99999", 999_999_999_999_999),
        ("999999999999999", 99_999_999_999_999_900_000),
    ],
)
def test_the_text_is_taken_exactly(text: str, units: int) -> None:
    assert quantity_units(text) == units
    assert parse_quantity(text) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1\n",
        "-1",
        "+1",
        "-0",
        "1e3",
        "1E3",
        "NaN",
        "sNaN",
        "inf",
        "Infinity",
        "1_000",
        "1,5",
        ".5",
        "5.",
        "0x10",
        "\u0661",
        "\u00b2",
        "1.000001",
        "1.000000",
        "1234567890123456",
        "12345678901.12345",
        "9" * 100_000,
    ],
)
def test_anything_else_is_refused_by_both_readers(text: str) -> None:
    for read in (parse_quantity, quantity_units):
        with pytest.raises(QuantityInvalid) as refused:
            read(text)
        assert len(str(refused.value)) < 120


def test_a_negative_sum_is_no_quantity() -> None:
    with pytest.raises(QuantityInvalid):
        format_quantity(-1)
