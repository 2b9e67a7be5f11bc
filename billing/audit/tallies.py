"""What repeats, refusals above all, counted per minute: a flood of it makes few rows."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from billing.audit import store
from billing.audit.entry import Actor, Tally, TallyCount
from mesh.clock import Clock
from mesh.database import Database, retry_serialization
from mesh.errors import MeshError

MAX_RESOURCES = 100
"""Things named one by one per tenant, action, reason and minute; further ones count as `kind/*`."""

_FLUSH_EVERY_S = 1.0

Group = tuple[UUID, str, str]


class TallyLog:
    """Counts in memory and adds to the database each second.

    The first of its kind in a minute is kept before its caller is answered; a process
    that is killed loses at most a second of repetitions.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        """Writes as the worker role."""
        self._db = db
        self._clock = clock
        self._log = structlog.get_logger()
        self._minute: datetime | None = None
        self._named: dict[Group, set[str]] = {}
        self._waiting: dict[tuple[Tally, datetime], TallyCount] = {}

    async def note(self, tallies: Sequence[Tally], actor: Actor) -> None:
        """Counts what a call told. Never fails: what cannot be written now waits."""
        minute = self._clock.now().replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute = minute
            self._named.clear()
        first = False
        for each in tallies:
            tally, is_new = self._named_or_rest(each)
            first = first or is_new
            self._add(TallyCount(tally, minute, 1, actor))
        if first:
            await self._try_flush()

    async def run(self) -> None:
        """Flushes each second, until cancelled."""
        while True:
            await asyncio.sleep(_FLUSH_EVERY_S)
            await self._try_flush()

    async def close(self) -> None:
        """Writes what waits, if that is possible."""
        await self._try_flush()

    async def flush(self) -> None:
        """Adds what waits to the database. Raises Unavailable, and then it still waits."""
        counts, self._waiting = list(self._waiting.values()), {}
        if not counts:
            return

        async def write() -> None:
            async with self._db.worker() as conn:
                await store.add_tallies(conn, counts)

        try:
            await retry_serialization(write)
        except BaseException:
            for each in counts:
                self._add(each)
            raise

    async def _try_flush(self) -> None:
        try:
            await self.flush()
        except MeshError as error:
            self._log.warning("tallies_not_written", reason=error.reason)
        except Exception:
            self._log.exception("tallies_not_written")

    def _named_or_rest(self, tally: Tally) -> tuple[Tally, bool]:
        """The tally under the name that it counts under, and whether that is new."""
        group = (tally.tenant_id, tally.action, tally.reason)
        named = self._named.setdefault(group, set())
        name = tally.resource
        if name not in named and len(named) >= MAX_RESOURCES:
            name = f"{name.partition('/')[0]}/*"
        is_new = name not in named
        named.add(name)
        return replace(tally, resource=name), is_new

    def _add(self, count: TallyCount) -> None:
        key = (count.tally, count.minute)
        known = self._waiting.get(key)
        self._waiting[key] = replace(known, count=known.count + count.count) if known else count
