"""The signed revocation list of one tenant: what of its signed licences holds no longer.

A JWT of a type of its own, RS256, so that it works offline and can be carried as a file. It does
not expire: a verifier honours the newest one that it was given until it gets a newer one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from rights.claim_reader import ClaimReader
from rights.claims import Epoch
from rights.errors import ListOlder, TokenFault, TokenInvalid
from rights.jws import open_sealed, seal
from rights.keys import KeySet, SigningKey
from rights.trust import Trust

TYPE = "brinkbyte-revocations+jwt"
AUDIENCE = "brinkbyte-revocations"
MAX_RETIRED_DEVICES = 4000
"""More do not fit the largest token that a verifier takes."""


@dataclass(frozen=True, slots=True)
class RevocationList:
    """What the list says. Moments are aware, UTC, whole seconds.

    ``void_before``: every token of the tenant issued before it is void; None voids none.
    ``retired_devices``: UUIDs as text, whose tokens are void whenever they were issued.
    ``kid`` is the key that verified the list, empty before; it is no claim.
    """

    issuer: str
    customer_id: str
    list_id: str
    issued_at: datetime
    epoch: Epoch
    trust: Trust
    void_before: datetime | None
    retired_devices: frozenset[str]
    kid: str = ""

    def void(self, kid: str, issued_at: datetime, device_id: str | None) -> TokenInvalid | None:
        """Why a token signed by ``kid`` at that moment is void, None when it is not.

        ``device_id`` is the device that it is bound to, None for a tenant's own.
        """
        if (retired := self.trust.void(kid)) is not None:
            return retired
        if self.void_before is not None and issued_at < self.void_before:
            revoked = f"tokens issued before {self.void_before.isoformat()} were revoked"
            return TokenInvalid(TokenFault.REVOKED, revoked)
        if device_id in self.retired_devices:
            return TokenInvalid(TokenFault.REVOKED, "the token's device was retired")
        return None


def sign_list(revocations: RevocationList, key: SigningKey) -> str:
    """The list as a signed token. Raises TokenInvalid (TOO_LARGE)."""
    return seal(_to_members(revocations), key, TYPE)


def read_list(token: str, keys: KeySet, *, issuer: str, customer_id: str) -> RevocationList:
    """The genuine list of this tenant. Raises TokenInvalid."""
    opened = open_sealed(token, keys, TYPE)
    found = replace(_from_members(opened.members), kid=opened.kid)
    if found.issuer != issuer:
        raise TokenInvalid(TokenFault.ISSUER_WRONG, "the list is from another issuer")
    if found.customer_id != customer_id:
        raise TokenInvalid(TokenFault.AUDIENCE_WRONG, "the list is another customer's")
    return found


def check_newer(held: RevocationList, given: RevocationList) -> None:
    """Whether ``given`` may replace ``held``. Raises ListOlder when it would take something back.

    Within an incarnation the number counts, across incarnations the time of issue alone. A list
    that a retired key signed proves no number, so it holds nothing up.
    """
    if given.trust.epoch < held.trust.epoch:
        raise ListOlder(
            f"its trust epoch {given.trust.epoch} is below {held.trust.epoch}, which is known"
        )
    if held.kid in given.trust.retired:
        return
    if given.epoch.incarnation != held.epoch.incarnation:
        if given.issued_at <= held.issued_at:
            raise ListOlder("it is of another incarnation and not newer than the one held")
    elif given.epoch.number < held.epoch.number:
        raise ListOlder(f"its number {given.epoch.number} is below {held.epoch.number}")
    elif given.epoch.number == held.epoch.number and _takes_back(held, given):
        raise ListOlder("it was issued before the one held, and lacks what that one revokes")


def _takes_back(held: RevocationList, given: RevocationList) -> bool:
    if given.issued_at >= held.issued_at:
        return False
    if held.void_before is not None and (
        given.void_before is None or given.void_before < held.void_before
    ):
        return True
    return not held.retired_devices <= given.retired_devices


def _to_members(revocations: RevocationList) -> dict[str, Any]:
    epoch, void = revocations.epoch, revocations.void_before
    return {
        "iss": revocations.issuer,
        "sub": revocations.customer_id,
        "aud": AUDIENCE,
        "jti": revocations.list_id,
        "iat": int(revocations.issued_at.timestamp()),
        "epoch": {"incarnation": epoch.incarnation, "number": epoch.number},
        "trustEpoch": revocations.trust.epoch,
        "retiredKids": sorted(revocations.trust.retired),
        "retiredDevices": sorted(revocations.retired_devices),
        **({"voidBefore": int(void.timestamp())} if void is not None else {}),
    }


def _from_members(members: Mapping[str, Any]) -> RevocationList:
    claim = ClaimReader(members)
    if claim.text("aud") != AUDIENCE:
        raise TokenInvalid(TokenFault.AUDIENCE_WRONG, "this is no revocation list")
    epoch = claim.object("epoch")
    return RevocationList(
        issuer=claim.text("iss"),
        customer_id=claim.text("sub"),
        list_id=claim.text("jti"),
        issued_at=claim.seconds("iat"),
        epoch=Epoch(epoch.text("incarnation"), epoch.whole("number")),
        trust=Trust(claim.whole("trustEpoch"), frozenset(claim.texts("retiredKids"))),
        void_before=claim.seconds("voidBefore") if "voidBefore" in claim else None,
        retired_devices=frozenset(claim.texts("retiredDevices")),
    )
