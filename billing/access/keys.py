"""API keys: 256 random bits, of which the server keeps only the SHA-256."""

import hashlib
import secrets


def new_key() -> str:
    """A fresh API key."""
    return f"bbk_{secrets.token_urlsafe(32)}"


def hash_of(key: str) -> bytes:
    """What is stored of a key or token. It has full entropy, so that no salt is needed."""
    return hashlib.sha256(key.encode()).digest()
