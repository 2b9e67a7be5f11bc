"""What a camera still does in its offline grace: a ladder from a warning down to the stop.

A plan says after which share of the grace each step is taken. Steps add up: one that drops
packs keeps the frames thinned out. The end of the grace is the stop, whatever the ladder says.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class GraceStep(StrEnum):
    """Names of brinkbyte.common.v1.GraceStep in lower case; the later one is the harder one."""

    WARN = "warn"
    FEWER_FRAMES = "fewer_frames"
    DROP_PACKS = "drop_packs"
    STOP = "stop"


STEPS = (GraceStep.WARN, GraceStep.FEWER_FRAMES, GraceStep.DROP_PACKS)
"""The steps that a plan places, in the only order in which it may place them."""

NO_GRACE = timedelta(0)
MAX_STRIDE = 1000


@dataclass(frozen=True, slots=True)
class GraceRung:
    """One step from `after_percent` of the grace on. `frame_stride` is 1 except where frames
    are thinned out: then every so many frames one is looked at."""

    step: GraceStep
    after_percent: int
    frame_stride: int = 1


@dataclass(frozen=True, slots=True)
class GraceState:
    """Where in its grace a camera stands, and until when (aware)."""

    step: GraceStep | None
    frame_stride: int
    base_only: bool
    until: datetime


@dataclass(frozen=True, slots=True)
class Grace:
    """How long a camera goes on offline after its licence ended, and with how much."""

    length: timedelta = NO_GRACE
    ladder: tuple[GraceRung, ...] = ()

    def state(self, ended: datetime, now: datetime) -> GraceState:
        """Where a licence that `ended` (aware) stands at `now`, which is not before that."""
        step: GraceStep | None = None
        stride, until = 1, ended + self.length
        if now >= until:
            return GraceState(GraceStep.STOP, 1, base_only=True, until=until)
        for rung in self.ladder:
            begins = self.begin(rung, ended)
            if now < begins:
                until = begins
                break
            step = rung.step
            stride = max(stride, rung.frame_stride)
        return GraceState(step, stride, base_only=step is GraceStep.DROP_PACKS, until=until)

    def begin(self, rung: GraceRung, ended: datetime) -> datetime:
        """When a rung begins for a licence that `ended` (aware)."""
        return ended + self.length * rung.after_percent / 100
