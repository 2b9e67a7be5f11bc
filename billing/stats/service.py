"""Counts of the caller's tenant, or of the whole cloud for the vendor."""

from dataclasses import dataclass
from datetime import datetime

from billing.fleet.service import ONLINE_FOR
from billing.stats import store
from billing.stats.store import Counts
from billing.unit import Unit, VendorUnit


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts at `counted_at`: aware, UTC."""

    counts: Counts
    counted_at: datetime


class StatsService:
    """Counts what the unit sees."""

    async def stats(self, unit: Unit | VendorUnit) -> Stats:
        """The counts now."""
        return Stats(await store.count(unit.conn, unit.now - ONLINE_FOR), unit.now)
