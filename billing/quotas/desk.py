"""Where operations of a tenant wait: those that come together share a transaction."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from prometheus_client import Counter

from billing.quotas.operations import Operation, Outcome
from billing.quotas.service import QuotasService
from billing.unit import Units
from mesh.errors import QuotaExhausted
from mesh.telemetry import Metrics

_AT_ONCE = 1000


@dataclass(slots=True)
class _Visit:
    """One call's operations, and who waits for what becomes of them."""

    operations: Sequence[Operation]
    done: asyncio.Future[list[Outcome]]


class QuotaDesk:
    """One transaction at a time for each tenant here; the next one takes all who wait by then.

    So a hot tenant's calls share its locks and statements, and no call waits for a lock while it
    holds a connection.
    """

    def __init__(self, units: Units, quotas: QuotasService, metrics: Metrics) -> None:
        """`units` open the transactions, `quotas` has the rules."""
        self._units = units
        self._quotas = quotas
        self._lines: dict[UUID, deque[_Visit]] = {}
        self._serving: set[asyncio.Task[None]] = set()
        self._refusals = Counter(
            "brinkbyte_quota_refusals",
            "Reservations refused for their quota.",
            ["metric"],
            registry=metrics.registry,
        )

    async def apply(self, tenant_id: UUID, operations: Sequence[Operation]) -> list[Outcome]:
        """Does operations in their order; see QuotasService.apply. Raises MeshError when nothing
        of them was done."""
        visit = _Visit(operations, asyncio.get_running_loop().create_future())
        line = self._lines.get(tenant_id)
        if line is not None:
            line.append(visit)
        else:
            self._lines[tenant_id] = deque([visit])
            task = asyncio.create_task(self._serve(tenant_id))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        outcomes = await visit.done
        for each in outcomes:
            if isinstance(each.error, QuotaExhausted):
                self.refused(each.error.subject)
        return outcomes

    def refused(self, metric: str) -> None:
        """Counts one use of a metric that was refused for its quota."""
        self._refusals.labels(metric).inc()

    async def _serve(self, tenant_id: UUID) -> None:
        line = self._lines[tenant_id]
        while visits := _next(line):
            try:
                async with self._units.batch(tenant_id) as unit:
                    asked = [each for visit in visits for each in visit.operations]
                    outcomes = await self._quotas.apply(unit, asked)
            except Exception as error:
                _fail(visits, error)
            else:
                _tell(visits, outcomes)
        del self._lines[tenant_id]


def _next(line: deque[_Visit]) -> list[_Visit]:
    """Those who wait and were not given up, up to a number of operations."""
    visits: list[_Visit] = []
    count = 0
    while line and (not visits or count + len(line[0].operations) <= _AT_ONCE):
        visit = line.popleft()
        if not visit.done.done():
            visits.append(visit)
            count += len(visit.operations)
    return visits


def _tell(visits: Sequence[_Visit], outcomes: Sequence[Outcome]) -> None:
    at = 0
    for visit in visits:
        told = list(outcomes[at : at + len(visit.operations)])
        at += len(visit.operations)
        if not visit.done.done():
            visit.done.set_result(told)


def _fail(visits: Sequence[_Visit], error: Exception) -> None:
    for visit in visits:
        if not visit.done.done():
            visit.done.set_exception(error)
