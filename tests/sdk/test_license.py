"""A licence says what its token says, and only a genuine token of this customer makes one."""

import json
from datetime import timedelta

import pytest

from mesh.errors import ConfigError
from rights.claims import DeviceBundle, Epoch, PlanFeatures, SubscriptionStatus
from rights.errors import TokenFault, TokenInvalid
from rights.keys import KeySet, PublicKey, SigningKey
from sdk.keys import read_keys
from sdk.license import License, stated_issue
from tests.billing.cloud_harness import ISSUER
from tests.sdk.instance import CUSTOMER, NOON, altered, signed


def read(
    token: str, *keys: SigningKey, now: object = NOON, customer: str | None = CUSTOMER
) -> License:
    trusted = KeySet(key.public for key in keys)
    return License.from_token(token, trusted, now, issuer=ISSUER, customer_id=customer)  # type: ignore[arg-type]


def test_its_views_are_those_of_the_claims(signing_key: SigningKey) -> None:
    license_ = read(signed(signing_key), signing_key)
    assert (license_.plan, license_.customer_id) == ("professional", CUSTOMER)
    assert license_.features.max_devices == 50
    assert license_.limits.max_dashboards is None
    assert license_.packs == {"base", "intelligence"}
    assert license_.subscription.status is SubscriptionStatus.ACTIVE
    assert license_.offline_grace == timedelta(days=30)


def test_paid_time_then_grace_then_the_end(signing_key: SigningKey) -> None:
    license_ = read(signed(signing_key), signing_key)
    assert not license_.in_grace(NOON + timedelta(days=29))
    assert license_.in_grace(NOON + timedelta(days=30))
    assert not license_.expired(NOON + timedelta(days=60))
    assert license_.expired(NOON + timedelta(days=60, minutes=1))
    assert not license_.in_grace(NOON + timedelta(days=61))


def test_an_altered_token_is_refused(signing_key: SigningKey) -> None:
    with pytest.raises(TokenInvalid) as refused:
        read(altered(signed(signing_key)), signing_key)
    assert refused.value.fault is TokenFault.SIGNATURE_INVALID


def test_another_customers_token_is_refused(signing_key: SigningKey) -> None:
    token = signed(signing_key)
    with pytest.raises(TokenInvalid, match="another customer"):
        read(token, signing_key, customer="cust_" + "0" * 32)
    assert read(token, signing_key, customer=None).customer_id == CUSTOMER


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"audience": "brinkbyte-edge"}, TokenFault.AUDIENCE_WRONG),
        ({"issuer": "somebody"}, TokenFault.ISSUER_WRONG),
        ({"expires_at": NOON - timedelta(hours=1)}, TokenFault.EXPIRED),
        ({"issued_at": NOON + timedelta(hours=1)}, TokenFault.NOT_YET_VALID),
        ({"bundle": DeviceBundle("d", "t", Epoch("i", 1), ())}, TokenFault.DEVICE_WRONG),
    ],
)
def test_a_token_for_somebody_or_some_time_else_is_refused(
    signing_key: SigningKey, change: dict[str, object], fault: TokenFault
) -> None:
    with pytest.raises(TokenInvalid) as refused:
        read(signed(signing_key, **change), signing_key)
    assert refused.value.fault is fault


def test_keys_live_side_by_side_by_kid(signing_key: SigningKey) -> None:
    other = SigningKey.generate()
    for key in (signing_key, other):
        assert read(signed(key), signing_key, other).plan == "professional"
    with pytest.raises(TokenInvalid) as refused:
        read(signed(other), signing_key)
    assert refused.value.fault is TokenFault.KEY_UNKNOWN


def test_keys_are_read_from_pem_and_jwks(signing_key: SigningKey) -> None:
    other = SigningKey.generate()
    both = KeySet([signing_key.public, other.public])
    kids = {signing_key.kid, other.kid}
    assert set(read_keys(both.pem()).kids) == kids
    assert set(read_keys(both.pem().replace("\n", "\\n")).kids) == kids
    assert set(read_keys(json.dumps(both.jwks())).kids) == kids
    named = KeySet([PublicKey(signing_key.public.rsa, "2026-a")])
    assert read_keys(json.dumps(named.jwks())).kids == ("2026-a",)
    assert read_keys("  ").kids == ()


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "{}",
        '{"keys": [{"kty": "EC"}]}',
        "{",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    ],
)
def test_keys_that_cannot_be_used_are_explained(text: str) -> None:
    with pytest.raises(ConfigError, match="public keys cannot be used"):
        read_keys(text)


@pytest.mark.parametrize("token", ["", "a.b", "a.!.c", "a.e30.c", "a.W10.c", "x" * 300_000])
def test_a_time_of_issue_is_read_from_no_nonsense(token: str) -> None:
    assert stated_issue(token) is None


def test_unlimited_is_none(signing_key: SigningKey) -> None:
    features = PlanFeatures(None, None, True, True, True, True, True)
    license_ = read(signed(signing_key, features=features), signing_key)
    assert license_.features.max_devices is None
