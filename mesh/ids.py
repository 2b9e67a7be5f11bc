"""UUID version 7 (RFC 9562, section 5.7): ids that sort by the time they were made."""

import os
from uuid import UUID

from mesh.clock import Clock

_RANDOM_BITS = 74
_RANDOM_BYTES = 10
_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62
_LOW_62 = (1 << 62) - 1


def uuid7(clock: Clock) -> UUID:
    """One UUIDv7 with the clock's millisecond; ids of one millisecond are unordered."""
    return _assemble(_millis(clock), int.from_bytes(os.urandom(_RANDOM_BYTES)))


def uuid7_batch(clock: Clock, count: int) -> list[UUID]:
    """`count` distinct UUIDv7 of one millisecond, in ascending order."""
    millis = _millis(clock)
    randoms: set[int] = set()
    while len(randoms) < count:
        missing = count - len(randoms)
        noise = os.urandom(missing * _RANDOM_BYTES)
        randoms.update(
            int.from_bytes(noise[at : at + _RANDOM_BYTES]) >> (8 * _RANDOM_BYTES - _RANDOM_BITS)
            for at in range(0, len(noise), _RANDOM_BYTES)
        )
    return [_assemble(millis, random) for random in sorted(randoms)]


def _millis(clock: Clock) -> int:
    return int(clock.now().timestamp() * 1000) & 0xFFFF_FFFF_FFFF


def _assemble(millis: int, random: int) -> UUID:
    high = (random >> 62) & 0xFFF
    return UUID(int=millis << 80 | _VERSION | high << 64 | _VARIANT | random & _LOW_62)
