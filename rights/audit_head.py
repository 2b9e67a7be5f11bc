"""The signed head of an audit chain: kept elsewhere, it shows that a chain was cut or rewritten."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rights.audit_chain import VENDOR_CHAIN, Position
from rights.claim_reader import ClaimReader
from rights.errors import TokenFault, TokenInvalid
from rights.ids import parse_tenant, render_tenant
from rights.jws import open_sealed, seal
from rights.keys import KeySet, SigningKey

TYPE = "brinkbyte-audit-head+jwt"
VENDOR = "vendor"

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class AuditHead:
    """Where the chain of `tenant_id` ended at `signed_at`: aware, UTC, whole seconds."""

    issuer: str
    tenant_id: UUID
    position: Position
    signed_at: datetime


def sign_head(head: AuditHead, key: SigningKey) -> str:
    """The head as a JWS (RFC 7515, RS256)."""
    chain = VENDOR if head.tenant_id == VENDOR_CHAIN else render_tenant(head.tenant_id)
    members = {
        "iss": head.issuer,
        "sub": chain,
        "iat": int(head.signed_at.timestamp()),
        "seq": head.position.seq,
        "hash": head.position.hash.hex(),
    }
    return seal(members, key, TYPE)


def read_head(token: str, keys: KeySet, *, issuer: str, tenant_id: UUID) -> AuditHead:
    """The genuine head of this tenant's chain. Raises TokenInvalid."""
    claim = ClaimReader(open_sealed(token, keys, TYPE).members)
    if claim.text("iss") != issuer:
        raise TokenInvalid(TokenFault.ISSUER_WRONG, "the head is from another issuer")
    subject = claim.text("sub")
    found = VENDOR_CHAIN if subject == VENDOR else parse_tenant(subject)
    if found != tenant_id:
        raise TokenInvalid(TokenFault.AUDIENCE_WRONG, "the head is of another chain")
    digest = claim.text("hash")
    if not _SHA256.fullmatch(digest):
        raise TokenInvalid(TokenFault.CLAIM_INVALID, "hash is not 64 hex digits")
    position = Position(claim.whole("seq"), bytes.fromhex(digest))
    return AuditHead(issuer, tenant_id, position, claim.seconds("iat"))
