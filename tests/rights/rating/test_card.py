"""A closed period keeps its own prices, whatever is sold later."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from rights.catalog.load import load_catalog
from rights.catalog.model import Catalog
from rights.claims import SubscriptionStatus
from rights.errors import CardUnknown, NoPrice, UnknownName
from rights.money import Money
from rights.overrides import Override, Overrides, PriceOf, PriceOverride, PriceTarget, QuotaOverride
from rights.rating.card import PieceKind, RateCard
from rights.rating.pricing import card_of
from rights.terms import Interval, Origin, Subscription, Terms

NOW = datetime(2025, 1, 15, 12, tzinfo=UTC)
STARTER = (PieceKind.PLAN, "platform", "starter")
ENTERPRISE = (PieceKind.PLAN, "platform", "enterprise")
CAMERA = (PieceKind.ITEM, "vision", "base_camera")
AGREED: tuple[Override, ...] = (
    QuotaOverride("sms", Decimal(500), None, "launch", None),
    PriceOverride(PriceTarget(PriceOf.METRIC, "", "sms"), {"USD": Decimal("0.03")}, "deal", None),
    PriceOverride(
        PriceTarget(PriceOf.PLAN, "platform", "enterprise"), {"USD": Decimal(900)}, "", None
    ),
    PriceOverride(
        PriceTarget(PriceOf.ITEM, "vision", "base_camera"), {"USD": Decimal(50)}, "", NOW
    ),
)


def card(
    catalog: Catalog, *overrides: Override, now: datetime = NOW, metered: str = "standard"
) -> RateCard:
    held = {
        family: Subscription(family, plan, None, SubscriptionStatus.ACTIVE, NOW, interval=interval)
        for family, plan, interval in (
            ("vision", "base", Interval.MONTH),
            ("platform", "starter", Interval.YEAR),
            ("metered", metered, Interval.MONTH),
        )
    }
    terms = Terms(catalog, held, Overrides.of(overrides))
    return card_of(terms, now, "USD").carrying({"sms": Decimal(7), "inference_frame": Decimal(9)})


def test_a_card_rates_usage_plans_and_items(catalog: Catalog) -> None:
    plain = card(catalog)
    assert plain.usage("sms", Decimal(109)).amount == Money("USD", 10)
    assert plain.metrics["sms"].allowance == 107
    assert plain.metrics["inference_frame"].allowance == 0
    assert plain.usage("smile", Decimal(5)).amount == Money("USD", 0)
    assert plain.held(CAMERA, Decimal(45), 30).amount == Money("USD", 9000)
    assert plain.year(STARTER) == Money("USD", 29580)
    assert (plain.piece(STARTER).interval, plain.piece(CAMERA).interval) == ("year", "month")
    with pytest.raises(NoPrice, match="enterprise"):
        plain.held(ENTERPRISE, Decimal(30), 30)
    with pytest.raises(UnknownName, match="wishes"):
        plain.held((PieceKind.ITEM, "vision", "wishes"), Decimal(30), 30)
    assert card(catalog, metered="free").usage("sms", Decimal(5000)).amount == Money("USD", 0)


def test_a_card_tells_who_set_its_prices(catalog: Catalog) -> None:
    own = card(catalog, *AGREED)
    sms = own.metrics["sms"]
    assert (sms.included_by, sms.priced_by, sms.allowance) == (
        Origin.OVERRIDE,
        Origin.OVERRIDE,
        507,
    )
    assert own.usage("sms", Decimal(607)).amount == Money("USD", 300)
    assert own.held(ENTERPRISE, Decimal(10), 30).amount == Money("USD", 30000)
    calls = own.metrics["api_call"]
    assert (calls.included_by, calls.priced_by, calls.plan) == (
        Origin.PLAN,
        Origin.PLAN,
        "standard",
    )
    assert own.piece(CAMERA).priced_by is Origin.PLAN, "the override is over"
    assert own.metrics["inference_frame"].plan == ""


def test_beyond_a_hard_cap_nothing_is_charged_at_any_price(catalog: Catalog) -> None:
    hard = card(catalog, *AGREED, metered="free")
    assert hard.usage("sms", Decimal(5000)).amount == Money("USD", 0)
    assert hard.metrics["sms"].priced_by is Origin.PLAN


def test_a_period_s_own_prices_hold_when_the_catalogue_s_rise(
    catalog: Catalog, catalog_text: str
) -> None:
    kept = json.dumps(card(catalog, *AGREED).to_json())
    dearer = card(load_catalog(catalog_text.replace('"0.05"', '"5"').replace('"60"', '"90"')))
    assert dearer.usage("sms", Decimal(108)).amount == Money("USD", 500)
    read = RateCard.from_json(json.loads(kept))
    assert read == card(catalog, *AGREED)
    late = read.adjustment("sms", Decimal(500), Decimal(17))
    assert (late.amount, late.before.billable, late.after.billable) == (Money("USD", 30), 0, 10)
    assert read.adjustment("smile", Decimal(1), Decimal(1)).amount == Money("USD", 0)
    with pytest.raises(CardUnknown, match="99"):
        RateCard.from_json({**json.loads(kept), "version": 99})


def test_an_override_that_ends_counts_in_the_card_before(catalog: Catalog) -> None:
    before = card(catalog, *AGREED, now=NOW - timedelta(seconds=1))
    assert before.piece(CAMERA).price == 50
