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


def chain_name(tenant_id: UUID) -> str:
    """What a chain is called: ``cust_…``, or ``vendor`` for the vendor's own."""
    return VENDOR if tenant_id == VENDOR_CHAIN else render_tenant(tenant_id)


def parse_chain(name: str) -> UUID | None:
    """The tenant of a chain by its name or UUID; None for another word."""
    return VENDOR_CHAIN if name == VENDOR else parse_tenant(name)


def sign_head(head: AuditHead, key: SigningKey) -> str:
    """The head as a JWS (RFC 7515, RS256)."""
    members = {
        "iss": head.issuer,
        "sub": chain_name(head.tenant_id),
        "iat": int(head.signed_at.timestamp()),
        "seq": head.position.seq,
        "hash": head.position.hash.hex(),
    }
    return seal(members, key, TYPE)


def read_head(token: str, keys: KeySet) -> AuditHead:
    """The head that one of the keys signed; whose chain and issuer it is, the caller compares.

    Raises TokenInvalid.
    """
    claim = ClaimReader(open_sealed(token, keys, TYPE).members)
    tenant_id, digest = parse_chain(claim.text("sub")), claim.text("hash")
    if tenant_id is None:
        raise TokenInvalid(TokenFault.CLAIM_INVALID, "sub names no chain")
    if not _SHA256.fullmatch(digest):
        raise TokenInvalid(TokenFault.CLAIM_INVALID, "hash is not 64 hex digits")
    position = Position(claim.whole("seq"), bytes.fromhex(digest))
    return AuditHead(claim.text("iss"), tenant_id, position, claim.seconds("iat"))
