"""Passwords: Argon2id (RFC 9106) in PHC strings; OWASP's parameters of 19 MiB and 2 passes."""

import asyncio
import os

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from mesh.errors import InvalidArgument

_MIN, _MAX = 12, 128
_AT_ONCE = 2
_MEMORY_KIB = 19 * 1024
_PASSES = 2


class Passwords:
    """Hashes and verifies in threads, a few at a time, so that calls beside them go on."""

    def __init__(self) -> None:
        """Makes the hash that stands in for users who are not there."""
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._nobody = _derive(os.urandom(16).hex())

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
        salt=os.urandom(16), length=32, iterations=_PASSES, lanes=1, memory_cost=_MEMORY_KIB
    )
    return kdf.derive_phc_encoded(password.encode())


def _holds(password: str, phc: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(password.encode(), phc)
    except InvalidKey:
        return False
    return True
