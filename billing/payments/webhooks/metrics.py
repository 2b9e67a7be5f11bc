"""What is counted of webhooks."""

from prometheus_client import Counter, Histogram

from mesh.telemetry import Metrics

_DELAYS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600, 86_400)


class WebhookMetrics:
    """Outcomes: received, duplicate and refused at the door; done, ignored, retried and dead
    afterwards."""

    def __init__(self, metrics: Metrics) -> None:
        """Registers both collectors."""
        self._outcomes = Counter(
            "brinkbyte_webhooks",
            "Events of Stripe's, by what came of them.",
            ["outcome"],
            registry=metrics.registry,
        )
        self._delay = Histogram(
            "brinkbyte_webhook_delay_seconds",
            "Seconds from the making of an event at Stripe until it was done with here.",
            buckets=_DELAYS,
            registry=metrics.registry,
        )

    def count(self, outcome: str, events: int = 1) -> None:
        """Counts events of one outcome."""
        self._outcomes.labels(outcome).inc(events)

    def delayed(self, seconds: float) -> None:
        """Notes how late an event was done with."""
        self._delay.observe(max(seconds, 0))
