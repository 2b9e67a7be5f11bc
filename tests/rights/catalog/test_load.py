"""A wrong catalogue is refused, with the line and place of what is wrong."""

from decimal import Decimal

import pytest

from rights.catalog.load import load_catalog
from rights.catalog.model import PeriodKind, WhenUnknown
from rights.errors import CatalogError
from rights.rating.scheme import rate

SMALL = """\
currencies: [USD, JPY]
annual_discount: "0.1"
packs:
  base:
    title: Base
    features:
      person: model
  extra:
    title: Extra
    features:
      near_miss: analytic
metrics:
  sms: {title: SMS, unit: messages, prices: {USD: "0", JPY: "0"}}
families:
  metered:
    title: Metered
    plans:
      free:
        title: Free
        prices: {USD: "0", JPY: "0"}
        limits: {users: 1}
        quotas:
          sms: {included: "1", cap: hard}
      paid:
        title: Paid
        prices: {USD: "9", JPY: "900"}
        limits: {users: unlimited}
        soft_cap: {alert_percents: [80, 100], grace_days: 7, ceiling_percent: 200}
        quotas:
          sms: {included: "1", cap: soft, overage: {USD: "0.05", JPY: "7"}}
    items:
      base: {title: Base, per: camera, pack: base, prices: {USD: "2", JPY: "200"}}
      extra: {title: Extra, per: camera, pack: extra, prices: {USD: "1", JPY: "100"}}
"""


def test_the_small_catalogue_itself_is_right() -> None:
    catalog = load_catalog(SMALL)
    paid = catalog.plan("metered", "paid")
    assert rate(catalog.metric_price("sms", paid), Decimal(1), "JPY")[0].amount == 7
    assert paid.count("users") is None


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "problem"),
    [
        ("currencies:", "money:", 1, "money", "unknown key"),
        ('annual_discount: "0.1"\n', "", 1, "", "missing annual_discount"),
        ("[USD, JPY]", "USD", 1, "currencies", "a list"),
        ("title: Base\n", 'title: ""\n', 5, "packs.base.title", "text"),
        ("  sms: {title: SMS", "  sms: [{title: SMS", 14, "", "not YAML"),
        ("[USD, JPY]", "[USD, XYZ]", 1, "currencies[1]", "XYZ"),
        ("[USD, JPY]", "[USD, USD]", 1, "currencies", "listed twice"),
        ('"0.1"', "0.1", 2, "annual_discount", "never a float"),
        ('"0.1"', '"1.5"', 2, "annual_discount", "below 1"),
        ("  base:\n", "  basic:\n", 4, "packs", "missing the pack 'base'"),
        ("person: model", "person: animal", 7, "packs.base.features.person", "none of model"),
        ("near_miss:", "person:", 11, "packs.extra.features.person", "duplicate feature"),
        (
            "      near_miss: analytic\n",
            "      near_miss: analytic\n      near_miss: analytic\n",
            12,
            "packs.extra.features.near_miss",
            "duplicate 'near_miss'",
        ),
        ("near_miss:", "Near-Miss:", 11, "packs.extra.features.Near-Miss", "not a name"),
        (
            "features:\n      near_miss: analytic",
            "features: {}",
            10,
            "packs.extra.features",
            "at least one",
        ),
        ("title: SMS, unit", "title: SMS, until", 13, "metrics.sms.until", "unknown key"),
        ('JPY: "900"}', "}", 26, "families.metered.plans.paid.prices", "no price in JPY"),
        ('JPY: "900"', 'EUR: "900"', 26, "families.metered.plans.paid.prices.EUR", "currencies"),
        ('"9"', "9.5", 26, "families.metered.plans.paid.prices.USD", "never a float"),
        ('"9"', '"-9"', 26, "families.metered.plans.paid.prices.USD", "plain decimal"),
        ('"9"', '"1e3"', 26, "families.metered.plans.paid.prices.USD", "plain decimal"),
        ("users: 1}", "seats: 1}", 25, "families.metered.plans.paid", "limit"),
        ("users: 1}", "users: true}", 25, "families.metered.plans.paid", "limit 'users'"),
        ("users: 1}", "users: -1}", 21, "families.metered.plans.free.limits.users", "whole"),
        ("sms: {included", "fax: {included", 23, "families.metered.plans.free.quotas.fax", "fax"),
        ("cap: hard", "cap: soft", 23, "families.metered.plans.free.quotas.sms", "overage"),
        ("[80, 100]", "[100, 80]", 28, "families.metered.plans.paid.soft_cap.alert_percents", ""),
        ("percent: 200", "percent: 90", 28, "", "ceiling"),
        ("pack: extra", "pack: gold", 33, "families.metered.items.extra.pack", "'gold'"),
        (
            "per: camera, pack: extra",
            "per: mile, pack: extra",
            33,
            "families.metered.items.extra.per",
            "'mile'",
        ),
        ("pack: extra, ", "", 9, "packs.extra", "sold by 0 items"),
        ("pack: base, ", "pack: extra, ", 5, "packs.base", "sold by 0 items"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, line: int, path: str, problem: str) -> None:
    with pytest.raises(CatalogError) as refused:
        load_catalog(SMALL.replace(old, new, 1))
    assert problem in refused.value.problem
    assert refused.value.path.startswith(path)
    assert refused.value.line == line


RICH = (
    SMALL.replace("near_miss: analytic", "near_miss: {kind: analytic, metric: sms}")
    .replace(
        'prices: {USD: "0", JPY: "0"}}', 'prices: {USD: "0", JPY: "0"}, when_unknown: open}', 1
    )
    .replace("cap: hard}", "cap: hard, period: {rolling_days: 30}}")
    .replace('JPY: "7"}}', 'JPY: "7"}, period: calendar, carry_over_percent: 50}')
)


def test_what_a_feature_takes_from_and_over_what_a_quota_is_counted() -> None:
    catalog = load_catalog(RICH)
    assert catalog.feature("near_miss").metric == "sms"
    assert catalog.feature("near_miss").when_unknown is WhenUnknown.CLOSED
    assert catalog.feature("person").metric is None
    assert catalog.metric("sms").when_unknown is WhenUnknown.OPEN
    free = catalog.plan("metered", "free").quotas["sms"]
    assert (free.period, free.rolling_days) == (PeriodKind.ROLLING, 30)
    paid = catalog.plan("metered", "paid").quotas["sms"]
    assert (paid.period, paid.carry_over_percent) == (PeriodKind.CALENDAR, 50)
    plain = load_catalog(SMALL).plan("metered", "free").quotas["sms"]
    assert (plain.period, plain.carry_over_percent) == (PeriodKind.BILLING, 0)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("metric: sms", "metric: fax", 11, "'fax' is not a metric"),
        ("metric: sms", "meter: sms", 11, "unknown key"),
        ("kind: analytic, ", "", 11, "missing kind"),
        ("when_unknown: open", "when_unknown: ajar", 13, "'ajar'"),
        ("rolling_days: 30", "rolling_days: 0", 23, "1 to 366 days"),
        ("rolling_days: 30", "days: 30", 23, "unknown key"),
        ("period: calendar", "period: rolling", 30, "'rolling'"),
        ("carry_over_percent: 50", "carry_over_percent: 101", 30, "at most 100"),
        ("30}}", "30}, carry_over_percent: 1}", 23, "no next one"),
    ],
)
def test_the_richer_forms_are_read_strictly(old: str, new: str, line: int, problem: str) -> None:
    assert old in RICH
    with pytest.raises(CatalogError) as refused:
        load_catalog(RICH.replace(old, new, 1))
    assert problem in refused.value.problem
    assert refused.value.line == line


def test_one_reading_tells_of_every_problem() -> None:
    text = SMALL
    for old, new in (("person: model", "person: ghost"), ("[80, 100]", "[]"), ('"2"', "2")):
        text = text.replace(old, new, 1)
    with pytest.raises(CatalogError) as refused:
        load_catalog(text)
    assert [(each.line, each.path) for each in refused.value.problems] == [
        (7, "packs.base.features.person"),
        (28, "families.metered.plans.paid.soft_cap.alert_percents"),
        (32, "families.metered.items.base.prices.USD"),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [("", 1), ("a: [1", 1), ("a: b\nc: {", 2), ("- 1", 1), ("a: \x00", 1), ("[" * 5000, 1)],
)
def test_what_is_no_catalogue_is_refused(text: str, line: int) -> None:
    with pytest.raises(CatalogError) as refused:
        load_catalog(text)
    assert refused.value.line >= line


def test_a_soft_cap_says_when_it_alerts() -> None:
    start = SMALL.index("        soft_cap:")
    text = SMALL[:start] + SMALL[SMALL.index("\n", start) + 1 :]
    with pytest.raises(CatalogError, match="soft_cap"):
        load_catalog(text)
