"""What a period began with beside its plan."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from billing.quotas import store
from billing.unit import Unit


async def carried(unit: Unit, period_start: datetime) -> Mapping[str, Decimal]:
    """What quotas whose period begins at `period_start` (aware) took over from the one before, by
    metric; those that took nothing are left out."""
    return await store.carried(unit.conn, unit.tenant_id, period_start)
