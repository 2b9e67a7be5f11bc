"""What is sold, as the product says it."""

from decimal import Decimal
from hashlib import sha256

import pytest

from rights.catalog.model import Cap, Catalog, Per
from rights.errors import NoPrice, UnknownName
from rights.rating.scheme import PerUnit

PACKS = {
    "base": (
        "person car van truck bus motorcycle detection tracking counting line_crossing "
        "polygon_zone dwell_time json_stream snapshot"
    ),
    "advanced_analytics": "near_miss interaction_time queue_counter object_size",
    "active_transport": "bicycle scooter wheelchair pram",
    "intelligence": ("natural_language_search anomaly_detection scene_summary agent_automation"),
    "industry": "number_plate hard_hat shopping_cart emergency_vehicle",
    "integration": "webhook mqtt vms_export",
}
KINDS = {
    "model": (
        "person car van truck bus motorcycle bicycle scooter wheelchair pram number_plate "
        "hard_hat shopping_cart emergency_vehicle"
    ),
    "output": "json_stream snapshot webhook mqtt vms_export",
}
OVERAGE = {
    "llm_token": ("10000", "1000000", "0.00001", "10000000", "0.000008"),
    "agent_execution": ("100", "5000", "0.01", "50000", "0.008"),
    "api_call": ("1000", "100000", "0.0001", "1000000", "0.00008"),
    "storage_gb_day": ("30", "3000", "0.005", "30000", "0.004"),
    "sms": ("0", "100", "0.05", "1000", "0.04"),
}
PLATFORM = {
    "trial": (10, 30, False, False, True, True, False, 2, 10, 3),
    "starter": (10, 30, False, True, True, True, False, 3, 25, 5),
    "professional": (50, 365, True, True, True, True, False, 10, 100, 20),
    "enterprise": (None, None, True, True, True, True, True, None, None, None),
}


def test_thirty_three_features_lie_in_their_packs(catalog: Catalog) -> None:
    sold = {pack.name: [f.name for f in pack.features] for pack in catalog.packs.values()}
    assert sold == {pack: names.split() for pack, names in PACKS.items()}
    assert len(catalog.features) == 33
    for pack, names in PACKS.items():
        assert {catalog.pack_of(name).name for name in names.split()} == {pack}


def test_features_have_their_kind(catalog: Catalog) -> None:
    for kind, names in KINDS.items():
        sold = {f.name for f in catalog.features.values() if f.kind == kind}
        assert sold == set(names.split())


def test_metered_quotas_and_overage_make_fifteen_prices(catalog: Catalog) -> None:
    plans = [catalog.plan("metered", name) for name in ("free", "standard", "enterprise")]
    assert sum(len(plan.quotas) for plan in plans) == 15
    for metric, (free, standard, overage, enterprise, bulk) in OVERAGE.items():
        included = [plan.quotas[metric].included for plan in plans]
        assert included == [Decimal(free), Decimal(standard), Decimal(enterprise)]
        prices = [catalog.metric_price(metric, plan) for plan in plans]
        assert prices == [PerUnit({"USD": Decimal(price)}) for price in ("0", overage, bulk)]
        assert [plan.quotas[metric].cap for plan in plans] == [Cap.HARD, Cap.SOFT, Cap.SOFT]


def test_inference_frames_are_counted_and_cost_nothing(catalog: Catalog) -> None:
    standard = catalog.plan("metered", "standard")
    assert catalog.metric("inference_frame").unit == "frames"
    assert catalog.metric_price("inference_frame", standard) == PerUnit({"USD": Decimal(0)})


def test_platform_plans_limit_what_they_say(catalog: Catalog) -> None:
    for name, expected in PLATFORM.items():
        plan = catalog.plan("platform", name)
        limits = (
            plan.count("devices"),
            plan.count("retention_days"),
            plan.switch("advanced_alerts"),
            plan.switch("export"),
            plan.switch("api"),
            plan.switch("mqtt"),
            plan.switch("branding"),
            plan.count("users"),
            plan.count("alert_rules"),
            plan.count("dashboards"),
        )
        assert limits == expected


@pytest.mark.parametrize(
    ("item", "per", "price", "pack"),
    [
        ("base_camera", Per.CAMERA, "60", "base"),
        ("advanced_analytics", Per.CAMERA, "20", "advanced_analytics"),
        ("active_transport", Per.CAMERA, "20", "active_transport"),
        ("intelligence", Per.TENANT, "400", "intelligence"),
        ("industry", Per.CAMERA, "30", "industry"),
        ("integration", Per.TENANT, "100", "integration"),
        ("edge_device_basic", Per.DEVICE, "50", None),
        ("edge_device_managed", Per.DEVICE, "65", None),
    ],
)
def test_vision_items(catalog: Catalog, item: str, per: Per, price: str, pack: str | None) -> None:
    sold = catalog.item("vision", item)
    assert (sold.per, sold.price("USD"), sold.pack) == (per, Decimal(price), pack)


def test_trials_last_and_forgive_less_than_paid_plans(catalog: Catalog) -> None:
    vision, platform = catalog.plan("vision", "trial"), catalog.plan("platform", "trial")
    assert (vision.trial_days, vision.count("cameras")) == (90, 2)
    assert platform.trial_days == 14
    assert {vision.offline_grace_days, platform.offline_grace_days} == {3}
    paid = [catalog.plan("vision", "base"), catalog.plan("platform", "starter")]
    assert {plan.offline_grace_days for plan in paid} == {30}


def test_a_year_is_fifteen_percent_off(catalog: Catalog) -> None:
    monthly = catalog.plan("platform", "professional").price("USD")
    assert monthly == Decimal(99)
    assert catalog.annual_price(monthly) == Decimal("1009.80")


def test_a_negotiated_price_and_a_foreign_currency_are_no_price(catalog: Catalog) -> None:
    with pytest.raises(NoPrice, match="negotiated"):
        catalog.plan("platform", "enterprise").price("USD")
    with pytest.raises(NoPrice, match="EUR"):
        catalog.plan("platform", "starter").price("EUR")


def test_unknown_names_are_named(catalog: Catalog) -> None:
    with pytest.raises(UnknownName, match="feature 'teleport'"):
        catalog.feature("teleport")
    with pytest.raises(UnknownName, match="pack 'gold'"):
        catalog.pack("gold")
    with pytest.raises(UnknownName, match="metric 'smile'"):
        catalog.metric_price("smile", None)
    with pytest.raises(UnknownName, match="vision plan 'gold'"):
        catalog.plan("vision", "gold")
    with pytest.raises(UnknownName, match="switch 'devices'"):
        catalog.plan("platform", "trial").switch("devices")
    with pytest.raises(UnknownName, match="counted limit 'export'"):
        catalog.plan("platform", "trial").count("export")
    with pytest.raises(UnknownName, match="limit 'seats'"):
        catalog.plan("platform", "trial").count("seats")
    with pytest.raises(UnknownName, match="pack 'gold'"):
        catalog.item_of("gold")


def test_each_pack_is_sold_by_one_item(catalog: Catalog) -> None:
    sellers = {pack: catalog.item_of(pack).name for pack in catalog.packs}
    assert sellers == {pack: pack for pack in PACKS} | {"base": "base_camera"}


def test_the_version_is_the_hash_of_the_document(catalog: Catalog, catalog_text: str) -> None:
    assert catalog.version == sha256(catalog_text.encode()).hexdigest()
