"""Rules of the vendor's own API keys: one without an end always works."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from billing.access.keys import PREFIX_LENGTH, hash_of, new_key
from billing.api_keys.service import NewKey
from billing.audit.actions import Action
from billing.paging import Page, PageRequest, Position, page_of
from billing.unit import VendorUnit
from billing.vendor_keys import store
from billing.vendor_keys.store import VendorKeyRow
from mesh.clock import Clock
from mesh.database import Connection
from mesh.errors import FailedPrecondition, NotFound
from mesh.ids import uuid7
from rights.scopes import Role

MIN_LENGTH = 32
"""Characters of a key made elsewhere, at least; so many of each are never shown."""


class VendorKeysService:
    """Makes, shows, rotates and revokes the vendor's keys."""

    def __init__(self, clock: Clock) -> None:
        """`clock` dates ids."""
        self._clock = clock

    async def create(
        self, unit: VendorUnit, display_name: str, expires_in: timedelta | None
    ) -> NewKey:
        """A key of 256 random bits; it never ends without `expires_in`."""
        expires_at = unit.now + expires_in if expires_in else None
        made = await self._add(unit, display_name, expires_at)
        unit.audit(Action.API_KEY_CREATED, f"api_key/{made.key_id}", role=Role.VENDOR_ADMIN.value)
        return made

    async def register(
        self, conn: Connection, api_key: str, display_name: str, now: datetime
    ) -> UUID | None:
        """The id of a key of MIN_LENGTH characters or more that was made elsewhere; None when it
        is registered already, be it revoked or not. It does not expire."""
        new = self._row(display_name, now, None)
        return new.key_id if await _register(conn, api_key, new) else None

    async def page(self, unit: VendorUnit, request: PageRequest) -> Page[VendorKeyRow]:
        """The vendor's keys, oldest first, those that have ended too."""
        rows = await store.page(unit.conn, request)
        return page_of(request, rows, lambda row: Position(row.created_at, str(row.key_id)))

    async def rotate(
        self, unit: VendorUnit, key_id: UUID, overlap: timedelta
    ) -> tuple[NewKey, datetime]:
        """The key that takes another's place, and when the old one ends: after `overlap`, or
        earlier where it would have expired.

        Raises NotFound, FailedPrecondition for a key that has ended or was rotated before.
        """
        old = _find(await store.lock(unit.conn), key_id)
        if not _works(old, unit.now) or old.replaced_by is not None:
            raise _conflict(
                key_id,
                "the key has ended or was rotated before; rotate the one that took its place",
            )
        expires_at, ends_at = None, unit.now + overlap
        if old.expires_at is not None:
            expires_at = unit.now + (old.expires_at - old.created_at)
            ends_at = min(ends_at, old.expires_at)
        made = await self._add(unit, old.display_name, expires_at)
        await store.replace(unit.conn, key_id, made.key_id, ends_at)
        unit.audit(
            Action.API_KEY_ROTATED,
            f"api_key/{key_id}",
            replaced_by=str(made.key_id),
            overlap_seconds=int(overlap.total_seconds()),
        )
        return made, ends_at

    async def revoke(self, unit: VendorUnit, key_id: UUID) -> datetime:
        """When the key ended; it stops working within a second. Again changes nothing.

        Raises NotFound, FailedPrecondition for the last key that works and does not expire.
        """
        keys = await store.lock(unit.conn)
        key = _find(keys, key_id)
        if key.revoked_at is not None:
            return key.revoked_at
        if _lasting(keys) == [key]:
            raise _conflict(
                key_id,
                "it is the vendor's last key that works and does not expire, without which nobody "
                "could make another; create one first",
            )
        await store.revoke(unit.conn, key_id, unit.now)
        unit.audit(Action.API_KEY_REVOKED, f"api_key/{key_id}")
        return unit.now

    async def _add(
        self, unit: VendorUnit, display_name: str, expires_at: datetime | None
    ) -> NewKey:
        api_key, new = new_key(), self._row(display_name, unit.now, expires_at)
        await _register(unit.conn, api_key, new)
        return NewKey(new.key_id, api_key)

    def _row(self, display_name: str, now: datetime, expires_at: datetime | None) -> VendorKeyRow:
        return VendorKeyRow(
            key_id=uuid7(self._clock),
            key_prefix="",
            display_name=display_name,
            created_at=now,
            last_used_at=None,
            expires_at=expires_at,
            revoked_at=None,
            replaced_by=None,
        )


async def _register(conn: Connection, api_key: str, row: VendorKeyRow) -> bool:
    shown = replace(row, key_prefix=api_key[: min(PREFIX_LENGTH, len(api_key) - MIN_LENGTH)])
    return await store.add(conn, shown, hash_of(api_key))


def _find(keys: Iterable[VendorKeyRow], key_id: UUID) -> VendorKeyRow:
    for key in keys:
        if key.key_id == key_id:
            return key
    raise NotFound("api_key", str(key_id))


def _works(key: VendorKeyRow, now: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or now < key.expires_at)


def _lasting(keys: Iterable[VendorKeyRow]) -> list[VendorKeyRow]:
    return [key for key in keys if key.revoked_at is None and key.expires_at is None]


def _conflict(key_id: UUID, why: str) -> FailedPrecondition:
    return FailedPrecondition("STATE_CONFLICT", f"api_key/{key_id}", why)
