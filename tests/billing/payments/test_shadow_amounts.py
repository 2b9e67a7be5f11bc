"""What use costs where the provider rounds, beside what it costs here."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from billing.invoices.lines import InvoiceLine, LineKind, Service
from billing.payments.goods import PriceGood
from billing.payments.goods import Tier as PriceTier
from billing.payments.meters.periods import IssuedPeriod
from billing.payments.shadows.amounts import metered_amount, provider_amount
from billing.payments.shadows.charged import Charged
from billing.payments.shadows.compare import by_name
from billing.payments.shadows.own_terms import own_terms
from billing.payments.shadows.periods import ClosedPeriod
from billing.payments.values import InvoiceLine as ProviderLine
from rights.periods import Period
from rights.rating.card import MetricRate, RateCard
from rights.rating.line import rate_usage
from rights.rating.scheme import Graduated, Package, PerUnit, Tier
from rights.terms import Origin

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


UP_TO_TEN = (PriceTier(10, Decimal("0.5"), Decimal(3)), PriceTier(None, Decimal("0.25")))


@pytest.mark.parametrize(
    ("price", "value", "amount"),
    [
        ({"unit_amount": Decimal("0.5")}, 3, 2),
        ({"tiers": UP_TO_TEN}, 0, 0),
        ({"tiers": UP_TO_TEN}, 9, 3 + 5),
        ({"tiers": UP_TO_TEN}, 12, 3 + 5 + 1),
        ({"tiers": UP_TO_TEN, "volume": True}, 10, 3 + 5),
        ({"tiers": UP_TO_TEN, "volume": True}, 12, 3),
    ],
)
def test_the_providers_price_says_what_it_will_charge(
    price: dict[str, Any], value: int, amount: int
) -> None:
    assert metered_amount(PriceGood("sms", "sms", "USD", "month", **price), value) == amount


START, CAMERA = datetime(2026, 1, 31, 10, tzinfo=UTC), "vision_base_camera_month_usd"
DAY = timedelta(days=1)
END = START + 28 * DAY


def line(at: datetime, quantity: int, amount: int, *, proration: bool = True) -> ProviderLine:
    return ProviderLine(
        line_id="il",
        description="Camera",
        price_id="price",
        lookup_key=CAMERA,
        quantity=Decimal(quantity),
        amount=amount,
        currency="USD",
        period_start=at,
        period_end=END,
        proration=proration,
    )


def charged(*lines: ProviderLine) -> Charged:
    issued = IssuedPeriod(uuid4(), 1, Period(START, END), "cus", "sub")
    prices = {CAMERA: Decimal(200)}
    return Charged(ClosedPeriod(issued, "USD", (), (), day_prices=prices, days=28), lines)


def test_changes_are_counted_by_what_came_and_went() -> None:
    ahead = line(START, 100, 560_000, proration=False)
    assert charged(ahead).allowed() == {}, "nothing changed"
    half = START + 14 * DAY
    one_more = (line(half, 100, -280_000), line(half, 101, 282_800))
    found = charged(ahead, *one_more)
    assert found.allowed() == {CAMERA: 200 + 1}, "one of a hundred, rounded twice"
    assert by_name(found.sums())[CAMERA].quantity == Decimal("100.5")
    assert by_name(found.sums())[CAMERA].amount == 562_800
    name = "platform_starter_year_usd"
    given_back = replace(line(half, 1, -900), lookup_key=name, period_end=half + 73 * DAY)
    assert by_name(charged(given_back).sums())[name].quantity == Decimal("-0.2"), "of a year"


def test_a_change_on_the_day_of_the_start_is_of_both_periods() -> None:
    """We charge the whole day here, and Stripe the part before the start in the former period."""
    early = START - timedelta(hours=9)
    found = charged(line(early, 2, -900), line(START, 1, 5600, proration=False))
    assert found.allowed() == {CAMERA: 2 * 200 + 1}
    assert by_name(found.sums())[CAMERA].amount == 5600
    assert charged(line(early - timedelta(hours=2), 2, -900)).allowed() == {}, "the day before"
    assert charged(line(END, 2, -900)).allowed() == {}, "the next period"


RATE = MetricRate(
    metric="sms",
    title="Text messages",
    unit="messages",
    plan="standard",
    included=Decimal(100),
    carried=Decimal(0),
    scheme=HALF_CENT,
    included_by=Origin.PLAN,
    priced_by=Origin.PLAN,
)
PACKAGES = Package(Decimal(1000), {"USD": Decimal(9)})


@pytest.mark.parametrize(
    ("change", "own"),
    [
        ({}, False),
        ({"priced_by": Origin.OVERRIDE}, True),
        ({"included_by": Origin.OVERRIDE}, True),
        ({"carried": Decimal(40)}, True),
        ({"scheme": PACKAGES}, True),
        ({"scheme": TIERS}, False),
    ],
)
def test_what_stripes_price_does_not_say_is_of_the_tenants_own(
    change: dict[str, Any], own: bool
) -> None:
    card = RateCard("USD", "v", Decimal(0), {"sms": replace(RATE, **change)}, {})
    rated = card.usage("sms", Decimal(120))
    used = InvoiceLine(
        kind=LineKind.USAGE,
        family="",
        name="sms",
        title="Text messages",
        unit="messages",
        quantity=rated.quantity,
        included=rated.included,
        billable=rated.billable,
        unit_price=rated.unit_price,
        period_days=0,
        amount=rated.amount,
        charges=rated.charges,
        service=Service(1, START, END),
    )
    assert own_terms(used, card) is own
