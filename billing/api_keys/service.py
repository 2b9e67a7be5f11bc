"""Rules of a tenant's API keys."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from billing.access.keys import PREFIX_LENGTH, hash_of, new_key
from billing.api_keys import store
from billing.api_keys.store import KeyRow
from billing.audit.actions import Action
from billing.devices.service import DevicesService
from billing.paging import Page, PageRequest, Position, page_of
from billing.unit import Unit
from mesh.clock import Clock
from mesh.errors import FailedPrecondition, InvalidArgument, NotFound
from mesh.ids import uuid7
from rights.scopes import Role


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as its holder sees it once."""

    key_id: UUID
    api_key: str


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What key to make: `device_id` for a device's alone; it never ends without `expires_in`."""

    role: Role
    display_name: str
    device_id: UUID | None
    expires_in: timedelta | None


class ApiKeysService:
    """Makes, shows, rotates and revokes the keys of the unit's tenant."""

    def __init__(self, devices: DevicesService, clock: Clock) -> None:
        """`devices` knows whom a device key may stand for; `clock` dates ids."""
        self._devices = devices
        self._clock = clock

    async def create(self, unit: Unit, request: KeyRequest) -> NewKey:
        """A key of 256 random bits.

        Raises InvalidArgument naming `device_id`, NotFound for a device that is not in service.
        """
        if (request.role is Role.DEVICE) != (request.device_id is not None):
            raise InvalidArgument.field("device_id", "goes with the role device, and only with it")
        if request.device_id is not None:
            device = await self._devices.require(unit, request.device_id)
            if device.retired_at is not None:
                raise NotFound("device", str(request.device_id))
        expires_at = unit.now + request.expires_in if request.expires_in else None
        row = KeyRow(
            uuid7(self._clock),
            "",
            request.role.value,
            request.display_name,
            request.device_id,
            unit.now,
            None,
            expires_at,
            None,
            None,
        )
        made = await self._add(unit, row)
        unit.audit(Action.API_KEY_CREATED, f"api_key/{made.key_id}", role=row.role)
        return made

    async def page(self, unit: Unit, request: PageRequest) -> Page[KeyRow]:
        """The tenant's keys, oldest first, those that have ended too."""
        rows = await store.page(unit.conn, unit.tenant_id, request)
        return page_of(request, rows, lambda row: Position(row.created_at, str(row.key_id)))

    async def rotate(self, unit: Unit, key_id: UUID, overlap: timedelta) -> tuple[NewKey, datetime]:
        """The key that takes another's place, and when the old one ends: after `overlap`, or
        earlier where it would have expired.

        Raises NotFound, FailedPrecondition for a key that has ended or was rotated before.
        """
        old = await store.lock(unit.conn, unit.tenant_id, key_id)
        if old is None:
            raise NotFound("api_key", str(key_id))
        ended = old.revoked_at is not None or (
            old.expires_at is not None and old.expires_at <= unit.now
        )
        if ended or old.replaced_by is not None:
            raise FailedPrecondition(
                "STATE_CONFLICT",
                f"api_key/{key_id}",
                "the key has ended or was rotated before; rotate the one that took its place",
            )
        life = old.expires_at - old.created_at if old.expires_at else None
        successor = replace(
            old,
            key_id=uuid7(self._clock),
            created_at=unit.now,
            expires_at=unit.now + life if life else None,
        )
        made = await self._add(unit, successor)
        after = unit.now + overlap
        ends_at = min(after, old.expires_at) if old.expires_at else after
        await store.replace(unit.conn, unit.tenant_id, key_id, made.key_id, ends_at)
        unit.audit(
            Action.API_KEY_ROTATED,
            f"api_key/{key_id}",
            replaced_by=str(made.key_id),
            overlap_seconds=int(overlap.total_seconds()),
        )
        return made, ends_at

    async def revoke(self, unit: Unit, key_id: UUID) -> datetime:
        """When the key ended; it stops working within a second. Raises NotFound."""
        revoked = await store.revoke(unit.conn, unit.tenant_id, key_id, unit.now)
        if revoked is None:
            raise NotFound("api_key", str(key_id))
        if revoked == unit.now:
            unit.audit(Action.API_KEY_REVOKED, f"api_key/{key_id}")
        return revoked

    async def _add(self, unit: Unit, row: KeyRow) -> NewKey:
        api_key = new_key()
        shown = replace(row, key_prefix=api_key[:PREFIX_LENGTH])
        await store.add(unit.conn, unit.tenant_id, shown, hash_of(api_key))
        return NewKey(row.key_id, api_key)
