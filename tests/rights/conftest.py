"""A catalogue, a key and a device's claims for the rules to judge."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import rights.catalog
from rights.catalog.load import load_catalog
from rights.catalog.model import Catalog
from rights.claim_members import to_claims
from rights.claims import (
    DeviceBundle,
    Epoch,
    LicenseClaims,
    PlanFeatures,
    PlanLimits,
    SubscriptionStatus,
)
from rights.keys import KeySet, SigningKey
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus
from tests.rights.forging import Forge, rs256, segment


@pytest.fixture(scope="session")
def catalog_text() -> str:
    """The catalogue as it is sold."""
    return (Path(rights.catalog.__path__[0]) / "catalog.yaml").read_text()


@pytest.fixture(scope="session")
def catalog(catalog_text: str) -> Catalog:
    return load_catalog(catalog_text)


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return SigningKey.generate()


@pytest.fixture(scope="session")
def keys(key: SigningKey) -> KeySet:
    return KeySet([key.public])


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2025, 1, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def tenant_claims(catalog: Catalog, now: datetime) -> LicenseClaims:
    """Acme's own token on the professional plan."""
    plan = catalog.plan("platform", "professional")
    return LicenseClaims(
        issuer="https://billing.example",
        audience="brinkbyte-instance",
        token_id="0194 token",
        customer_id="cust_0194c0ffee0070008000000000000001",
        customer_name="Acme Zürich",
        plan="professional",
        features=PlanFeatures.of(plan),
        limits=PlanLimits.of(plan),
        growth_packs=("base", "advanced_analytics"),
        cameras_allowed=100,
        subscription_status=SubscriptionStatus.ACTIVE,
        current_period_ends_at=datetime(2025, 2, 15, tzinfo=UTC),
        offline_grace_days=30,
        issued_at=now,
        not_before=now,
        expires_at=now + timedelta(days=61),
    )


@pytest.fixture(scope="session")
def bundle(now: datetime) -> DeviceBundle:
    """Two cameras of one device."""
    return DeviceBundle(
        device_id="0194c0ff-ee00-7000-8000-0000000000d1",
        key_thumbprint="NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        epoch=Epoch("0194c0ff-ee00-7000-8000-0000000000e1", 7),
        cameras=(
            CameraLicense(
                "0194c0ff-ee00-7000-8000-0000000000c1",
                LicenseMode.BASE,
                LicenseStatus.ACTIVE,
                frozenset({"advanced_analytics", "industry"}),
                datetime(2025, 2, 15, tzinfo=UTC),
            ),
            CameraLicense(
                "0194c0ff-ee00-7000-8000-0000000000c2",
                LicenseMode.TRIAL,
                LicenseStatus.SUSPENDED,
                frozenset(),
                datetime(2025, 3, 1, tzinfo=UTC),
            ),
        ),
    )


@pytest.fixture
def forge(key: SigningKey, tenant_claims: LicenseClaims) -> Forge:
    """A token signed with our own key, whatever its header and claims say."""

    def build(claims: dict[str, Any] | None = None, without: str = "", **header: Any) -> str:
        payload = {**to_claims(tenant_claims), **(claims or {})}
        payload.pop(without, None)
        head = {"alg": "RS256", "typ": "JWT", "kid": key.kid, **header}
        signed = f"{segment(head)}.{segment(payload)}"
        return f"{signed}.{segment(rs256(signed, key))}"

    return build
