"""The signed head of a chain, kept elsewhere."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from rights.audit_chain import VENDOR_CHAIN, Position
from rights.audit_head import TYPE, AuditHead, read_head, sign_head
from rights.claims import LicenseClaims
from rights.errors import TokenFault, TokenInvalid
from rights.jws import seal
from rights.keys import KeySet, SigningKey
from rights.tokens import sign

TENANT = UUID("0190a000-0000-7000-8000-000000000001")
NOON = datetime(2025, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize("tenant_id", [TENANT, VENDOR_CHAIN])
def test_a_head_comes_back_as_it_was_signed(key: SigningKey, keys: KeySet, tenant_id: UUID) -> None:
    head = AuditHead("issuer", tenant_id, Position(7, b"h" * 32), NOON)
    assert read_head(sign_head(head, key), keys) == head


def test_a_head_of_a_strangers_key_is_refused(keys: KeySet) -> None:
    head = AuditHead("issuer", TENANT, Position(7, b"h" * 32), NOON)
    with pytest.raises(TokenInvalid) as refused:
        read_head(sign_head(head, SigningKey.generate()), keys)
    assert refused.value.fault is TokenFault.KEY_UNKNOWN


def test_a_licence_token_is_no_head(
    key: SigningKey, keys: KeySet, tenant_claims: LicenseClaims
) -> None:
    with pytest.raises(TokenInvalid) as refused:
        read_head(sign(tenant_claims, key), keys)
    assert refused.value.fault is TokenFault.TYPE_REFUSED


@pytest.mark.parametrize(
    "change",
    [
        {"hash": "ab"},
        {"hash": "Z" * 64},
        {"seq": -1},
        {"seq": "7"},
        {"sub": "an-alias"},
        {"iat": None},
    ],
)
def test_wrong_members_are_refused(
    key: SigningKey, keys: KeySet, change: dict[str, object]
) -> None:
    members = {"iss": "i", "sub": "vendor", "iat": 1, "seq": 7, "hash": "a" * 64, **change}
    with pytest.raises(TokenInvalid) as refused:
        read_head(seal(members, key, TYPE), keys)
    assert refused.value.fault is TokenFault.CLAIM_INVALID
