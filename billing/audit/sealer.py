"""Links audit rows to their tenant's chain: any replica may, one at a time does."""

import asyncio
import math
from collections.abc import Coroutine
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter

from billing.audit import store
from billing.audit.entry import Detail, TallyCount, fact
from mesh.clock import Clock
from mesh.database import Database, retry_serialization
from mesh.errors import MeshError
from mesh.faults import Faults
from mesh.ids import uuid7_batch
from mesh.telemetry import Metrics
from rights.audit_chain import AuditRow, seal_rows

INTERVAL = timedelta(milliseconds=250)
_CHAINS = 1_000
_ROWS = 500
_TALLIES = 500
_COMPLAIN_EVERY_S = 60.0
_MINUTE_ENDS_AFTER = timedelta(seconds=65)


class Sealer:
    """The lease is the row lock of the chain's end, so a sealer that dies gives it back.

    Rows, their seals and the chain's end change in one transaction: a crash leaves nothing half
    done, and the next sealer goes on from the end.
    """

    def __init__(self, db: Database, clock: Clock, metrics: Metrics, faults: Faults) -> None:
        """Works as the worker role; `faults` are the points `audit.*` between its steps."""
        self._db = db
        self._clock = clock
        self._faults = faults
        self._silent_until = -math.inf
        self._log = structlog.get_logger()
        self._sealed = Counter(
            "brinkbyte_audit_rows_sealed",
            "Audit rows linked to their chain.",
            registry=metrics.registry,
        )
        self._failures = Counter(
            "brinkbyte_audit_seal_failures",
            "Passes over the audit log that failed; rows wait unsealed meanwhile.",
            registry=metrics.registry,
        )

    async def run(self) -> None:
        """Seals at each interval, until cancelled. Failures are retried."""
        while True:
            await self._attempt(self.close_minutes())
            await self._attempt(self.seal_once())
            await asyncio.sleep(INTERVAL.total_seconds())

    async def seal_once(self) -> int:
        """Seals what is there now; returns the number of rows. One chain that cannot be sealed
        does not hold up the others. Raises Unavailable."""
        async with self._db.worker() as conn:
            waiting = await store.unsealed_chains(conn, _CHAINS)
        total = 0
        for tenant_id in waiting:
            total += await self._attempt(self._seal_chain(tenant_id))
        return total

    async def close_minutes(self) -> int:
        """Moves the counts of minutes that are over to the log; returns how many.

        Raises Unavailable.
        """
        return await retry_serialization(self._close_batch)

    async def _seal_chain(self, tenant_id: UUID) -> int:
        total = 0
        while sealed := await self._seal_batch(tenant_id):
            total += sealed
            self._sealed.inc(sealed)
            if sealed < _ROWS:
                break
        return total

    async def _seal_batch(self, tenant_id: UUID) -> int:
        async with self._db.worker() as conn:
            end = await store.lease(conn, tenant_id)
            self._faults.hit("audit.after_lease")
            if end is None:
                return 0
            rows = await store.unsealed(conn, tenant_id, _ROWS)
            if not rows:
                return 0
            await store.seal(conn, tenant_id, rows, seal_rows(rows, end, self._clock.now()))
            self._faults.hit("audit.before_commit")
        self._faults.hit("audit.after_commit")
        return len(rows)

    async def _close_batch(self) -> int:
        now = self._clock.now()
        async with self._db.worker() as conn:
            counts = await store.take_tallies(conn, now - _MINUTE_ENDS_AFTER, _TALLIES)
            self._faults.hit("audit.after_tallies_taken")
            if counts:
                ids = uuid7_batch(self._clock, len(counts))
                await store.add(conn, [_row(*each) for each in zip(counts, ids, strict=True)])
        return len(counts)

    async def _attempt(self, work: Coroutine[None, None, int]) -> int:
        try:
            return await work
        except Exception as error:
            self._failures.inc()
            self._complain(error)
            return 0

    def _complain(self, error: Exception) -> None:
        """Once a minute: a chain that somebody broke fails at every pass."""
        now = self._clock.monotonic()
        if now < self._silent_until:
            return
        self._silent_until = now + _COMPLAIN_EVERY_S
        if isinstance(error, MeshError):
            self._log.warning("audit_not_sealed", reason=error.reason)
        else:
            self._log.error("audit_not_sealed", exc_info=error)


def _row(count: TallyCount, entry_id: UUID) -> AuditRow:
    """The row of a minute; its moment is the minute's beginning."""
    tally = count.tally
    details: dict[str, Detail] = {"count": count.count}
    if tally.reason:
        details["reason"] = tally.reason
    told = fact(tally.tenant_id, tally.action, tally.resource, details)
    return told.row(entry_id, count.minute, count.first)
