"""Days of a period: each is charged once, and parts sum to the whole."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rights.money import Money, round_line
from rights.periods import ANNUAL, Period, nth_period
from rights.rating.annual import (
    YearStep,
    annual_price,
    charge_of_year,
    cost_of,
    end_early,
    year_of,
    year_steps,
)
from rights.rating.line import rate_days
from rights.rating.proration import Days, days_of, prorate, split
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


starts = st.integers(0, 1500)
spans = st.lists(st.tuples(st.integers(1, 500), st.integers(1, 200)), min_size=1, max_size=4)


@given(moments, amounts, starts, spans, st.integers(1, 400))
def test_what_is_charged_and_given_back_of_years_is_for_the_days_on_which_they_were_held(
    anchor: datetime, price: Money, first: int, found: list[tuple[int, int]], length: int
) -> None:
    held, day = [], anchor.date() + timedelta(days=first)
    for days, gap in found:
        held.append(Days(day, day + timedelta(days=days)))
        day = held[-1].end + timedelta(days=gap)
    steps: list[YearStep] = []
    at = anchor.date() - timedelta(days=3)
    while at <= day:
        within = Days(at, at + timedelta(days=length))
        steps += year_steps(anchor, held, within)
        at = within.end
    charged: dict[datetime, int] = {}
    for step in steps:
        charged.setdefault(step.year.start, 0)
        charged[step.year.start] += cost_of(step, price).minor_units
    for start, cost in charged.items():
        year = nth_period(anchor, start.year - anchor.year, ANNUAL)
        whole, used = days_of(year), 0
        for days_held in held:
            begun, over = (
                end_early(price, year, min(max(edge, whole.first), whole.end)).used.minor_units
                for edge in (days_held.first, days_held.end)
            )
            used += over - begun
        assert cost == used
    begun_years = {year_of(anchor, each).start for days_held in held for each in days_held}
    assert charged.keys() == begun_years


def test_a_year_is_charged_when_it_begins_and_not_on_its_last_day() -> None:
    anchor = datetime(2024, 2, 29, 23, 30, tzinfo=UTC)
    february = days_of(Period(datetime(2025, 2, 1, tzinfo=UTC), datetime(2025, 3, 1, tzinfo=UTC)))
    kept = Days(date(2024, 2, 29), date(2025, 6, 1))
    (renewed,) = year_steps(anchor, [kept], february)
    assert (renewed.day, renewed.begins, renewed.whole) == (date(2025, 2, 28), True, True)
    assert not list(year_steps(anchor, [Days(kept.first, date(2025, 2, 28))], february))
    (left,) = year_steps(anchor, [Days(kept.first, date(2025, 2, 27))], february)
    assert (left.day, left.begins) == (date(2025, 2, 27), False)
    assert cost_of(left, Money("USD", 36500)) == Money("USD", -100)
