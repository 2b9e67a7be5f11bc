"""POSIX shared memory for frames: one region, divided into slots that are used again."""

import contextlib
import hashlib
import mmap
import os
import secrets
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where POSIX shared memory lies


def region_prefix(node: str, model: str) -> str:
    """What the names of a node's regions for a model begin with."""
    digest = hashlib.sha256(f"{node}\0{model}".encode()).hexdigest()[:16]
    return f"brinkbyte-edge-{digest}-"


class FrameRegion:
    """Memory that another process on this machine can map by `key`."""

    def __init__(self, prefix: str, slots: int, slot_bytes: int) -> None:
        """Makes a region of `slots` times `slot_bytes`; its name is new each time.

        Raises OSError when there is no shared memory, or not enough of it.
        """
        self.name = prefix + secrets.token_hex(8)
        self.key = f"/{self.name}"
        self.slot_bytes = slot_bytes
        self.byte_size = slots * slot_bytes
        self._path = SHARED_MEMORY / self.name
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.posix_fallocate(handle, 0, self.byte_size)
            self._map = mmap.mmap(handle, self.byte_size)
            self._bytes = np.frombuffer(self._map, np.uint8)
        except OSError:
            self._path.unlink()
            raise
        finally:
            os.close(handle)

    def write(self, slot: int, image: NDArray[np.uint8]) -> None:
        """Copies a picture of exactly `slot_bytes` into the slot."""
        start = slot * self.slot_bytes
        self._bytes[start : start + self.slot_bytes] = image.reshape(-1)

    def close(self) -> None:
        """Gives the memory back; who mapped it keeps its view until it lets go."""
        self._path.unlink(missing_ok=True)
        self._bytes = np.empty(0, np.uint8)
        self._map.close()


def remove_leftovers(prefix: str) -> int:
    """Removes the regions that a killed process left; how many there were."""
    found = 0
    for path in SHARED_MEMORY.glob(f"{prefix}*"):
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            found += 1
    return found
