"""A revocation list says offline what holds no longer, and an older one takes nothing back."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from rights.claims import Epoch, LicenseClaims
from rights.errors import ListOlder, TokenFault, TokenInvalid, TrustOlder
from rights.jws import seal
from rights.keys import KeySet, SigningKey
from rights.revocations import (
    MAX_RETIRED_DEVICES,
    TYPE,
    RevocationList,
    check_newer,
    read_list,
    sign_list,
)
from rights.tokens import MAX_TOKEN, sign, verify
from rights.trust import Trust

SECOND = timedelta(seconds=1)
ACME = "cust_0194c0ffee0070008000000000000001"
TERMS = {"issuer": "https://billing.example", "customer_id": ACME}


@pytest.fixture
def listed(now: datetime, key: SigningKey) -> RevocationList:
    """Signed by `key` at `now`: one device retired, everything of last week void."""
    return RevocationList(
        issuer=TERMS["issuer"],
        customer_id=ACME,
        list_id="list 1",
        issued_at=now,
        epoch=Epoch("first", 7),
        trust=Trust(2, frozenset({"leaked"})),
        void_before=now - timedelta(days=7),
        retired_devices=frozenset({"d1"}),
        kid=key.kid,
    )


def test_a_list_survives_its_signature(
    listed: RevocationList, key: SigningKey, keys: KeySet
) -> None:
    assert read_list(sign_list(listed, key), keys, **TERMS) == listed
    nothing = replace(listed, void_before=None, retired_devices=frozenset(), trust=Trust(1))
    assert read_list(sign_list(nothing, key), keys, **TERMS) == nothing


def test_what_is_void(listed: RevocationList, now: datetime) -> None:
    def fault(kid: str, issued_at: datetime, device: str | None) -> TokenFault | None:
        void = listed.void(kid, issued_at, device)
        return None if void is None else void.fault

    assert fault("k", now, "d2") is None
    assert fault("k", now, None) is None
    assert fault("k", now, "d1") is TokenFault.REVOKED
    assert fault("leaked", now, "d2") is TokenFault.KEY_RETIRED
    assert fault("k", now - timedelta(days=7), "d2") is None
    assert fault("k", now - timedelta(days=7) - SECOND, "d2") is TokenFault.REVOKED
    void = listed.void("k", now, "d1")
    assert void is not None
    assert void.error_reason == "LICENSE_REVOKED"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"issuer": "somebody"}, TokenFault.ISSUER_WRONG),
        ({"customer_id": "cust_other"}, TokenFault.AUDIENCE_WRONG),
    ],
)
def test_anothers_list_is_refused(
    listed: RevocationList,
    key: SigningKey,
    keys: KeySet,
    change: dict[str, Any],
    fault: TokenFault,
) -> None:
    with pytest.raises(TokenInvalid) as refused:
        read_list(sign_list(replace(listed, **change), key), keys, **TERMS)
    assert refused.value.fault is fault


def test_a_licence_is_no_list_and_a_list_no_licence(
    listed: RevocationList,
    key: SigningKey,
    keys: KeySet,
    tenant_claims: LicenseClaims,
    now: datetime,
) -> None:
    with pytest.raises(TokenInvalid) as refused:
        read_list(sign(tenant_claims, key), keys, **TERMS)
    assert refused.value.fault is TokenFault.TYPE_REFUSED
    with pytest.raises(TokenInvalid) as refused:
        verify(sign_list(listed, key), keys, now=now, audience="a", issuer="i")
    assert refused.value.fault is TokenFault.TYPE_REFUSED
    members = {"aud": "brinkbyte-instance"}
    with pytest.raises(TokenInvalid) as refused:
        read_list(seal(members, key, TYPE), keys, **TERMS)
    assert refused.value.fault is TokenFault.AUDIENCE_WRONG


def test_a_list_of_a_retired_or_unknown_key_is_refused(
    listed: RevocationList, key: SigningKey, keys: KeySet
) -> None:
    for trusted, fault in (
        (keys.without([key.kid]), TokenFault.KEY_RETIRED),
        (KeySet([]), TokenFault.KEY_UNKNOWN),
    ):
        with pytest.raises(TokenInvalid) as refused:
            read_list(sign_list(listed, key), trusted, **TERMS)
        assert refused.value.fault is fault


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "jti", "iat", "epoch", "trustEpoch"])
def test_a_list_is_whole(key: SigningKey, keys: KeySet, missing: str) -> None:
    members: dict[str, Any] = {
        "iss": TERMS["issuer"],
        "sub": ACME,
        "aud": "brinkbyte-revocations",
        "jti": "1",
        "iat": 1736942400,
        "epoch": {"incarnation": "first", "number": 1},
        "trustEpoch": 1,
        "retiredKids": [],
        "retiredDevices": [],
    }
    assert read_list(seal(members, key, TYPE), keys, **TERMS)
    del members[missing]
    with pytest.raises(TokenInvalid) as refused:
        read_list(seal(members, key, TYPE), keys, **TERMS)
    assert refused.value.fault is TokenFault.CLAIM_MISSING


def test_the_longest_list_fits_a_token(listed: RevocationList, key: SigningKey) -> None:
    devices = frozenset(
        f"0194c0ff-ee00-7000-8000-{number:012}" for number in range(MAX_RETIRED_DEVICES)
    )
    kids = frozenset(f"{number:043}" for number in range(100))
    token = sign_list(replace(listed, retired_devices=devices, trust=Trust(101, kids)), key)
    assert len(token) <= MAX_TOKEN


def later(held: RevocationList, **changes: Any) -> RevocationList:
    return replace(held, **{"issued_at": held.issued_at + SECOND, **changes})


def test_a_newer_list_replaces_an_older_one(listed: RevocationList) -> None:
    for given in (
        listed,
        later(listed),
        later(listed, retired_devices=frozenset()),
        replace(listed, issued_at=listed.issued_at - SECOND),
        replace(listed, issued_at=listed.issued_at - SECOND, epoch=Epoch("first", 8)),
        later(listed, epoch=Epoch("restored", 1)),
        later(listed, epoch=Epoch("first", 8), trust=Trust(3, frozenset({"leaked", "x"}))),
    ):
        check_newer(listed, given)


@pytest.mark.parametrize(
    "change",
    [
        {"epoch": Epoch("first", 6)},
        {"trust": Trust(1)},
        {"trust": Trust(1), "epoch": Epoch("first", 99)},
        {"trust": Trust(1), "epoch": Epoch("restored", 99)},
        {"epoch": Epoch("restored", 99), "issued_at": timedelta(0)},
        {"epoch": Epoch("restored", 99), "issued_at": -SECOND},
        {"retired_devices": frozenset(), "issued_at": -SECOND},
        {"void_before": None, "issued_at": -SECOND},
    ],
)
def test_an_older_list_is_refused(listed: RevocationList, change: dict[str, Any]) -> None:
    offset = change.get("issued_at", SECOND)
    given = replace(listed, **{**change, "issued_at": listed.issued_at + offset})
    with pytest.raises(ListOlder):
        check_newer(listed, given)


def test_what_a_leaked_key_signed_holds_no_newer_list_up(listed: RevocationList) -> None:
    forged = replace(listed, kid="leaked now", epoch=Epoch("first", 10**12))
    honest = later(listed, epoch=Epoch("first", 8), trust=Trust(3, frozenset({"leaked now"})))
    check_newer(forged, honest)
    with pytest.raises(ListOlder):
        check_newer(forged, replace(honest, trust=Trust(3)))


def test_trust_only_goes_on() -> None:
    held = Trust(3, frozenset({"a"}))
    assert held.after(Trust(4, frozenset({"b"}))) == Trust(4, frozenset({"a", "b"}))
    assert held.after(Trust(3)) == held
    with pytest.raises(TrustOlder) as refused:
        held.after(Trust(2, frozenset({"a", "b"})))
    assert (refused.value.known, refused.value.heard) == (3, 2)
