"""A question about what was used, and its answer."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from billing.paging import PageRequest


class Window(Enum):
    """Width of a window, in UTC; PERIOD is a billing period of the metered subscription."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class UsagePoint:
    """The use of a metric in the window that begins at `window_start` (aware, UTC).

    `largest` is the largest quantity of one event. `unique` counts distinct resources, None
    unless asked for.
    """

    event_type: str
    unit: str
    window_start: datetime
    quantity: Decimal
    events: int
    largest: Decimal
    unique: int | None = None


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """Which sums are asked for: windows from `start` up to, but without, `end`.

    None means the start of the running month (period, for minutes hour) and the end of the running
    hour (minute). A time within an hour (minute) stands for its start. An empty `event_type` means
    all.
    """

    event_type: str
    start: datetime | None
    end: datetime | None
    window: Window
    page: PageRequest
    unique: bool = False
