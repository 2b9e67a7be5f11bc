"""A feature is decided by the licence, the packs, the vendor's overrides and what is left."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product
from types import MappingProxyType

import pytest

from rights.catalog.model import Catalog
from rights.decision import camera_steps, decide_feature, feature_steps
from rights.grace import Grace, GraceRung, GraceStep
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus
from rights.overrides import FeatureOverride
from rights.rulings import Holder, Ruling, rulings
from rights.steps import Refusal, Rule, walk
from rights.terms import QuotaStanding
from tests.rights.test_terms import NOW, SOON, terms

HELD = CameraLicense(
    "cam-1", LicenseMode.BASE, LicenseStatus.ACTIVE, frozenset({"advanced_analytics"}), SOON
)
LEFT = QuotaStanding("llm_token", Decimal(10), Decimal(4), Decimal(0), Decimal(0), Decimal(6), SOON)
USED_UP = replace(LEFT, used=Decimal(10), remaining=Decimal(0))


def given(feature: str, camera_id: str | None = None) -> FeatureOverride:
    return FeatureOverride(feature, True, camera_id, "pilot", SOON)


def taken(feature: str, camera_id: str | None = None) -> FeatureOverride:
    return FeatureOverride(feature, False, camera_id, "abuse", None)


def ruled(
    catalog: Catalog, *overrides: FeatureOverride, held: CameraLicense = HELD
) -> dict[str, Ruling]:
    holder = Holder(held.mode, frozenset({"integration"}), "cam-1", held.growth_packs)
    steps = tuple(walk(camera_steps(held, NOW)))
    return dict(rulings(terms(catalog, *overrides), holder, steps, NOW))


@pytest.mark.parametrize(
    ("overrides", "feature", "reason", "origin"),
    [
        ((), "person", None, "base"),
        ((), "near_miss", None, "camera"),
        ((), "webhook", None, "tenant"),
        ((), "bicycle", Refusal.FEATURE_NOT_LICENSED, ""),
        ((given("bicycle"),), "bicycle", None, "override"),
        ((given("bicycle", "cam-2"),), "bicycle", Refusal.FEATURE_NOT_LICENSED, ""),
        ((taken("near_miss"),), "near_miss", Refusal.FEATURE_WITHDRAWN, ""),
        ((taken("person"),), "person", Refusal.FEATURE_WITHDRAWN, ""),
        ((given("bicycle"), taken("bicycle", "cam-1")), "bicycle", Refusal.FEATURE_WITHDRAWN, ""),
        ((taken("bicycle"), given("bicycle", "cam-1")), "bicycle", None, "override"),
    ],
)
def test_overrides_and_packs(
    catalog: Catalog,
    overrides: tuple[FeatureOverride, ...],
    feature: str,
    reason: Refusal | None,
    origin: str,
) -> None:
    found = ruled(catalog, *overrides)[feature]
    assert (found.decision.reason, found.origin) == (reason, origin)


def test_an_override_gives_nothing_to_a_camera_that_may_not_run(catalog: Catalog) -> None:
    for status in (LicenseStatus.SUSPENDED, LicenseStatus.EXPIRED):
        held = replace(HELD, status=status)
        found = ruled(catalog, given("bicycle"), held=held)["bicycle"]
        assert not found.decision.allowed
        assert found.decision.reason is not Refusal.FEATURE_WITHDRAWN


def test_an_override_is_dropped_in_the_grace_as_packs_are(catalog: Catalog) -> None:
    rungs = (GraceRung(GraceStep.DROP_PACKS, 0),)
    grace, before = Grace(timedelta(days=30), rungs), NOW - timedelta(days=1)
    found = decide_feature(
        catalog,
        HELD,
        "bicycle",
        SOON + timedelta(days=1),
        offline_since=before,
        grace=grace,
        override=given("bicycle"),
    )
    assert found.reason is Refusal.LICENSE_EXPIRED


def metered(catalog: Catalog) -> Catalog:
    feature = replace(catalog.features["near_miss"], metric="llm_token")
    return replace(catalog, features=MappingProxyType({**catalog.features, "near_miss": feature}))


def test_a_used_up_quota_refuses_and_a_warning_stays_with_the_allowed(catalog: Catalog) -> None:
    found = ruled(metered(catalog))["near_miss"]
    assert found.decide(LEFT).allowed
    warned = found.decide(replace(LEFT, warning="80 % of llm_token is used"))
    assert (warned.allowed, warned.warning) == (True, "80 % of llm_token is used")
    refused = found.decide(replace(USED_UP, warning="100 % of llm_token is used"))
    assert (refused.reason, refused.warning) == (Refusal.QUOTA_EXHAUSTED, "")
    assert refused.quota is not None
    assert SOON.isoformat() in refused.origin
    assert found.decide(replace(USED_UP, limit=None, remaining=None)).allowed
    assert ruled(catalog)["near_miss"].decide(USED_UP).allowed, "it takes from no quota"


def test_what_is_ruled_once_is_what_the_walk_says(catalog: Catalog) -> None:
    held = metered(catalog)
    choices = product(
        ((), (given("bicycle"),), (taken("near_miss"),), (taken("near_miss"), given("hard_hat"))),
        LicenseStatus,
        (None, LEFT, USED_UP),
    )
    for overrides, status, quota in choices:
        camera = replace(HELD, status=status, growth_packs=HELD.growth_packs | {"integration"})
        for name, each in ruled(held, *overrides, held=camera).items():
            override = terms(held, *overrides).feature(name, "cam-1", NOW)
            walked = decide_feature(held, camera, name, NOW, override=override, quota=quota)
            answer = each.decide(quota)
            assert (answer.allowed, answer.reason) == (walked.allowed, walked.reason), name


def test_explaining_shows_the_override_and_the_quota(catalog: Catalog) -> None:
    steps = feature_steps(
        metered(catalog),
        "near_miss",
        camera_steps(HELD, NOW),
        HELD.growth_packs,
        override=given("near_miss"),
        quota=USED_UP,
    )
    rules = [(step.rule, step.refusal) for step in walk(steps)][-3:]
    assert rules == [
        (Rule.OVERRIDE, None),
        (Rule.PACK, None),
        (Rule.QUOTA, Refusal.QUOTA_EXHAUSTED),
    ]
