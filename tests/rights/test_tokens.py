"""A genuine token passes, with everything that it says."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from rights.catalog.model import Catalog
from rights.claim_members import to_claims
from rights.claims import DeviceBundle, LicenseClaims, PlanFeatures, PlanLimits
from rights.errors import TokenFault, TokenInvalid
from rights.keys import KeySet, SigningKey
from rights.tokens import sign, verify


def _verify(
    token: str, keys: KeySet, claims: LicenseClaims, now: datetime, thumbprint: str | None = None
) -> LicenseClaims:
    return verify(
        token,
        keys,
        now=now,
        audience=claims.audience,
        issuer=claims.issuer,
        device_thumbprint=thumbprint,
    )


def test_a_tenants_token_survives_the_journey(
    key: SigningKey, keys: KeySet, tenant_claims: LicenseClaims, now: datetime
) -> None:
    assert _verify(sign(tenant_claims, key), keys, tenant_claims, now) == tenant_claims


def test_a_devices_bundle_survives_the_journey(
    key: SigningKey,
    keys: KeySet,
    tenant_claims: LicenseClaims,
    bundle: DeviceBundle,
    now: datetime,
) -> None:
    claims = replace(tenant_claims, bundle=bundle)
    token = sign(claims, key)
    assert _verify(token, keys, claims, now, bundle.key_thumbprint) == claims
    assert _verify(token, keys, claims, now) == claims


def test_existing_instances_find_the_claims_they_know(
    key: SigningKey, tenant_claims: LicenseClaims
) -> None:
    """Read with a stock JWT library, as an instance does."""
    claims = replace(
        tenant_claims,
        customer_name="Acme Corp",
        issued_at=datetime.fromtimestamp(1705276800, UTC),
        expires_at=datetime.fromtimestamp(1736899200, UTC),
    )
    token = sign(claims, key)
    options = {"verify_exp": False, "verify_nbf": False, "verify_aud": False}
    read = jwt.decode(token, key.public.pem(), algorithms=["RS256"], options=options)
    expected = {
        "customerId": "cust_0194c0ffee0070008000000000000001",
        "customerName": "Acme Corp",
        "plan": "professional",
        "features": {
            "maxDevices": 50,
            "dataRetentionDays": 365,
            "canExportData": True,
            "hasAdvancedAlerts": True,
            "hasApiAccess": True,
            "hasMqttAccess": True,
            "hasCustomBranding": False,
        },
        "limits": {"maxUsers": 10, "maxAlertRules": 100, "maxDashboards": 20},
        "growthPacks": ["base", "advanced_analytics"],
        "camerasAllowed": 100,
        "subscription": {"status": "active", "currentPeriodEndsAt": "2025-02-15T00:00:00Z"},
        "issuedAt": 1705276800,
        "expiresAt": 1736899200,
    }
    assert {name: read[name] for name in expected} == expected
    assert {"iss", "sub", "aud", "iat", "nbf", "exp", "jti"} <= read.keys()
    assert "cnf" not in read
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT", "kid": key.kid}


def test_unlimited_is_minus_one_on_the_wire(
    key: SigningKey, keys: KeySet, tenant_claims: LicenseClaims, catalog: Catalog, now: datetime
) -> None:
    plan = catalog.plan("platform", "enterprise")
    claims = replace(
        tenant_claims,
        features=PlanFeatures.of(plan),
        limits=PlanLimits.of(plan),
        cameras_allowed=None,
    )
    wire = to_claims(claims)
    assert (wire["features"]["maxDevices"], wire["limits"]["maxUsers"]) == (-1, -1)
    assert wire["camerasAllowed"] == -1
    assert _verify(sign(claims, key), keys, claims, now) == claims


def test_a_newer_servers_further_claims_are_left_aside(
    key: SigningKey, keys: KeySet, tenant_claims: LicenseClaims, now: datetime
) -> None:
    wire = {**to_claims(tenant_claims), "invented": {"later": True}}
    token = jwt.encode(wire, key.rsa, "RS256", headers={"kid": key.kid})
    assert _verify(token, keys, tenant_claims, now) == tenant_claims


def test_rotation_breaks_no_token_that_still_lives(
    key: SigningKey, tenant_claims: LicenseClaims, now: datetime
) -> None:
    newer = SigningKey.generate()
    both = KeySet([newer.public, key.public])
    for signer in (key, newer):
        assert _verify(sign(tenant_claims, signer), both, tenant_claims, now) == tenant_claims


def test_a_device_of_300_cameras_gets_its_bundle_and_one_of_thousands_is_refused(
    key: SigningKey,
    keys: KeySet,
    tenant_claims: LicenseClaims,
    bundle: DeviceBundle,
    now: datetime,
) -> None:
    camera = replace(bundle.cameras[0], growth_packs=frozenset({"advanced_analytics"}))
    many = replace(bundle, cameras=(camera,) * 300)
    claims = replace(tenant_claims, bundle=many)
    assert _verify(sign(claims, key), keys, claims, now, bundle.key_thumbprint) == claims
    with pytest.raises(TokenInvalid) as refused:
        sign(replace(claims, bundle=replace(bundle, cameras=(camera,) * 3000)), key)
    assert refused.value.fault is TokenFault.TOO_LARGE


def test_the_moment_is_the_callers(
    key: SigningKey, keys: KeySet, tenant_claims: LicenseClaims
) -> None:
    """Neither the past nor the far future of this test's own clock matters."""
    for year in (1999, 2400):
        then = datetime(year, 6, 1, tzinfo=UTC)
        claims = replace(
            tenant_claims, issued_at=then, not_before=then, expires_at=then + timedelta(days=1)
        )
        assert _verify(sign(claims, key), keys, claims, then) == claims


def test_json_keeps_names_readable(key: SigningKey, tenant_claims: LicenseClaims) -> None:
    payload = jwt.utils.base64url_decode(sign(tenant_claims, key).split(".")[1])
    assert "Acme Zürich".encode() in payload
    assert json.loads(payload) == to_claims(tenant_claims)
