"""How far the cloud is behind, and how much of the disk usage takes: known each second."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.usage import positions
from edge.usage.budget import Budget
from edge.usage.positions import Position
from mesh.clock import Clock
from mesh.database import Database, Role

HEALTH = "brinkbyte.edge.usage_sync"
"""The name under which gRPC health tells whether usage reaches the cloud in time."""

BEHIND = timedelta(minutes=5)
_AT_ONCE = 5_000
_NONE = timedelta()


class Line(Protocol):
    """Whether the cloud is there."""

    connected: bool


class UsageWatch:
    """Reads the journal's position, keeps the budget true, and makes room in it."""

    def __init__(self, database: Database, budget: Budget, line: Line, clock: Clock) -> None:
        """`clock` is the one by which events are journalled. `line` says whether the cloud is
        there."""
        self._database = database
        self.budget = budget
        self._line = line
        self._clock = clock
        self._log = structlog.get_logger()
        self._told = (False, False)
        self._told_health: Callable[[bool], None] = _nobody
        self.position: Position | None = None

    @property
    def lag(self) -> timedelta:
        """For how long the oldest event without an ack has waited; zero when there is none."""
        position = self.position
        if position is None or position.waiting_since is None:
            return _NONE
        return max(_NONE, self._clock.now() - position.waiting_since)

    @property
    def behind(self) -> bool:
        """Whether the cloud is there and yet more than five minutes behind."""
        return self._line.connected and self.lag > BEHIND

    def tell(self, in_time: Callable[[bool], None]) -> None:
        """Calls `in_time` at each look, with False while the cloud is behind."""
        self._told_health = in_time

    async def look(self) -> None:
        """Reads where everything stands, and lets acked events go early where it is tight.

        Raises MeshError.
        """
        await self._read()
        while self.budget.tight and await self._make_room():
            await self._read()
        self._tell()

    async def _read(self) -> None:
        async with self._database.transaction(Role.APP) as conn:
            self.position = position = await positions.read_position(conn)
        self.budget.held_bytes = position.held_bytes
        self.budget.pending = position.pending

    async def _make_room(self) -> int:
        assert self.position is not None
        async with self._database.transaction(Role.APP) as conn:
            gone = await positions.forget_acked(conn, self.position.last_seq + 1, _AT_ONCE)
        if gone:
            self._log.warning("acked_usage_dropped_early", events=gone)
        return gone

    def _tell(self) -> None:
        """Logs each change once."""
        now = (self.budget.full, self.behind)
        self._told_health(not self.behind)
        if now == self._told:
            return
        (was_full, was_behind), self._told = self._told, now
        full, behind = now
        if full != was_full:
            log = self._log.error if full else self._log.info
            log("usage_budget_spent" if full else "usage_budget_free", **self._facts())
        if behind != was_behind:
            log = self._log.error if behind else self._log.info
            log("usage_sync_behind" if behind else "usage_sync_caught_up", **self._facts())

    def _facts(self) -> dict[str, float]:
        budget = self.budget
        return {
            "held_bytes": budget.held_bytes,
            "max_bytes": budget.max_bytes,
            "pending_events": budget.pending,
            "lag_s": self.lag.total_seconds(),
        }


def _nobody(_: bool) -> None:
    """Nobody wants to know yet."""


class _Gauges(Collector):
    def __init__(self, watch: UsageWatch) -> None:
        self._watch = watch

    def collect(self) -> Iterator[Metric]:
        watch, budget = self._watch, self._watch.budget
        for name, what, value in (
            ("lag_seconds", "Wait of the oldest event without an ack.", watch.lag.total_seconds()),
            ("pending_events", "Events without an ack.", budget.pending),
            ("held_bytes", "What usage takes of its part of the disk.", budget.held_bytes),
            ("max_bytes", "What usage may take of the disk.", budget.max_bytes),
            ("behind", "1 while the cloud is there and over five minutes behind.", watch.behind),
        ):
            yield GaugeMetricFamily(f"brinkbyte_edge_usage_{name}", what, value)
        position = watch.position
        yield CounterMetricFamily(
            "brinkbyte_edge_usage_duplicates",
            "Events sent again that the cloud had.",
            position.duplicates if position is not None else 0,
        )
        yield CounterMetricFamily(
            "brinkbyte_edge_usage_refused", "Uses refused for want of room.", budget.refused
        )


def export_usage(watch: UsageWatch, registry: CollectorRegistry) -> None:
    """Exports how usage stands from now on."""
    registry.register(_Gauges(watch))
