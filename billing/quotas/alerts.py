"""Thresholds of quotas, as told."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class AlertRow:
    """A threshold that was crossed. Moments are aware, UTC."""

    metric: str
    percent: int
    used: Decimal
    included: Decimal
    period_start: datetime
    raised_at: datetime
