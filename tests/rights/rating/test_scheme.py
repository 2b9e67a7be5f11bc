"""Whatever the scheme, a line explains its amount, and the sum is rounded once."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rights.errors import NoPrice, SchemeInvalid
from rights.money import exact_context, exponent_of, round_line
from rights.rating.adjustment import adjust
from rights.rating.line import rate_usage
from rights.rating.scheme import Flat, Graduated, Package, PerUnit, Scheme, Tier, Volume, rate
from rights.rating.written import (
    charge_from_json,
    charge_to_json,
    scheme_from_json,
    scheme_to_json,
)
from tests.rights.rating.schemes import CURRENCIES, priced, quantities, schemes, steady

FONTS = (
    Tier(Decimal(5), priced("7")),
    Tier(Decimal(10), priced("6.5"), priced("10")),
    Tier(None, priced("6"), priced("20")),
)


@pytest.mark.parametrize(
    ("scheme", "costs"),
    [
        (PerUnit(priced("0.015")), {"1": "0.015", "2.5": "0.0375"}),
        (Graduated(FONTS), {"5": "35", "5.5": "48.25", "6": "51.5", "10": "77.5", "12": "109.5"}),
        (Volume(FONTS), {"5": "35", "5.5": "45.75", "6": "49", "10": "75", "12": "92"}),
        (Package(Decimal(1000), priced("3")), {"0.00001": "3", "1000": "3", "1000.5": "6"}),
        (Flat(priced("49")), {"0.00001": "49", "1000000": "49"}),
    ],
)
def test_each_scheme_in_numbers(scheme: Scheme, costs: dict[str, str]) -> None:
    assert rate(scheme, Decimal(0), "USD") == ()
    for quantity, cost in costs.items():
        charged = rate(scheme, Decimal(quantity), "USD")
        assert sum(each.amount for each in charged) == Decimal(cost), quantity


def test_a_graduated_line_names_each_of_its_steps() -> None:
    steps = rate(Graduated(FONTS), Decimal(12), "USD")
    assert [(s.above, s.up_to, s.quantity, s.unit_price, s.flat, s.amount) for s in steps] == [
        (0, 5, 5, 7, 0, 35),
        (5, 10, 5, Decimal("6.5"), 10, Decimal("42.5")),
        (10, 12, 2, 6, 20, 32),
    ]


def test_parts_are_not_rounded_one_by_one() -> None:
    half_cents = Graduated((Tier(Decimal(1), priced("0.005")), Tier(None, priced("0.005"))))
    line = rate_usage("sms", Decimal(2), Decimal(0), half_cents, "USD")
    assert (len(line.charges), line.amount.minor_units) == (2, 1)


def test_what_is_included_is_free_and_tiers_begin_beyond_it() -> None:
    line = rate_usage("sms", Decimal(106), Decimal(100), Graduated(FONTS), "USD")
    assert (line.billable, line.unit_price, line.amount.minor_units) == (6, None, 5150)


@given(schemes, quantities, quantities, st.sampled_from(CURRENCIES))
def test_the_parts_of_a_line_sum_to_its_one_rounding(
    scheme: Scheme, quantity: Decimal, included: Decimal, currency: str
) -> None:
    line = rate_usage("sms", quantity, included, scheme, currency)
    assert line.billable == max(quantity - included, 0)
    exact = exact_context()
    whole = Decimal(0)
    for part in line.charges:
        assert all(type(number) is Decimal for number in part_numbers(part))
        priced_part = exact.multiply(part.quantity, part.unit_price)
        assert exact.multiply(exact.subtract(part.amount, part.flat), part.per) == priced_part
        whole = exact.add(whole, part.amount)
    assert line.amount == round_line(whole, currency)
    assert abs(line.amount.amount - whole) * 2 <= Decimal(1).scaleb(-exponent_of(currency))
    if line.charges:
        assert (line.charges[0].above, line.charges[-1].up_to) == (0, line.billable)
        assert all(one.up_to == after.above for one, after in pairwise(line.charges))


def part_numbers(part: object) -> list[object]:
    return [getattr(part, name) for name in ("above", "up_to", "quantity", "per", "amount", "flat")]


@given(steady, quantities, quantities, st.sampled_from(CURRENCIES))
def test_more_never_costs_less(
    scheme: Scheme, quantity: Decimal, more: Decimal, currency: str
) -> None:
    less = rate_usage("sms", quantity, Decimal(0), scheme, currency)
    all_of_it = rate_usage("sms", quantity + more, Decimal(0), scheme, currency)
    assert all_of_it.amount.minor_units >= less.amount.minor_units


def test_volume_prices_may_fall_with_more() -> None:
    cheaper = Volume((Tier(Decimal(5), priced("7")), Tier(None, priced("1"))))
    amounts = [rate_usage("sms", Decimal(n), Decimal(0), cheaper, "USD").amount for n in (5, 6)]
    assert [amount.minor_units for amount in amounts] == [3500, 600]


@given(
    schemes,
    st.lists(quantities, min_size=1, max_size=6),
    quantities,
    st.sampled_from(CURRENCIES),
)
def test_late_usage_comes_to_what_all_at_once_would_have_cost(
    scheme: Scheme, quantities: list[Decimal], included: Decimal, currency: str
) -> None:
    on_time, *late = quantities
    amount = rate_usage("sms", on_time, included, scheme, currency).amount
    billed = on_time
    for quantity in late:
        change = adjust(
            "sms", billed, quantity, included=included, scheme=scheme, currency=currency
        )
        assert change.after.quantity - change.before.quantity == change.late == quantity
        amount += change.amount
        billed += quantity
    assert amount == rate_usage("sms", sum(quantities), included, scheme, currency).amount


@given(schemes, quantities)
def test_what_is_written_is_read_again(scheme: Scheme, quantity: Decimal) -> None:
    assert scheme_from_json(scheme_to_json(scheme)) == scheme
    for part in rate(scheme, quantity, "USD"):
        assert charge_from_json(charge_to_json(part)) == part


def test_schemes_that_price_nothing_are_refused() -> None:
    one, two, rest = (Tier(bound, priced("1")) for bound in (Decimal(1), Decimal(2), None))
    for wrong in ((), (one,), (two, one, rest), (one, one, rest), (rest, rest), (one, rest, two)):
        for model in (Graduated, Volume):
            with pytest.raises(SchemeInvalid):
                model(wrong)
    for size in ("0", "-1", "NaN", "Infinity"):
        with pytest.raises(SchemeInvalid):
            Package(Decimal(size), priced("1"))
    with pytest.raises(SchemeInvalid, match="donations"):
        scheme_from_json({"model": "donations"})


@given(schemes)
def test_what_is_not_sold_in_a_currency_has_no_price_there(scheme: Scheme) -> None:
    with pytest.raises(NoPrice, match="EUR"):
        rate(scheme, Decimal(1), "EUR")
    for number in ("-1", "NaN", "Infinity"):
        with pytest.raises(ValueError, match="cannot be rated"):
            rate(scheme, Decimal(number), "USD")
