"""Refusals by policy, counted per minute: a flood of them makes few rows."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from billing.audit import store
from billing.audit.actions import Action
from billing.audit.entry import Actor, Refusal, RefusalCount
from mesh.clock import Clock
from mesh.database import Database, retry_serialization
from mesh.errors import MeshError

MAX_RESOURCES = 100
"""Things named one by one per tenant, action, reason and minute; further ones count as `kind/*`."""

_FLUSH_EVERY_S = 1.0

Group = tuple[UUID, Action, str]


class RefusalLog:
    """Counts in memory and adds to the database each second.

    The first refusal of its kind in a minute is kept before its caller is answered; a process
    that is killed loses at most a second of repetitions.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        """Writes as the worker role."""
        self._db = db
        self._clock = clock
        self._log = structlog.get_logger()
        self._minute: datetime | None = None
        self._named: dict[Group, set[str]] = {}
        self._waiting: dict[tuple[Refusal, datetime], RefusalCount] = {}

    async def note(self, refusals: Sequence[Refusal], actor: Actor) -> None:
        """Counts what a call was refused. Never fails: what cannot be written now waits."""
        minute = self._clock.now().replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute = minute
            self._named.clear()
        first = False
        for each in refusals:
            refusal, is_new = self._named_or_rest(each)
            first = first or is_new
            self._add(RefusalCount(refusal, minute, 1, actor))
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
                await store.count_refusals(conn, counts)

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
            self._log.warning("refusals_not_written", reason=error.reason)
        except Exception:
            self._log.exception("refusals_not_written")

    def _named_or_rest(self, refusal: Refusal) -> tuple[Refusal, bool]:
        """The refusal under the name that it counts under, and whether that is new."""
        group = (refusal.tenant_id, refusal.action, refusal.reason)
        named = self._named.setdefault(group, set())
        name = refusal.resource
        if name not in named and len(named) >= MAX_RESOURCES:
            name = f"{name.partition('/')[0]}/*"
        is_new = name not in named
        named.add(name)
        return replace(refusal, resource=name), is_new

    def _add(self, count: RefusalCount) -> None:
        key = (count.refusal, count.minute)
        known = self._waiting.get(key)
        self._waiting[key] = replace(known, count=known.count + count.count) if known else count
