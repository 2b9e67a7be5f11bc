"""SQL of the vendor's own API keys, which the vendor role alone may touch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.paging import PageRequest
from mesh.database import Connection


@dataclass(frozen=True, slots=True)
class VendorKeyRow:
    """A key as it may be shown; moments are aware, UTC."""

    key_id: UUID
    key_prefix: str
    display_name: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    replaced_by: UUID | None


_COLUMNS = (
    "key_id, key_prefix, display_name, created_at, last_used_at, expires_at, revoked_at, "
    "replaced_by"
)


async def add(conn: Connection, key: VendorKeyRow, key_sha256: bytes) -> bool:
    """Registers a key by its hash; False when it is registered already."""
    added = await conn.fetchval(
        """
        insert into vendor_api_keys
            (key_id, role, key_sha256, key_prefix, display_name, created_at, expires_at)
        values ($1, 'vendor_admin', $2, $3, $4, $5, $6)
        on conflict (key_sha256) do nothing returning true
        """,
        key.key_id,
        key_sha256,
        key.key_prefix,
        key.display_name,
        key.created_at,
        key.expires_at,
    )
    return added is not None


async def lock(conn: Connection) -> Sequence[VendorKeyRow]:
    """Every key, which nobody else changes until the transaction ends; in one order, so that two
    who do so wait for each other instead of failing."""
    rows = await conn.fetch(
        f"select {_COLUMNS} from vendor_api_keys order by key_id "  # noqa: S608 - constant
        "for no key update"
    )
    return [VendorKeyRow(**row) for row in rows]


async def page(conn: Connection, request: PageRequest) -> list[VendorKeyRow]:
    """The keys from oldest to newest, one more than asked for."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from vendor_api_keys
        where $1::timestamptz is null or (created_at, key_id) > ($1, $2::uuid)
        order by created_at, key_id limit $3
        """,  # noqa: S608 - constant
        after.moment if after else None,
        UUID(after.key) if after else None,
        request.size + 1,
    )
    return [VendorKeyRow(**row) for row in rows]


async def replace(conn: Connection, key_id: UUID, successor: UUID, ends_at: datetime) -> None:
    """Names the key that takes another's place, which ends at `ends_at`."""
    await conn.execute(
        "update vendor_api_keys set replaced_by = $2, expires_at = $3 where key_id = $1",
        key_id,
        successor,
        ends_at,
    )


async def revoke(conn: Connection, key_id: UUID, now: datetime) -> None:
    """Ends a key."""
    await conn.execute("update vendor_api_keys set revoked_at = $2 where key_id = $1", key_id, now)
