"""What a comparison finds: sums by step, and steps that do not agree."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID


class Step(Enum):
    """A place that usage passes, in order."""

    INFERENCE = "inference"
    JOURNAL = "journal"
    LEDGER = "ledger"
    AGGREGATE = "aggregate"
    INVOICE = "invoice"
    STRIPE = "stripe"


@dataclass(frozen=True, slots=True)
class StepSum:
    """The use of a metric as a step has it; `device_id` is None for steps of the cloud, `events`
    0 where the step knows none."""

    step: Step
    metric: str
    quantity: Decimal
    events: int = 0
    device_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """Two neighbouring steps that do not agree: `came_from` has `expected`, `went_to` `found`.

    `window_start` is aware, UTC, None where it is all time. `healed`: mended, or being mended.
    """

    came_from: Step
    went_to: Step
    metric: str
    expected: Decimal
    found: Decimal
    message: str
    window_start: datetime | None = None
    device_id: UUID | None = None
    invoice_id: str = ""
    healed: bool = False


@dataclass(slots=True)
class Findings:
    """All of one tenant; `notes` say what could not be compared, and why."""

    sums: list[StepSum] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Findings") -> None:
        """Appends what another comparison found."""
        self.sums += other.sums
        self.drifts += other.drifts
        self.notes += other.notes


@dataclass(frozen=True, slots=True)
class NodeCount:
    """What a node said that it counted: by metric what its journal holds up to `last_seq`.

    Quantities count 0.00001. Frames are None before Triton said anything; `inferred` is by its
    statistics, `counted` the node's own of the same time, `restarts` how often the statistics
    began anew.
    """

    journal_id: UUID
    last_seq: int
    acked_seq: int
    journalled: dict[str, int]
    inferred: int | None = None
    counted: int | None = None
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class HourPair:
    """A metric's hour (aware, UTC) of one revision as the events add up, and as it is summed."""

    metric: str
    hour: datetime
    revision: int
    ledger: Decimal
    ledger_events: int
    summed: Decimal
    summed_events: int

    @property
    def agrees(self) -> bool:
        """Whether both are the same."""
        return (self.ledger, self.ledger_events) == (self.summed, self.summed_events)


def totals(step: Step, amounts: Sequence[tuple[str, Decimal, int]]) -> list[StepSum]:
    """One sum a metric, by name."""
    by_metric: dict[str, tuple[Decimal, int]] = {}
    for metric, quantity, events in amounts:
        before = by_metric.get(metric, (Decimal(0), 0))
        by_metric[metric] = (before[0] + quantity, before[1] + events)
    return [StepSum(step, metric, *by_metric[metric]) for metric in sorted(by_metric)]
