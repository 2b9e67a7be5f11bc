"""Days of a period: each is charged once, and parts sum to the whole."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rights.money import Money, round_line
from rights.periods import ANNUAL, Period, nth_period
from rights.rating.annual import (
    annual_price,
    charge_of_year,
    end_early,
    year_that_begins,
)
from rights.rating.line import rate_days
from rights.rating.proration import Days, change_over, days_of, prorate, split
from tests.rights.rating.schemes import CURRENCIES

moments = st.integers(0, 3650 * 86400).map(
    lambda second: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
amounts = st.builds(Money, st.sampled_from(CURRENCIES), st.integers(-(10**12), 10**12))
weights = st.lists(st.integers(0, 400), min_size=1, max_size=12).filter(any)
JANUARY = Days(date(2025, 1, 1), date(2025, 2, 1))


@given(amounts, weights)
def test_parts_sum_to_the_whole(whole: Money, parts: list[int]) -> None:
    made = split(whole, parts)
    assert sum(part.minor_units for part in made) == whole.minor_units
    for part, weight in zip(made, parts, strict=True):
        share = Decimal(whole.minor_units) * weight / sum(parts)
        assert abs(part.minor_units - share) < 1
        assert weight or not part.minor_units


def test_what_cannot_be_shared_out_goes_to_the_largest_remainder_then_the_first() -> None:
    thirds = split(Money("USD", 100), (1, 1, 1))
    assert [part.minor_units for part in thirds] == [34, 33, 33]
    assert [part.minor_units for part in split(Money("JPY", -10), (1, 2, 4))] == [-1, -3, -6]
    for wrong in ((), (0, 0), (1, -1)):
        with pytest.raises(ValueError, match="weights"):
            split(Money("USD", 1), wrong)


@given(moments, st.integers(0, 36))
def test_each_day_ends_in_one_period(anchor: datetime, number: int) -> None:
    anchor = anchor.replace(minute=0, second=0, microsecond=0)
    one, after = (days_of(nth_period(anchor, number + step)) for step in (0, 1))
    assert one.end == after.first
    assert 28 <= len(one) <= 31
    assert list(one) == [one.first + timedelta(days=step) for step in range(len(one))]
    assert one.end not in one


def test_a_period_of_hours_that_holds_no_midnight_has_no_day() -> None:
    start = datetime(2025, 1, 15, 14, tzinfo=UTC)
    assert len(days_of(Period(start, start + timedelta(hours=4)))) == 0
    assert list(days_of(Period(start, start + timedelta(hours=10)))) == [start.date()]


@given(st.decimals("0", "1e6", places=4), st.integers(0, 31), st.sampled_from(CURRENCIES))
def test_a_whole_period_costs_the_whole_price(price: Decimal, held: int, currency: str) -> None:
    assert prorate(price, 31, 31) == price
    whole = rate_days("base_camera", Decimal(31 * 4), 31, price, currency)
    assert whole.amount == round_line(4 * price, currency)
    part = rate_days("base_camera", Decimal(held), 31, price, currency)
    assert part.amount == round_line(prorate(price, held, 31), currency)
    assert bool(part.charges) == bool(held)


def test_days_outside_of_a_period_are_no_part_of_it() -> None:
    for days, whole in ((-1, 30), (31, 30), (0, 0)):
        with pytest.raises(ValueError, match="no part"):
            prorate(Decimal(1), days, whole)
    for piece_days, days, price in (("-1", 30, "1"), ("1", 0, "1"), ("1", 30, "-1")):
        with pytest.raises(ValueError, match="cannot be rated"):
            rate_days("base_camera", Decimal(piece_days), days, Decimal(price), "USD")


@given(st.integers(0, 31), st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_change_gives_back_what_is_unused_and_charges_the_rest(
    day: int, old: int, new: int
) -> None:
    change = change_over(
        JANUARY, JANUARY.first + timedelta(days=day), Money("USD", old), Money("USD", new)
    )
    assert change.days_before + change.days_after == 31
    assert change.used + change.unused == Money("USD", old)
    same = change_over(JANUARY, JANUARY.first, Money("USD", old), Money("USD", new))
    assert (same.unused, same.rest) == (Money("USD", old), Money("USD", new))
    assert change.due == change.rest - change.unused


def test_an_upgrade_on_the_eleventh_of_january() -> None:
    change = change_over(JANUARY, date(2025, 1, 11), Money("USD", 2900), Money("USD", 9900))
    assert (change.used, change.unused) == (Money("USD", 935), Money("USD", 1965))
    assert (change.rest, change.due) == (Money("USD", 6706), Money("USD", 4741))


def test_a_year_costs_fifteen_percent_less() -> None:
    discount = Decimal("0.15")
    assert annual_price(Decimal(29), discount) == Decimal("295.80")
    assert charge_of_year(Decimal("0.333"), discount, "JPY") == Money("JPY", 3)


@given(amounts, moments, st.integers(-5, 400))
def test_a_year_that_ends_early_is_paid_to_the_day(paid: Money, anchor: datetime, day: int) -> None:
    year = nth_period(anchor, 0, ANNUAL)
    ended = end_early(paid, year, anchor.date() + timedelta(days=day))
    assert ended.used + ended.unused == paid
    assert ended.days_used == min(max(day, 0), len(days_of(year)))
    if day <= 0:
        assert ended.unused == paid


@given(moments, st.integers(0, 40))
def test_a_year_is_charged_in_one_month_of_twelve(anchor: datetime, first: int) -> None:
    months = [nth_period(anchor, number) for number in range(first, first + 12)]
    begun = [year for month in months if (year := year_that_begins(anchor, month))]
    assert [year.start for year in begun] == [nth_period(anchor, -(-first // 12), ANNUAL).start]
    assert year_that_begins(anchor, nth_period(anchor, -12)) is None
