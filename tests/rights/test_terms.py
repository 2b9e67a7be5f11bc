"""What a tenant may use is what its plans say, unless the vendor said otherwise for it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from rights.catalog.model import Cap, Catalog
from rights.claims import SubscriptionStatus
from rights.errors import UnknownName
from rights.overrides import (
    FeatureOverride,
    Override,
    Overrides,
    PriceOf,
    PriceOverride,
    PriceTarget,
    QuotaOverride,
)
from rights.rating.scheme import PerUnit
from rights.terms import Origin, Subscription, Terms

NOW = datetime(2025, 1, 15, 12, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)
PLANS = {"vision": "base", "platform": "professional", "metered": "standard"}


def terms(catalog: Catalog, *overrides: Override, **plans: str) -> Terms:
    held = {
        family: Subscription(family, plan, None, SubscriptionStatus.ACTIVE, NOW)
        for family, plan in {**PLANS, **plans}.items()
    }
    return Terms(catalog, held, Overrides.of(overrides))


def test_plans_say_limits_and_quotas(catalog: Catalog) -> None:
    held = terms(catalog)
    assert (held.limit("devices"), held.limit("users")) == (50, 10)
    assert terms(catalog, platform="enterprise").limit("devices") is None
    with pytest.raises(UnknownName):
        held.limit("wishes")
    sms = held.quota("sms", NOW)
    assert sms is not None
    assert (sms.included, sms.cap, sms.origin) == (Decimal(100), Cap.SOFT, Origin.PLAN)
    assert sms.final_stop == 200
    free = terms(catalog, metered="free").quota("llm_token", NOW)
    assert free is not None
    assert (free.cap, free.final_stop, free.soft_cap) == (Cap.HARD, None, None)
    assert held.quota("inference_frame", NOW) is None
    with pytest.raises(UnknownName):
        held.quota("wishes", NOW)


def test_an_override_counts_until_its_end(catalog: Catalog) -> None:
    held = terms(catalog, QuotaOverride("sms", Decimal(500), Decimal(600), "launch", SOON))
    raised, after = held.quota("sms", NOW), held.quota("sms", SOON)
    assert raised is not None
    assert after is not None
    assert (raised.included, raised.final_stop, raised.until) == (500, 600, SOON)
    assert raised.origin is Origin.OVERRIDE
    assert (after.included, after.final_stop, after.origin) == (100, 200, Origin.PLAN)
    assert held.next_change(NOW) == SOON
    assert held.next_change(SOON) is None


def test_a_metric_without_a_quota_gets_a_hard_one(catalog: Catalog) -> None:
    held = terms(catalog, QuotaOverride("inference_frame", Decimal(10), None, "pilot", None))
    quota = held.quota("inference_frame", NOW)
    assert quota is not None
    assert (quota.included, quota.cap, quota.unit) == (10, Cap.HARD, "frames")


def test_a_cameras_override_is_stronger_than_the_tenants(catalog: Catalog) -> None:
    given = FeatureOverride("near_miss", True, None, "pilot", None)
    taken = FeatureOverride("near_miss", False, "cam-1", "abuse", SOON)
    held = terms(catalog, given, taken)
    assert held.feature("near_miss", "cam-1", NOW) is taken
    assert held.feature("near_miss", "cam-1", SOON) is given
    assert held.feature("near_miss", "cam-2", NOW) is given
    assert held.feature("near_miss", None, NOW) is given
    assert held.feature("webhook", "cam-1", NOW) is None


def test_prices_are_the_tenants_own_where_agreed(catalog: Catalog) -> None:
    def price(of: PriceOf, family: str, name: str, amount: str) -> PriceOverride:
        target = PriceTarget(of, family, name)
        return PriceOverride(target, {"USD": Decimal(amount)}, "contract", SOON)

    held = terms(
        catalog,
        price(PriceOf.METRIC, "", "sms", "0.01"),
        price(PriceOf.PLAN, "platform", "enterprise", "999"),
        platform="enterprise",
    )
    found = [
        (
            held.metric_price("sms", "USD", now),
            held.plan_price("platform", "USD", now),
            held.plan_price("metered", "USD", now),
        )
        for now in (NOW, SOON)
    ]
    own = PerUnit({"USD": Decimal("0.01")}), Origin.OVERRIDE
    listed = PerUnit({"USD": Decimal("0.05")}), Origin.PLAN
    assert found[0] == (own, Decimal(999), Decimal(99))
    assert found[1] == (listed, None, Decimal(99))
