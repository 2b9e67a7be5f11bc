"""What a late payment leads to: a ladder from a reminder down to the end, by days. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class DunningStage(StrEnum):
    """Names of brinkbyte.subscription.v1.DunningStage in lower case; the later the harder."""

    PAST_DUE = "past_due"
    GRACE = "grace"
    SUSPENDED = "suspended"
    CANCELED = "canceled"


STAGES = tuple(DunningStage)


@dataclass(frozen=True, slots=True)
class Ladder:
    """How long each stage but the last one lasts; a stage without time is skipped."""

    past_due: timedelta
    grace: timedelta
    suspended: timedelta

    def stage(self, due_since: datetime, now: datetime) -> DunningStage:
        """Where a payment stands at ``now`` that was due at ``due_since``, which is not later; both
        aware."""
        reached = DunningStage.PAST_DUE
        for stage, begin in self._begins(due_since):
            if begin <= now:
                reached = stage
        return reached

    def next_at(self, due_since: datetime, now: datetime) -> datetime | None:
        """When the stage after the one at ``now`` begins; None after the last."""
        return min((at for _, at in self._begins(due_since) if at > now), default=None)

    def begin(self, stage: DunningStage, due_since: datetime) -> datetime:
        """When a stage begins of what was due at ``due_since`` (aware)."""
        return dict(self._begins(due_since)).get(stage, due_since)

    def _begins(self, due_since: datetime) -> tuple[tuple[DunningStage, datetime], ...]:
        grace = due_since + self.past_due
        suspended = grace + self.grace
        return (
            (DunningStage.GRACE, grace),
            (DunningStage.SUSPENDED, suspended),
            (DunningStage.CANCELED, suspended + self.suspended),
        )
