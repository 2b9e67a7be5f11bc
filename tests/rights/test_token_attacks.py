"""Every known way to pass a token that is not ours, and the fault it meets (RFC 8725)."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from rights.claim_members import to_claims
from rights.claims import DeviceBundle, LicenseClaims
from rights.errors import TokenFault, TokenInvalid
from rights.keys import KeySet, SigningKey
from rights.tokens import MAX_TOKEN, sign, verify
from tests.rights.forging import Forge, rs256, segment

Judge = Callable[..., TokenFault]

CAMERA = {
    "cameraId": "camera",
    "mode": "base",
    "status": "active",
    "growthPacks": [],
    "validUntil": "2025-02-15T00:00:00Z",
}
BUNDLE = {
    "deviceId": "device",
    "cnf": {"jkt": "thumbprint"},
    "epoch": {"incarnation": "first", "number": 1},
    "cameras": [CAMERA],
}


@pytest.fixture
def fault(keys: KeySet, tenant_claims: LicenseClaims, now: datetime) -> Callable[..., TokenFault]:
    """Why a token is refused."""

    def judge(token: str, **changes: Any) -> TokenFault:
        terms: dict[str, Any] = {
            "now": now,
            "audience": tenant_claims.audience,
            "issuer": tenant_claims.issuer,
            **changes,
        }
        with pytest.raises(TokenInvalid) as refused:
            verify(token, keys, **terms)
        return refused.value.fault

    return judge


def test_our_own_forging_tool_makes_good_tokens(
    forge: Forge, keys: KeySet, tenant_claims: LicenseClaims, now: datetime
) -> None:
    terms = {"audience": tenant_claims.audience, "issuer": tenant_claims.issuer}
    assert verify(forge(), keys, now=now, **terms) == tenant_claims
    assert verify(forge(BUNDLE), keys, now=now, **terms).bundle is not None


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE"])
def test_no_algorithm(
    name: str, tenant_claims: LicenseClaims, key: SigningKey, fault: Judge
) -> None:
    head = segment({"alg": name, "typ": "JWT", "kid": key.kid})
    payload = segment(to_claims(tenant_claims))
    assert fault(f"{head}.{payload}.{segment(b'x')}") is TokenFault.ALGORITHM_REFUSED
    assert fault(f"{head}.{payload}.") is TokenFault.MALFORMED


def test_the_public_key_as_a_shared_secret(
    tenant_claims: LicenseClaims, key: SigningKey, fault: Judge
) -> None:
    signed = (
        segment({"alg": "HS256", "typ": "JWT", "kid": key.kid})
        + "."
        + segment(to_claims(tenant_claims))
    )
    secret = key.public.pem().encode()
    mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    assert fault(f"{signed}.{segment(mac)}") is TokenFault.ALGORITHM_REFUSED
    lying = signed.replace(
        signed.split(".", maxsplit=1)[0], segment({"alg": "RS256", "typ": "JWT", "kid": key.kid})
    )
    mac = hmac.new(secret, lying.encode(), hashlib.sha256).digest()
    assert fault(f"{lying}.{segment(mac)}") is TokenFault.SIGNATURE_INVALID


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256", "ES256", "", None, ["RS256"], 7])
def test_other_algorithms(algorithm: object, forge: Forge, fault: Judge) -> None:
    assert fault(forge(alg=algorithm)) is TokenFault.ALGORITHM_REFUSED


@pytest.mark.parametrize(
    "kid",
    [
        "../../../../dev/null",
        "/dev/null",
        "file:///dev/null",
        "https://thief.example/jwks.json",
        "' OR 1=1 --",
        "x' UNION SELECT 'key' --",
        "",
        "k" * 65,
        "k" * 2000,
        None,
        7,
        ["a"],
        {"a": 1},
    ],
)
def test_a_kid_is_looked_up_and_never_interpreted(kid: object, forge: Forge, fault: Judge) -> None:
    assert fault(forge(kid=kid)) is TokenFault.KEY_UNKNOWN


def test_a_kid_matches_whole(forge: Forge, key: SigningKey, fault: Judge) -> None:
    for kid in (key.kid.lower(), key.kid[:-1], key.kid + " ", key.kid + "\0"):
        assert fault(forge(kid=kid)) is TokenFault.KEY_UNKNOWN


@pytest.mark.parametrize("member", ["jku", "x5u", "jwk", "x5c"])
def test_a_key_brought_along_is_not_used(
    member: str, tenant_claims: LicenseClaims, key: SigningKey, fault: Judge
) -> None:
    thief = SigningKey.generate()
    brought = {
        "jku": "https://thief.example/jwks.json",
        "x5u": "https://thief.example/cert.pem",
        "jwk": thief.public.jwk(),
        "x5c": [base64.b64encode(b"certificate").decode()],
    }
    head = {"alg": "RS256", "typ": "JWT", "kid": key.kid, member: brought[member]}
    signed = f"{segment(head)}.{segment(to_claims(tenant_claims))}"
    forged = f"{signed}.{segment(rs256(signed, thief))}"
    assert fault(forged) is TokenFault.SIGNATURE_INVALID


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"crit": []}, {"b64": False}])
def test_extensions_are_refused(header: dict[str, Any], forge: Forge, fault: Judge) -> None:
    assert fault(forge(**header)) is TokenFault.EXTENSION_REFUSED


@pytest.mark.parametrize("kind", ["at+jwt", "jwt", "JWS", "", None, 7])
def test_another_type(kind: object, forge: Forge, fault: Judge) -> None:
    assert fault(forge(typ=kind)) is TokenFault.TYPE_REFUSED


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"iss": "https://thief.example"}, TokenFault.ISSUER_WRONG),
        ({"aud": "another-service"}, TokenFault.AUDIENCE_WRONG),
        ({"aud": ["brinkbyte-instance", "another"]}, TokenFault.CLAIM_INVALID),
        ({"sub": "cust_another"}, TokenFault.CLAIM_INVALID),
        ({"expiresAt": 1}, TokenFault.CLAIM_INVALID),
        ({"issuedAt": 1}, TokenFault.CLAIM_INVALID),
        ({"exp": "1736899200"}, TokenFault.CLAIM_INVALID),
        ({"exp": 1736899200.5}, TokenFault.CLAIM_INVALID),
        ({"exp": True}, TokenFault.CLAIM_INVALID),
        ({"exp": 10**30}, TokenFault.CLAIM_INVALID),
        ({"nbf": -5}, TokenFault.CLAIM_INVALID),
        ({"camerasAllowed": -2}, TokenFault.CLAIM_INVALID),
        ({"camerasAllowed": "100"}, TokenFault.CLAIM_INVALID),
        ({"growthPacks": "base"}, TokenFault.CLAIM_INVALID),
        ({"growthPacks": ["base", 1]}, TokenFault.CLAIM_INVALID),
        ({"plan": ""}, TokenFault.CLAIM_INVALID),
        (
            {"features": {"maxDevices": 1, "dataRetentionDays": 1, "canExportData": 1}},
            TokenFault.CLAIM_INVALID,
        ),
        ({"features": []}, TokenFault.CLAIM_INVALID),
        ({"features": {}}, TokenFault.CLAIM_MISSING),
        (
            {"subscription": {"status": "free", "currentPeriodEndsAt": "2025-02-15T00:00:00Z"}},
            TokenFault.CLAIM_INVALID,
        ),
        (
            {"subscription": {"status": "active", "currentPeriodEndsAt": "2025-02-15T00:00:00"}},
            TokenFault.CLAIM_INVALID,
        ),
        ({"deviceId": "device"}, TokenFault.CLAIM_MISSING),
        ({"cameras": []}, TokenFault.CLAIM_MISSING),
        ({**BUNDLE, "cnf": {}}, TokenFault.CLAIM_MISSING),
        ({**BUNDLE, "cnf": "thumbprint"}, TokenFault.CLAIM_INVALID),
        ({**BUNDLE, "cameras": {}}, TokenFault.CLAIM_INVALID),
        ({**BUNDLE, "cameras": [7]}, TokenFault.CLAIM_INVALID),
        ({**BUNDLE, "cameras": [{**CAMERA, "mode": "free"}]}, TokenFault.CLAIM_INVALID),
        ({**BUNDLE, "cameras": [{**CAMERA, "status": "paused"}]}, TokenFault.CLAIM_INVALID),
        ({**BUNDLE, "cameras": [{**CAMERA, "validUntil": "soon"}]}, TokenFault.CLAIM_INVALID),
    ],
)
def test_signed_claims_are_checked_all_the_same(
    claims: dict[str, Any], expected: TokenFault, forge: Forge, fault: Judge
) -> None:
    assert fault(forge(claims)) is expected


@pytest.mark.parametrize(
    "claim", ["exp", "nbf", "iat", "iss", "aud", "sub", "jti", "customerId", "offlineGraceDays"]
)
def test_a_required_claim_left_out(claim: str, forge: Forge, fault: Judge) -> None:
    assert fault(forge(without=claim)) is TokenFault.CLAIM_MISSING


def test_a_token_lives_between_its_moments(
    key: SigningKey,
    keys: KeySet,
    tenant_claims: LicenseClaims,
    fault: Judge,
) -> None:
    token = sign(tenant_claims, key)
    leeway, second = timedelta(seconds=60), timedelta(seconds=1)
    first = tenant_claims.not_before - leeway
    last = tenant_claims.expires_at + leeway - second
    for moment in (first, last):
        terms = {"audience": tenant_claims.audience, "issuer": tenant_claims.issuer}
        assert verify(token, keys, now=moment, leeway=leeway, **terms) == tenant_claims
    assert fault(token, now=first - second, leeway=leeway) is TokenFault.NOT_YET_VALID
    assert fault(token, now=last + second, leeway=leeway) is TokenFault.EXPIRED


def test_each_beginning_counts(
    key: SigningKey, tenant_claims: LicenseClaims, now: datetime, fault: Judge
) -> None:
    later = now + timedelta(hours=1)
    for claims in (
        replace(tenant_claims, not_before=later),
        replace(tenant_claims, issued_at=later),
    ):
        assert fault(sign(claims, key)) is TokenFault.NOT_YET_VALID


def test_a_refusal_names_the_reason_of_the_contracts(
    key: SigningKey, keys: KeySet, tenant_claims: LicenseClaims, now: datetime
) -> None:
    for moment, reason in (
        (tenant_claims.expires_at + timedelta(days=1), "LICENSE_EXPIRED"),
        (now - timedelta(days=1), "TOKEN_INVALID"),
    ):
        with pytest.raises(TokenInvalid) as refused:
            verify(
                sign(tenant_claims, key),
                keys,
                now=moment,
                audience="brinkbyte-instance",
                issuer=tenant_claims.issuer,
            )
        assert refused.value.error_reason == reason


def test_a_licence_copied_to_another_device(
    key: SigningKey, tenant_claims: LicenseClaims, bundle: DeviceBundle, fault: Judge
) -> None:
    token = sign(replace(tenant_claims, bundle=bundle), key)
    assert fault(token, device_thumbprint="another") is TokenFault.DEVICE_WRONG


def test_a_tenants_token_starts_no_camera(
    key: SigningKey, tenant_claims: LicenseClaims, bundle: DeviceBundle, fault: Judge
) -> None:
    token = sign(tenant_claims, key)
    assert fault(token, device_thumbprint=bundle.key_thumbprint) is TokenFault.DEVICE_WRONG
    assert fault(token, device_thumbprint="") is TokenFault.DEVICE_WRONG


def test_an_altered_or_cut_token(forge: Forge, fault: Judge, tenant_claims: LicenseClaims) -> None:
    head, payload, signature = forge().split(".")
    richer = segment({**to_claims(tenant_claims), "camerasAllowed": 10_000})
    for token in (
        f"{head}.{richer}.{signature}",
        f"{head}.{payload}.{signature[:-8]}",
        f"{head}.{payload[:-8]}.{signature}",
        f"{head}.{payload}.{segment(bytes(256))}",
    ):
        assert fault(token) is TokenFault.SIGNATURE_INVALID


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "a.b.c\n",
        " a.b.c",
        "a.b.c=",
        "é.b.c",
        f"{segment(b'not json')}.b.c",
        f"{segment([1])}.b.c",
        f"{segment(b'[' * 3000)}.b.c",
        f"{segment(b'9' * 3000)}.b.c",
        f"{segment({'alg': 'RS256', 'pad': 'x' * 5000})}.b.c",
    ],
)
def test_what_is_no_token(token: str, fault: Judge) -> None:
    assert fault(token) is TokenFault.MALFORMED


def test_signed_text_that_is_no_object(key: SigningKey, fault: Judge) -> None:
    for payload in (b"[]", b"nothing", b"\xff", b"[" * 20_000):
        signed = f"{segment({'alg': 'RS256', 'typ': 'JWT', 'kid': key.kid})}.{segment(payload)}"
        assert fault(f"{signed}.{segment(rs256(signed, key))}") is TokenFault.MALFORMED


def test_a_megabyte_is_not_even_parsed(forge: Forge, fault: Judge) -> None:
    assert fault(forge({"pad": "x" * 1_000_000})) is TokenFault.TOO_LARGE
    assert fault("x" * (MAX_TOKEN + 1)) is TokenFault.TOO_LARGE
    assert fault("x" * MAX_TOKEN) is TokenFault.MALFORMED


def test_a_retired_key_is_refused_by_name(
    key: SigningKey, keys: KeySet, tenant_claims: LicenseClaims, now: datetime
) -> None:
    other = SigningKey.generate()
    trusted = KeySet([key.public, other.public], [other.kid])
    terms = {"audience": tenant_claims.audience, "issuer": tenant_claims.issuer, "now": now}
    assert verify(sign(tenant_claims, key), trusted, **terms).kid == key.kid
    with pytest.raises(TokenInvalid) as refused:
        verify(sign(tenant_claims, other), trusted, **terms)
    assert refused.value.fault is TokenFault.KEY_RETIRED
    assert trusted.kids == (key.kid,)
