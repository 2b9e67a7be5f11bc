"""Counts and logs the changes of a tenant's rights, and tells what came after an epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from billing.holdings.service import HoldingsService
from billing.licenses.changes import store
from billing.licenses.changes.store import ChangeRow
from billing.licenses.store import epoch as read_epoch
from billing.topics import CATALOG_TOPIC, rights_topic
from billing.unit import Unit, VendorUnit
from mesh.errors import NotFound
from rights.claims import Epoch

KEPT = 1000
_TIDY_EVERY = 64
_AT_ONCE = 500


class ChangeKind(StrEnum):
    """What changed: names of brinkbyte.license.v1.LicenseChangeKind without their prefix."""

    ISSUED = "ISSUED"
    SUSPENDED = "SUSPENDED"
    RESUMED = "RESUMED"
    REVOKED = "REVOKED"
    RENEWED = "RENEWED"
    UPGRADED = "UPGRADED"
    CAMERAS_ADDED = "CAMERAS_ADDED"
    CAMERA_ASSIGNED = "CAMERA_ASSIGNED"
    CAMERA_MOVED = "CAMERA_MOVED"
    CAMERA_RELEASED = "CAMERA_RELEASED"
    FINGERPRINT_RESET = "FINGERPRINT_RESET"
    CATALOG_CHANGED = "CATALOG_CHANGED"
    OVERRIDE_CHANGED = "OVERRIDE_CHANGED"
    PLAN_CHANGED = "PLAN_CHANGED"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything up to this epoch is to be read anew."""

    epoch: Epoch


@dataclass(frozen=True, slots=True)
class Change:
    """One change and the epoch that it made."""

    epoch: Epoch
    row: ChangeRow


Told = Snapshot | Change


class RightsChanges:
    """The tenant's epoch: how it rises, and what each rise was.

    Every change of what a tenant holds is recorded here, so this is where its holdings are noted;
    devices alone are noted where they come and go, for they raise no epoch.
    """

    def __init__(self, holdings: HoldingsService) -> None:
        """Plain constructor."""
        self._holdings = holdings

    async def epoch(self, unit: Unit) -> Epoch:
        """The tenant's epoch. Raises NotFound."""
        found = await read_epoch(unit.conn, unit.tenant_id)
        if found is None:
            raise NotFound("tenant", str(unit.tenant_id))
        return found

    async def record(self, unit: Unit, kind: ChangeKind, camera_ids: Sequence[str] = ()) -> Epoch:
        """Raises the epoch and tells everyone who follows the tenant once this is committed.

        The last KEPT changes of a tenant, or a few more, stay known.
        """
        raised = await store.add(
            unit.conn, unit.tenant_id, kind.value, sorted(camera_ids), unit.now
        )
        if raised.number % _TIDY_EVERY == 0:
            await store.forget(unit.conn, unit.tenant_id, raised.number - KEPT)
        await self._holdings.note(unit)
        unit.wake(rights_topic(unit.tenant_id))
        return raised

    async def record_for_all(self, unit: VendorUnit, kind: ChangeKind) -> int:
        """As `record`, for every tenant at once and everyone who follows one. Returns how many."""
        raised = await store.add_for_all(unit.conn, kind.value, unit.now)
        unit.wake(CATALOG_TOPIC)
        return raised

    async def since(self, unit: Unit, seen: Epoch | None) -> list[Told]:
        """What somebody has to be told who has seen an epoch: nothing, the next changes, or a
        snapshot marker when they are not all known. Ask again with the last one told."""
        current = await self.epoch(unit)
        if seen is None or seen.incarnation != current.incarnation or seen.number > current.number:
            return [Snapshot(current)]
        rows = await store.after(unit.conn, unit.tenant_id, seen.number, _AT_ONCE)
        gapless = [row.epoch for row in rows] == list(
            range(seen.number + 1, seen.number + 1 + len(rows))
        )
        if not gapless or (not rows and current.number > seen.number):
            return [Snapshot(current)]
        return [Change(Epoch(current.incarnation, row.epoch), row) for row in rows]
