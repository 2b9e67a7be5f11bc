"""A tenant's billing account."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BillingAccount:
    """Use before `closed_before` (a full hour, aware, UTC; None: nothing is closed) is closed.

    `closes` counts the closes so far. Late use bears it as its revision.
    """

    closed_before: datetime | None
    closes: int
