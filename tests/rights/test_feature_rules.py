"""What a token says of packs and overrides is read strictly, and survives the way there."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from rights.catalog.model import Catalog
from rights.claim_members import from_claims, to_claims
from rights.claims import DeviceBundle, Epoch, LicenseClaims
from rights.errors import TokenInvalid
from rights.feature_rules import FeatureRules
from rights.keys import SigningKey
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus
from rights.overrides import FeatureOverride
from rights.tokens import MAX_TOKEN, sign


def test_rules_survive_the_token(
    tenant_claims: LicenseClaims, catalog: Catalog, now: datetime
) -> None:
    overrides = (
        FeatureOverride("near_miss", True, "cam", "a trial of it", now + timedelta(days=1)),
        FeatureOverride("person", False, None, "", None),
    )
    claims = replace(tenant_claims, feature_rules=FeatureRules.of(catalog, overrides))
    members = to_claims(claims)
    assert members["packFeatures"]["integration"] == ["mqtt", "vms_export", "webhook"]
    assert from_claims(members).feature_rules == claims.feature_rules
    assert from_claims(to_claims(tenant_claims)).feature_rules is None


@pytest.mark.parametrize(
    "members",
    [
        {"packFeatures": ["base"]},
        {"packFeatures": {"base": "person"}},
        {"packFeatures": {"base": ["person", 7]}},
        {"packFeatures": {"base": ["person"], "industry": ["person"]}},
        {"featureOverrides": []},
        {"packFeatures": {}, "featureOverrides": {}},
        {"packFeatures": {}, "featureOverrides": [{"feature": "person"}]},
        {"packFeatures": {}, "featureOverrides": [{"feature": "person", "allowed": 1}]},
        {
            "packFeatures": {},
            "featureOverrides": [{"feature": "x", "allowed": True, "until": "2025-01-01"}],
        },
        {
            "packFeatures": {},
            "featureOverrides": [{"feature": "x", "allowed": True, "cameraId": None}],
        },
    ],
)
def test_anything_else_is_refused(tenant_claims: LicenseClaims, members: dict[str, object]) -> None:
    with pytest.raises(TokenInvalid):
        from_claims({**to_claims(tenant_claims), **members})


def test_a_hundred_cameras_and_as_many_overrides_fit_into_a_fifth_of_a_token(
    tenant_claims: LicenseClaims, catalog: Catalog, now: datetime, key: SigningKey
) -> None:
    cameras = tuple(
        CameraLicense(
            f"camera-{number:04}",
            LicenseMode.BASE,
            LicenseStatus.ACTIVE,
            frozenset(catalog.packs) - {"base"},
            now,
        )
        for number in range(100)
    )
    overrides = [
        FeatureOverride("near_miss", True, each.camera_id, "r" * 64, now) for each in cameras
    ]
    claims = replace(
        tenant_claims,
        bundle=DeviceBundle("d" * 36, "t" * 43, Epoch("i" * 36, 1), cameras),
        feature_rules=FeatureRules.of(catalog, overrides),
    )
    assert len(sign(claims, key)) < MAX_TOKEN / 5
