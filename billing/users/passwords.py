"""Passwords: Argon2id (RFC 9106) in PHC strings; OWASP's parameters of 19 MiB and 2 passes."""

import asyncio
import base64
import os

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from mesh.errors import InvalidArgument

_MIN, _MAX = 12, 128
_AT_ONCE = 2
_MEMORY_KIB = 19 * 1024
_PASSES = 2
_LANES = 1
_SALT_BYTES, _TAG_BYTES = 16, 32


class Passwords:
    """Hashes and verifies in threads, a few at a time, so that calls beside them go on."""

    def __init__(self) -> None:
        """Makes up the hash that stands in for users who are not there; no password has it."""
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._nobody = _phc(os.urandom(_SALT_BYTES), os.urandom(_TAG_BYTES))

    def check(self, password: str, email: str) -> None:
        """The rules of NIST SP 800-63B, 5.1.1.2: length, and nothing that is guessed first.

        Raises InvalidArgument naming `password`.
        """
        if not _MIN <= len(password) <= _MAX:
            raise InvalidArgument.field("password", f"has {_MIN} to {_MAX} characters")
        lowered = password.lower()
        if len(set(lowered)) < 3 or lowered in {email, email.partition("@")[0]}:
            raise InvalidArgument.field("password", "is among those guessed first; choose another")

    async def hash(self, password: str) -> str:
        """A PHC string with a random salt."""
        async with self._slots:
            return await asyncio.to_thread(_derive, password)

    async def verify(self, password: str, phc: str | None) -> bool:
        """Whether `phc` is of this password; None is nobody's and takes the same time."""
        async with self._slots:
            holds = await asyncio.to_thread(_holds, password, phc or self._nobody)
        return holds and phc is not None


def _derive(password: str) -> str:
    kdf = Argon2id(
        salt=os.urandom(_SALT_BYTES),
        length=_TAG_BYTES,
        iterations=_PASSES,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    )
    return kdf.derive_phc_encoded(password.encode())


def _phc(salt: bytes, tag: bytes) -> str:
    """The string that `_derive` would write of this outcome."""
    parts = (base64.b64encode(part).decode().rstrip("=") for part in (salt, tag))
    cost = f"m={_MEMORY_KIB},t={_PASSES},p={_LANES}"
    return f"$argon2id$v=19${cost}${'$'.join(parts)}"


def _holds(password: str, phc: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(password.encode(), phc)
    except InvalidKey:
        return False
    return True
