"""What goes beyond a quota may cost by tiers, packages or once; what is wrong is refused."""

from decimal import Decimal

import pytest
import yaml
from brinkbyte.catalog.v1 import catalog_document_pb2 as pb
from google.protobuf import json_format

from rights.catalog.diff import changes
from rights.catalog.load import load_catalog
from rights.errors import CatalogError
from rights.rating.line import rate_usage
from rights.rating.written import scheme_to_json
from tests.rights.catalog.test_load import SMALL

PLAIN = 'overage: {USD: "0.05", JPY: "7"}'
GRADUATED = """overage_scheme:
              model: graduated
              tiers:
                - {up_to: "10", unit_prices: {USD: "0.05", JPY: "7"}}
                - {unit_prices: {USD: "0.04", JPY: "6"}, flat: {USD: "1", JPY: "100"}}"""
VOLUME = GRADUATED.replace("graduated", "volume")
PACKAGE = 'overage_scheme: {model: package, size: "10", prices: {USD: "3", JPY: "400"}}'
FLAT = 'overage_scheme: {model: flat, prices: {USD: "49", JPY: "7000"}}'


def with_overage(stated: str) -> str:
    quota = '{included: "1", cap: soft, ' + PLAIN + "}"
    assert quota in SMALL
    lines = ('included: "1"', "cap: soft", stated)
    return SMALL.replace(quota, "".join(f"\n            {line}" for line in lines))


@pytest.mark.parametrize(
    ("stated", "cost", "told"),
    [
        (PLAIN, 70, "overage USD 0.05"),
        (
            GRADUATED,
            166,
            "overage graduated to 10 0.05 USD / 7 JPY, "
            "beyond 0.04 USD / 6 JPY and 1 USD / 100 JPY once",
        ),
        (VOLUME, 156, "overage by volume to 10 0.05 USD / 7 JPY"),
        (PACKAGE, 600, "overage per 10 begun USD 3"),
        (FLAT, 4900, "overage flat USD 49"),
    ],
)
def test_the_overage_of_a_quota(stated: str, cost: int, told: str) -> None:
    catalog = load_catalog(with_overage(stated))
    quota = catalog.plan("metered", "paid").quotas["sms"]
    assert quota.overage is not None
    line = rate_usage("sms", Decimal(15), quota.included, quota.overage, "USD")
    assert line.amount.minor_units == cost
    before = load_catalog(SMALL.replace("  paid:", "  old:"))
    assert told in "\n".join(map(str, changes(before, catalog)))
    document = json_format.ParseDict(yaml.safe_load(with_overage(stated)), pb.CatalogDocument())
    written = document.families["metered"].plans["paid"].quotas["sms"].overage_scheme
    if stated != PLAIN:
        assert json_format.ParseDict(scheme_to_json(quota.overage), pb.CatalogScheme()) == written


def test_a_metric_has_a_scheme_of_its_own_and_a_scale_for_stripe() -> None:
    scheme = FLAT.replace("overage", "price")
    plain = 'prices: {USD: "0", JPY: "0"}}'
    text = SMALL.replace(plain, f"stripe_scale: 1000, {scheme}}}", 1)
    metric = load_catalog(text).metric("sms")
    line = rate_usage("sms", Decimal(2), Decimal(0), metric.price, "JPY")
    assert (metric.stripe_scale, line.amount.minor_units) == (1000, 7000)
    assert load_catalog(SMALL).metric("sms").stripe_scale == 1
    for scale in ("0", "100001"):
        with pytest.raises(CatalogError, match="1 to 100000"):
            load_catalog(text.replace("1000,", f"{scale},"))


@pytest.mark.parametrize(
    ("stated", "problem"),
    [
        (PLAIN + "\n            " + FLAT, "either overage or overage_scheme"),
        (FLAT.replace("flat", "free"), "'free' is none of per_unit"),
        (FLAT.replace("prices", "size"), "flat is stated by prices, nothing else"),
        (PACKAGE.replace('size: "10", ', ""), "package is stated by prices and size"),
        (PACKAGE.replace('"10"', '"0"'), "more than nothing"),
        (PACKAGE.replace('"10"', "10"), "never a float"),
        (GRADUATED.replace("graduated", "per_unit"), "per_unit is stated by prices"),
        (GRADUATED.replace('up_to: "10", ', ""), "bounds of tiers ascend"),
        (GRADUATED.replace("- {unit", '- {up_to: "20", unit'), "the last tier has no bound"),
        (VOLUME.replace('"10"', '"0"'), "bounds of tiers ascend"),
        (VOLUME.replace(', JPY: "6"', ""), "no price in JPY"),
        (GRADUATED.replace("flat: {USD", "once: {USD"), "unknown key 'once'"),
    ],
)
def test_a_wrong_scheme_is_refused(stated: str, problem: str) -> None:
    with pytest.raises(CatalogError, match=problem) as refused:
        load_catalog(with_overage(stated))
    assert refused.value.path.startswith("families.metered.plans.paid.quotas.sms")


def test_a_hard_cap_has_no_scheme() -> None:
    text = SMALL.replace("cap: hard}", "cap: hard, " + FLAT + "}")
    with pytest.raises(CatalogError, match="a hard one has none"):
        load_catalog(text)
