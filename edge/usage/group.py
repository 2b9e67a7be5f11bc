"""What one transaction will write, and who waits for it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from edge.telemetry.store import TelemetryRow
from edge.usage.counts import Counts
from edge.usage.journal import Growth
from edge.usage.uses import Taken, Use


@dataclass(slots=True)
class Group:
    """Counts, telemetry and single uses that are committed together.

    It is in doubt from its COMMIT until the answer to that, or a look, says what became of it.
    `size` counts what was handed over, `room` the bytes of what waits.
    """

    counts: Counts = field(default_factory=dict)
    telemetry: list[TelemetryRow] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    waiting: list["asyncio.Future[None]"] = field(default_factory=list)
    tracking: list["asyncio.Future[Taken]"] = field(default_factory=list)
    size: int = 0
    room: int = 0
    in_doubt: bool = False
    taken: list[Taken] = field(default_factory=list)
    growth: Growth = field(default_factory=Growth)

    def written(self) -> None:
        """Tells everybody who waits what became of it."""
        for waiting in self.waiting:
            if not waiting.done():
                waiting.set_result(None)
        for tracking, taken in zip(self.tracking, self.taken, strict=True):
            if not tracking.done():
                tracking.set_result(taken)

    def failed(self, error: BaseException) -> None:
        """Tells everybody who waits that nothing of it counts."""
        waiting: list[asyncio.Future[Any]] = [*self.waiting, *self.tracking]
        for future in waiting:
            if not future.done():
                future.set_exception(error)
