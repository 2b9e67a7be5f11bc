"""A lease, and whose it is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rights.leases import Lease


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """A lease, whose it is, and the account that it counts against."""

    lease_id: UUID
    device_id: UUID
    journal_id: UUID
    metric: str
    period_start: datetime
    lease: Lease
