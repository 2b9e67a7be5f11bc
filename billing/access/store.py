"""SQL of credentials, run by the vendor role because a key names its tenant."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from mesh.database import Connection

_USE_RECORDED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key; `tenant_id` is None for the vendor's own."""

    key_id: UUID
    tenant_id: UUID | None
    role: str
    revoked: bool
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """Whether an enrolled device is still in service, and the thumbprint of its key."""

    retired: bool
    key_thumbprint: str


async def find_key(conn: Connection, key_sha256: bytes) -> KeyRow | None:
    """The key of this hash, the vendor's or a tenant's."""
    row = await conn.fetchrow(
        """
        select key_id, tenant_id, role, revoked_at is not null as revoked, last_used_at
        from api_keys where key_sha256 = $1
        union all
        select key_id, null, role, revoked_at is not null, last_used_at
        from vendor_api_keys where key_sha256 = $1
        """,
        key_sha256,
    )
    return KeyRow(**row) if row else None


async def record_use(conn: Connection, key: KeyRow, now: datetime) -> None:
    """Remembers when the key was used, to the minute."""
    if key.last_used_at is not None and now - key.last_used_at < _USE_RECORDED_EVERY:
        return
    if key.tenant_id is None:
        await conn.execute(
            "update vendor_api_keys set last_used_at = $2 where key_id = $1", key.key_id, now
        )
    else:
        await conn.execute(
            "update api_keys set last_used_at = $3 where tenant_id = $1 and key_id = $2",
            key.tenant_id,
            key.key_id,
            now,
        )


async def find_device(conn: Connection, tenant_id: UUID, device_id: UUID) -> DeviceRow | None:
    """The enrolled device of a certificate."""
    row = await conn.fetchrow(
        "select retired_at is not null as retired, key_thumbprint from devices "
        "where tenant_id = $1 and device_id = $2",
        tenant_id,
        device_id,
    )
    return DeviceRow(**row) if row else None


async def add_vendor_key(
    conn: Connection, key_id: UUID, key_sha256: bytes, display_name: str, now: datetime
) -> bool:
    """Registers a key of the vendor; False when it is registered already."""
    added = await conn.fetchval(
        """
        insert into vendor_api_keys (key_id, role, key_sha256, display_name, created_at)
        values ($1, 'vendor_admin', $2, $3, $4)
        on conflict (key_sha256) do nothing returning true
        """,
        key_id,
        key_sha256,
        display_name,
        now,
    )
    return added is not None
