"""What the demo found, and whether it counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from deploy.demo.sums import FRAMES, Journal, Sums
from deploy.detector.evaluate import Score

LEAST_FRAMES = 500
LEAST_DUPLICATES = 1
LEAST_REFUSALS = 2


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was asked for and not allowed."""

    camera_id: str
    what: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Result:
    """All that is printed. Sums are by metric."""

    seconds: float
    detections: int
    score: Score
    refusals: tuple[Refusal, ...]
    journal: Journal
    triton: Decimal
    edge: Sums
    cloud: Sums
    ledger: Sums
    aggregates: Sums
    preview: Sums
    subtotal: str
    faults: tuple[str, ...] = field(default=())

    @property
    def frames(self) -> Decimal:
        """Frames on the node's account."""
        return self.edge.get(FRAMES, Decimal(0))

    def differences(self) -> list[str]:
        """Every sum that is not what the node and the cloud counted, in words."""
        found = []
        if self.triton != self.frames:
            found.append(f"Triton inferred {self.triton} frames, the node counted {self.frames}")
        for name, sums in (
            ("ledger", self.ledger),
            ("aggregates", self.aggregates),
            ("preview", self.preview),
        ):
            for metric in sorted(self.edge.keys() | self.cloud.keys() | sums.keys()):
                here, there = self.edge.get(metric, Decimal(0)), sums.get(metric, Decimal(0))
                calls = self.cloud.get(metric, Decimal(0))
                if here + calls != there:
                    counted = f"the node counted {here}" + (f", the cloud {calls}" if calls else "")
                    found.append(f"{metric}: {counted}, the {name} has {there}")
        if self.journal.acked != self.journal.events:
            found.append(f"{self.journal.events - self.journal.acked} events were never acked")
        return found

    def void(self) -> list[str]:
        """Why too little happened for the comparison to mean anything."""
        found = []
        if self.frames < LEAST_FRAMES:
            found.append(f"only {self.frames} frames, {LEAST_FRAMES} are needed")
        if self.journal.duplicates < LEAST_DUPLICATES:
            found.append("no event was sent twice")
        if len({refusal.reason for refusal in self.refusals}) < LEAST_REFUSALS:
            found.append(f"fewer than {LEAST_REFUSALS} distinct refusals")
        return found
