"""Offline bundles: all that one device needs to run without ever reaching the cloud, signed.

A bundle is one RS256 token of a type of its own. It carries the device's licence token, which
says what may run, and what verifies it later: the public keys, the epoch, the revocation list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rights.claim_reader import ClaimReader
from rights.claims import Epoch
from rights.errors import KeyRefused, TokenFault, TokenInvalid
from rights.jws import open_sealed, seal
from rights.keys import KeySet, SigningKey

TYPE = "brinkbyte-offline-bundle+jwt"
AUDIENCE = "brinkbyte-offline-bundle"


@dataclass(frozen=True, slots=True)
class OfflineBundle:
    """What a device is given as a file.

    `key_thumbprint` is the RFC 7638 thumbprint of the device's key. `revocation_list` is a
    signed list, `leases` are signed quota leases; either may be empty.
    """

    issuer: str
    bundle_id: str
    customer_id: str
    device_id: str
    key_thumbprint: str
    issued_at: datetime
    device_token: str
    keys: KeySet
    epoch: Epoch
    revocation_list: str = ""
    leases: tuple[str, ...] = ()


def seal_bundle(bundle: OfflineBundle, key: SigningKey) -> str:
    """The bundle as a file's text. Raises TokenInvalid (TOO_LARGE)."""
    return seal(
        {
            "iss": bundle.issuer,
            "sub": bundle.device_id,
            "aud": AUDIENCE,
            "jti": bundle.bundle_id,
            "iat": int(bundle.issued_at.timestamp()),
            "customerId": bundle.customer_id,
            "cnf": {"jkt": bundle.key_thumbprint},
            "epoch": {"incarnation": bundle.epoch.incarnation, "number": bundle.epoch.number},
            "deviceToken": bundle.device_token,
            "jwks": bundle.keys.jwks(),
            "revocationList": bundle.revocation_list,
            "leases": list(bundle.leases),
        },
        key,
        TYPE,
    )


def open_bundle(text: str, keys: KeySet, *, issuer: str, device_thumbprint: str) -> OfflineBundle:
    """A genuine bundle for the device whose key has this thumbprint.

    Its licence token has still to be verified. Raises TokenInvalid.
    """
    members = open_sealed(text.strip(), keys, TYPE).members
    claim = ClaimReader(members)
    if claim.text("iss") != issuer:
        raise TokenInvalid(TokenFault.ISSUER_WRONG, "the bundle is from another issuer")
    if claim.text("aud") != AUDIENCE:
        raise TokenInvalid(TokenFault.AUDIENCE_WRONG, "the bundle is for another audience")
    if claim.object("cnf").text("jkt") != device_thumbprint:
        raise TokenInvalid(TokenFault.DEVICE_WRONG, "the bundle is for another device")
    epoch = claim.object("epoch")
    return OfflineBundle(
        issuer=issuer,
        bundle_id=claim.text("jti"),
        customer_id=claim.text("customerId"),
        device_id=claim.text("sub"),
        key_thumbprint=device_thumbprint,
        issued_at=claim.seconds("iat"),
        device_token=claim.text("deviceToken"),
        keys=_keys(members),
        epoch=Epoch(epoch.text("incarnation"), epoch.whole("number")),
        revocation_list=claim.text("revocationList", empty=True),
        leases=claim.texts("leases"),
    )


def _keys(members: Mapping[str, Any]) -> KeySet:
    jwks = members.get("jwks")
    try:
        return KeySet.from_jwks(jwks if isinstance(jwks, dict) else {})
    except KeyRefused as error:
        raise TokenInvalid(TokenFault.CLAIM_INVALID, f"the claim jwks: {error}") from None
