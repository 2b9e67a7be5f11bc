"""What Triton's own statistics say was inferred, beside what the node counted meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from edge.inference.errors import ModelUnusable, TritonUnavailable
from mesh.clock import Clock


class Statistics(Protocol):
    """Who knows how much was inferred."""

    async def inference_count(self) -> int:
        """Frames inferred since Triton started. Raises TritonUnavailable, ModelUnusable."""
        ...


@dataclass(frozen=True, slots=True)
class Inferences:
    """Frames since `since` (aware). `counted` was read just before `inferred`.

    Each of `restarts` of Triton's statistics may have hidden frames from `inferred`.
    """

    since: datetime
    inferred: int
    counted: int
    restarts: int


class InferenceTally:
    """Adds Triton's count up over its restarts, from the first answer on."""

    def __init__(self, statistics: Statistics, clock: Clock) -> None:
        """Nothing is asked before `compare`."""
        self._statistics = statistics
        self._clock = clock
        self._seen = 0
        self._counted_at_first = 0
        self._last: Inferences | None = None

    async def compare(self, counted: int) -> Inferences | None:
        """Both counts, `counted` being all that the node ever counted, read just now.

        The former answer while Triton is away, None before the first.
        """
        try:
            count = await self._statistics.inference_count()
        except (TritonUnavailable, ModelUnusable):
            return self._last
        last = self._last
        if last is None:
            self._counted_at_first = counted
            self._last = Inferences(self._clock.now(), 0, 0, 0)
        else:
            anew = count < self._seen
            self._last = Inferences(
                last.since,
                last.inferred + (count if anew else count - self._seen),
                counted - self._counted_at_first,
                last.restarts + anew,
            )
        self._seen = count
        return self._last
