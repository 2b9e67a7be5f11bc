"""The hash chain of a device's usage journal.

Each link is SHA-256 over the previous link and the event's payload, so equal
links prove equal histories: a clone or a restored disk shows as another hash at
the same sequence number. The previous link is always 32 bytes, which keeps the
concatenation unambiguous.
"""

from collections.abc import Iterable
from hashlib import sha256

GENESIS = bytes(32)
"""The link before a journal's first event."""


def link(previous: bytes, payload: bytes) -> bytes:
    """The 32-byte link of an event.

    Raises ValueError when ``previous`` is not 32 bytes.
    """
    _check(previous)
    return sha256(previous + payload).digest()


def chain(previous: bytes, payloads: Iterable[bytes]) -> list[bytes]:
    """The link of each payload in order, starting after ``previous``.

    Raises ValueError when ``previous`` is not 32 bytes.
    """
    _check(previous)
    links: list[bytes] = []
    for payload in payloads:
        previous = sha256(previous + payload).digest()
        links.append(previous)
    return links


def head(previous: bytes, payloads: Iterable[bytes]) -> bytes:
    """The last link of the chain; ``previous`` itself when there is no payload.

    Raises ValueError when ``previous`` is not 32 bytes.
    """
    _check(previous)
    for payload in payloads:
        previous = sha256(previous + payload).digest()
    return previous


def _check(previous: bytes) -> None:
    if len(previous) != len(GENESIS):
        raise ValueError(f"a link is {len(GENESIS)} bytes, not {len(previous)}")
