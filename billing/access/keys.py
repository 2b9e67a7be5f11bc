"""API keys and session tokens: 256 random bits, of which the server keeps only the SHA-256."""

import base64
import binascii
import hashlib
import secrets
from uuid import UUID

PREFIX_LENGTH = 12
_KEY, _SESSION = "bbk_", "bbs_"
_SESSION_BYTES = 16 + 32


def new_key() -> str:
    """A fresh API key. Its first PREFIX_LENGTH characters may be shown: 208 random bits stay."""
    return _KEY + secrets.token_urlsafe(32)


def new_session_token(tenant_id: UUID) -> str:
    """A fresh session token: the tenant's id, which says only where to look, and 256 bits."""
    raw = tenant_id.bytes + secrets.token_bytes(32)
    return _SESSION + base64.urlsafe_b64encode(raw).decode()


def tenant_of_session(token: str) -> UUID | None:
    """The tenant that a session token names; None for what cannot be one."""
    try:
        raw = base64.b64decode(token.removeprefix(_SESSION), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return UUID(bytes=raw[:16]) if is_session(token) and len(raw) == _SESSION_BYTES else None


def is_session(credential: str) -> bool:
    """Whether a bearer credential is a session token rather than a key."""
    return credential.startswith(_SESSION)


def hash_of(key: str) -> bytes:
    """What is stored of a key or token. It has full entropy, so that no salt is needed."""
    return hashlib.sha256(key.encode()).digest()
