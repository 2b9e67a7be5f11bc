"""How much usage comes in, and what becomes of it."""

from prometheus_client import Counter

from mesh.telemetry import Metrics


class UsageMetrics:
    """One counter of events by outcome.

    Outcomes: accepted, duplicate, conflict, rejected, uncounted (recorded, does not count),
    held (of a forked journal).
    """

    def __init__(self, metrics: Metrics) -> None:
        """Registers the counter with the metrics' registry."""
        events = Counter(
            "brinkbyte_usage_events",
            "Usage events received, by what became of them.",
            ["outcome"],
            registry=metrics.registry,
        )
        names = ("accepted", "duplicate", "conflict", "rejected", "uncounted", "held")
        self._by_outcome = {name: events.labels(name) for name in names}

    def count(self, outcome: str, events: int = 1) -> None:
        """Adds events that a transaction has committed."""
        self._by_outcome[outcome].inc(events)
