"""A report of an instance."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class InstanceReport:
    """How many devices an instance knew, and how many were active; `reported_at` is aware, UTC."""

    tenant_id: UUID
    instance_id: str
    active_devices: int
    total_devices: int
    reported_at: datetime
