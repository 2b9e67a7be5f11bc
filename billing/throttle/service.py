"""Rules of how often somebody may try to sign in."""

import hashlib
from datetime import datetime, timedelta

from billing.throttle import store
from mesh.database import Connection

_WINDOW = timedelta(minutes=15)
_PER_USER = 10
_PER_ADDRESS = 100


class Throttle:
    """Ten attempts on one user and a hundred failures from one address in fifteen minutes.

    An attempt is counted before its password is looked at, and on every replica together. A user
    who does not exist is counted like any other.
    """

    async def blocked(
        self, conn: Connection, user: str, address: str, now: datetime
    ) -> timedelta | None:
        """Counts an attempt; how long to wait when it is one too many, else None.

        In the order of the hashes, so that two calls cannot deadlock.
        """
        limits = {_digest("user", user): _PER_USER, _digest("address", address): _PER_ADDRESS}
        wait: timedelta | None = None
        for digest in sorted(limits):
            attempts, ends_at = await store.count(conn, digest, now, now + _WINDOW)
            if attempts > limits[digest]:
                wait = max(wait or timedelta(0), ends_at - now)
        await store.sweep(conn, now)
        return wait

    async def succeeded(self, conn: Connection, user: str, address: str) -> None:
        """A user who signed in has all attempts again, the address the one that was right.

        In the order of the hashes, as `blocked`.
        """
        changes = {
            _digest("user", user): store.forget,
            _digest("address", address): store.give_back,
        }
        for digest in sorted(changes):
            await changes[digest](conn, digest)


def _digest(kind: str, subject: str) -> bytes:
    return hashlib.sha256(f"{kind}\0{subject}".encode()).digest()
