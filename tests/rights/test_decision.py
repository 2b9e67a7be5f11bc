"""A camera runs exactly what was paid for, with or without a network."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rights.catalog.model import Catalog
from rights.decision import Refusal, decide_camera, decide_feature
from rights.grace import Grace
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus

PAID_UNTIL = datetime(2025, 2, 15, tzinfo=UTC)
BEFORE = PAID_UNTIL - timedelta(seconds=1)
GRACE = Grace(timedelta(days=30))
BASE = CameraLicense(
    "cam-1", LicenseMode.BASE, LicenseStatus.ACTIVE, frozenset({"advanced_analytics"}), PAID_UNTIL
)


@pytest.mark.parametrize("mode", [LicenseMode.BASE, LicenseMode.TRIAL])
def test_a_licensed_camera_runs_until_its_last_second(mode: LicenseMode) -> None:
    held = replace(BASE, mode=mode)
    assert decide_camera(held, BEFORE).allowed
    ended = decide_camera(held, PAID_UNTIL)
    assert (ended.allowed, ended.reason) == (False, Refusal.LICENSE_EXPIRED)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mode": LicenseMode.UNLICENSED}, Refusal.CAMERA_UNLICENSED),
        ({"status": LicenseStatus.SUSPENDED}, Refusal.LICENSE_SUSPENDED),
        ({"status": LicenseStatus.EXPIRED}, Refusal.LICENSE_EXPIRED),
    ],
)
def test_a_licence_not_in_force_allows_nothing(
    catalog: Catalog, change: dict[str, LicenseMode | LicenseStatus], reason: Refusal
) -> None:
    held = replace(BASE, **change)  # type: ignore[arg-type]
    for offline_since in (None, BEFORE):
        assert decide_camera(held, BEFORE, offline_since, GRACE).reason is reason
        assert not decide_camera(held, BEFORE, offline_since, GRACE).allowed
    answer = decide_feature(catalog, held, "person", BEFORE)
    assert (answer.allowed, answer.reason) == (False, reason)


def test_a_camera_never_validated_is_refused_offline() -> None:
    assert decide_camera(None, BEFORE, BEFORE, GRACE).reason is Refusal.NEVER_VALIDATED
    assert decide_camera(None, BEFORE).reason is Refusal.CAMERA_UNLICENSED


def test_offline_a_camera_goes_on_for_its_grace() -> None:
    last_heard = PAID_UNTIL - timedelta(days=20)
    end = PAID_UNTIL + GRACE.length
    within = decide_camera(BASE, end - timedelta(seconds=1), last_heard, GRACE)
    assert within.allowed
    assert "grace" in within.origin
    after = decide_camera(BASE, end, last_heard, GRACE)
    assert (after.allowed, after.reason) == (False, Refusal.LICENSE_EXPIRED)


def test_unplugging_does_not_revive_an_expired_licence() -> None:
    unplugged = PAID_UNTIL + timedelta(minutes=1)
    refused = decide_camera(BASE, unplugged + timedelta(minutes=1), unplugged, GRACE)
    assert (refused.allowed, refused.reason) == (False, Refusal.LICENSE_EXPIRED)
    assert not decide_camera(BASE, PAID_UNTIL, PAID_UNTIL, GRACE).allowed


def test_online_there_is_no_grace() -> None:
    assert not decide_camera(BASE, PAID_UNTIL, None, GRACE).allowed


@pytest.mark.parametrize("mode", [LicenseMode.BASE, LicenseMode.TRIAL])
def test_base_is_implied_and_other_packs_are_not(catalog: Catalog, mode: LicenseMode) -> None:
    held = replace(BASE, mode=mode, growth_packs=frozenset())
    for feature in catalog.features.values():
        answer = decide_feature(catalog, held, feature.name, BEFORE)
        if feature.pack == "base":
            assert answer.allowed
            assert answer.reason is None
        else:
            assert (answer.allowed, answer.reason) == (False, Refusal.FEATURE_NOT_LICENSED)
            assert feature.pack in answer.origin


def test_an_enabled_pack_allows_its_features_and_no_others(catalog: Catalog) -> None:
    allowed = {
        feature.pack
        for feature in catalog.features.values()
        if decide_feature(catalog, BASE, feature.name, BEFORE).allowed
    }
    assert allowed == {"base", "advanced_analytics"}


def test_a_feature_follows_its_camera_into_the_grace(catalog: Catalog) -> None:
    later = PAID_UNTIL + timedelta(days=1)
    assert decide_feature(
        catalog, BASE, "near_miss", later, offline_since=BEFORE, grace=GRACE
    ).allowed
    refused = decide_feature(catalog, BASE, "webhook", later, offline_since=BEFORE, grace=GRACE)
    assert refused.reason is Refusal.FEATURE_NOT_LICENSED
    assert not decide_feature(catalog, BASE, "near_miss", later).allowed
    never = decide_feature(catalog, None, "person", later, offline_since=BEFORE, grace=GRACE)
    assert never.reason is Refusal.NEVER_VALIDATED


def test_an_unknown_feature_is_called_unknown(catalog: Catalog) -> None:
    for held in (None, BASE):
        answer = decide_feature(catalog, held, "teleport", BEFORE)
        assert (answer.allowed, answer.reason) == (False, Refusal.FEATURE_UNKNOWN)
        assert "teleport" in answer.origin
