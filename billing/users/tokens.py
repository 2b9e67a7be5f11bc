"""Invitation tokens: the tenant's id, which says only where to look, and 256 random bits."""

import base64
import binascii
import secrets
from uuid import UUID

from mesh.errors import Unauthenticated

_BYTES = 16 + 32


def new_invitation_token(tenant_id: UUID) -> str:
    """A fresh token of the tenant."""
    return base64.urlsafe_b64encode(tenant_id.bytes + secrets.token_bytes(32)).decode()


def tenant_of_invitation(token: str) -> UUID:
    """The tenant that a token names. Raises Unauthenticated for what is no token."""
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _BYTES:
        raise invitation_invalid()
    return UUID(bytes=raw[:16])


def invitation_invalid() -> Unauthenticated:
    """One answer for every token that opens nothing."""
    return Unauthenticated(
        "INVITATION_INVALID", "the invitation is unknown, used, withdrawn or expired"
    )
