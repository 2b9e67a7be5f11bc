"""Reads a tenant's book."""

from collections.abc import Sequence

from billing.catalog.live import Catalogs
from billing.licenses import store
from billing.licenses.book import Asked, Book
from billing.licenses.cameras import store as cameras
from billing.licenses.store import RightsRow
from billing.unit import Unit
from mesh.errors import NotFound


class BookReader:
    """The one place where what a decision needs is read."""

    def __init__(self, catalogs: Catalogs) -> None:
        """`catalogs` hold the terms of the plans."""
        self._catalogs = catalogs

    async def read(self, unit: Unit, asked: Sequence[Asked]) -> Book:
        """What the tenant holds, and those of the cameras that hold a slot. Raises NotFound."""
        conn, tenant_id = unit.conn, unit.tenant_id
        row = await self.row(unit)
        held = await cameras.cameras(conn, tenant_id, [each.camera_id for each in asked])
        given = {each.fingerprint for each in asked if each.fingerprint is not None}
        known_as = await cameras.known_as(conn, tenant_id, given) if given else {}
        beyond = await self.beyond(unit, row) if held else frozenset()
        plan = self._catalogs.live.plan("vision", row.license.license_mode)
        return Book(row, plan, held, beyond, known_as)

    async def row(self, unit: Unit) -> RightsRow:
        """What the tenant holds. Raises NotFound."""
        row = await store.rights(unit.conn, unit.tenant_id)
        if row is None:
            raise NotFound("license", str(unit.tenant_id))
        return row

    async def beyond(self, unit: Unit, row: RightsRow) -> frozenset[str]:
        """Cameras whose slot went when the licence became smaller: the newest ones."""
        allowed = row.license.cameras_allowed
        if row.cameras_used <= allowed:
            return frozenset()
        return await cameras.beyond(unit.conn, unit.tenant_id, allowed)
