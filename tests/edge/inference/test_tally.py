"""Triton's count beside the node's own, over Triton's restarts and absences."""

from datetime import UTC, datetime

from edge.inference.errors import TritonUnavailable
from edge.inference.tally import Inferences, InferenceTally
from mesh.clock import ManualClock

NOON = datetime(2026, 5, 15, 12, tzinfo=UTC)


class Statistics:
    """A Triton that says a number, or is away."""

    def __init__(self) -> None:
        self.count: int | None = None

    async def inference_count(self) -> int:
        if self.count is None:
            raise TritonUnavailable("127.0.0.1:8001", "scene_detector", "is away")
        return self.count


async def test_a_restart_of_triton_goes_on_where_it_was() -> None:
    triton = Statistics()
    tally = InferenceTally(triton, ManualClock(NOON))
    assert await tally.compare(5) is None
    triton.count = 100
    assert await tally.compare(7) == Inferences(NOON, 0, 0, 0)
    triton.count = 130
    assert await tally.compare(36) == Inferences(NOON, 30, 29, 0)
    triton.count = None
    assert await tally.compare(40) == Inferences(NOON, 30, 29, 0)
    triton.count = 12
    assert await tally.compare(48) == Inferences(NOON, 42, 41, 1)
