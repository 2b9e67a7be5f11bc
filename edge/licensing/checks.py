"""How often a licence was answered from memory: the node's hit rate."""

from typing import Protocol


class Counter(Protocol):
    """What Prometheus counts with."""

    def inc(self, amount: float = 1) -> None:
        """Adds."""
        ...


class Checks:
    """Counts without a lock, in the event loop; `publish` passes the counts on."""

    __slots__ = ("_published", "hits", "misses")

    def __init__(self) -> None:
        """A miss found nothing in memory, or an answer that the cloud should have refreshed."""
        self.hits = 0
        self.misses = 0
        self._published = (0, 0)

    def publish(self, hits: Counter, misses: Counter) -> None:
        """Adds what was counted since the last call."""
        before, self._published = self._published, (self.hits, self.misses)
        hits.inc(self.hits - before[0])
        misses.inc(self.misses - before[1])
