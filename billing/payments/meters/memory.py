"""How far the database can be trusted to know what the payment provider was told."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Memory:
    """`generation` counts how often the database was found to be another than before: restored,
    failed over, or only started anew. The last time was `since`, aware, UTC."""

    generation: int
    since: datetime

    def settled(self, now: datetime, after: timedelta) -> bool:
        """Whether the provider's sums show by now all that it was told before `since`: it adds up
        with a delay."""
        return now - self.since >= after

    def doubts(self, period_start: datetime, compared: int) -> bool:
        """Whether something of a period may have been told that the database does not know, seen
        from the generation in which it was `compared` with the provider last."""
        return compared < 0 or (compared < self.generation and period_start < self.since)
