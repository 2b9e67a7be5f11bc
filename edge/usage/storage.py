"""Storage in GB-days, measured from what the node itself keeps.

A GB is 10**9 bytes. Sizes are taken once an hour and held against the time that the node really
ran: an hour in which it was off, or that a clock jumped over, is not invented, and an hour that a
clock repeats is not counted again.
"""

import asyncio
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from edge.usage import store
from edge.usage.meter import Meter
from edge.usage.store import StorageAccount
from edge.usage.uses import Entry, Use, entry_of
from mesh.clock import Clock
from mesh.database import Connection, Database, Role
from mesh.faults import Faults
from mesh.ids import uuid7

STORAGE_GB_DAY = "storage_gb_day"
BYTE_MICROSECONDS = 10**9 * 86_400 * 10**6 // 10**5
"""Bytes held for microseconds that make 0.00001 GB-days."""

_MEASURE_S = 3600.0
_KEEP_S = 60.0


@dataclass(frozen=True, slots=True)
class _Step:
    mark: UUID
    at: float


class StorageMeter:
    """Holds sizes against time, and makes one event for each store and hour."""

    def __init__(
        self,
        database: Database,
        meter: Meter,
        directories: Sequence[Path],
        clock: Clock,
        faults: Faults,
    ) -> None:
        """`directories` hold media. `clock` is the forward clock. Fault point:
        edge.storage.before_commit."""
        self._database = database
        self._meter = meter
        self._directories = tuple(directories)
        self._clock = clock
        self._faults = faults
        self._sizes: dict[str, int] = {}
        self._measured_at: float | None = None
        self._since: float | None = None
        self._tried: _Step | None = None

    async def tick(self) -> None:
        """Counts the time since the last call once a minute, and at each new hour. Raises
        MeshError; the time is then counted at the next call."""
        now = self._clock.monotonic()
        if self._since is None:
            self._since = now
            await self._measure(now)
        elif now - self._since >= _KEEP_S:
            await self._meter.journal_with(self._count)
            assert self._tried is not None
            self._since, self._tried = self._tried.at, None
            if self._measured_at is None or now - self._measured_at >= _MEASURE_S:
                await self._measure(now)

    async def _count(self, conn: Connection) -> list[Entry]:
        account = await store.read_storage(conn)
        if self._tried is not None and account.mark == self._tried.mark:
            self._since = self._tried.at  # its commit had arrived
        self._tried = step = _Step(uuid7(self._clock), self._clock.monotonic())
        assert self._since is not None
        elapsed_us = round((step.at - self._since) * 1_000_000)
        for name, size in self._sizes.items():
            account.held[name] = account.held.get(name, 0) + size * elapsed_us
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
        entries = _events(account) if account.hour not in (None, hour) else []
        account.hour, account.mark = hour, step.mark
        await store.write_storage(conn, account)
        self._faults.hit("edge.storage.before_commit")
        return entries

    async def _measure(self, now: float) -> None:
        async with self._database.transaction(Role.APP) as conn:
            database = await store.database_size(conn)
        self._sizes = {"database": database}
        if self._directories:
            self._sizes["media"] = await asyncio.to_thread(_size, self._directories)
        self._measured_at = now


def _events(account: StorageAccount) -> list[Entry]:
    """The hour's events; what is less than 0.00001 GB-days stays in the account."""
    assert account.hour is not None
    entries = []
    for name in sorted(account.held):
        quantity_e5, account.held[name] = divmod(account.held[name], BYTE_MICROSECONDS)
        if quantity_e5:
            entries.append(entry_of(Use(STORAGE_GB_DAY, name, quantity_e5, account.hour)))
    return entries


def _size(directories: Sequence[Path]) -> int:
    """Bytes of the regular files below, each counted once; what vanishes meanwhile is left out."""
    seen: dict[tuple[int, int], int] = {}
    for directory in directories:
        for folder, _, names in os.walk(directory):
            for name in names:
                try:
                    found = os.lstat(os.path.join(folder, name))  # noqa: PTH118 - many files
                except OSError:
                    continue
                if stat.S_ISREG(found.st_mode):
                    seen[found.st_dev, found.st_ino] = found.st_size
    return sum(seen.values())
