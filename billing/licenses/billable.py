"""What a licence is charged for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from billing.licenses.book import status_of
from billing.licenses.cameras import store as cameras
from billing.licenses.reader import BookReader
from billing.licenses.store import RightsRow
from billing.unit import Unit
from rights.licenses import LicenseMode, LicenseStatus


@dataclass(frozen=True, slots=True)
class BillableItems:
    """Cameras with a slot, cameras per pack sold per camera, and the packs of the whole tenant;
    until the licence ends (aware, UTC), if it does."""

    cameras: int
    camera_packs: Mapping[str, int]
    tenant_packs: tuple[str, ...]
    until: datetime | None


class Billables:
    """Counts what is charged by the piece."""

    def __init__(self, books: BookReader) -> None:
        """Plain constructor."""
        self._books = books

    async def in_force(self, unit: Unit) -> BillableItems | None:
        """What the licence in force is charged for: the cameras that may run. None in a trial,
        while it is suspended and after its end. Raises NotFound without a licence."""
        row = await self._books.row(unit)
        paid = row.license.license_mode == LicenseMode.BASE
        if not paid or status_of(row.license, unit.now) is not LicenseStatus.ACTIVE:
            return None
        return await self.items(unit, row)

    async def items(self, unit: Unit, row: RightsRow) -> BillableItems:
        """What a licence like this is charged for when it is paid."""
        license_ = row.license
        packs = await cameras.count_packs(unit.conn, unit.tenant_id, license_.cameras_allowed)
        used = min(row.cameras_used, license_.cameras_allowed)
        return BillableItems(used, packs, license_.growth_packs, license_.valid_until)
