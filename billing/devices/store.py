"""SQL of devices and their enrolment tokens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from mesh.database import Connection


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """An enrolled device; `key_thumbprint` is that of RFC 7638, moments are aware, UTC."""

    device_id: UUID
    hardware_id: str
    display_name: str
    key_thumbprint: str
    enrolled_at: datetime
    retired_at: datetime | None


_SWEPT = 20
_COLUMNS = "device_id, hardware_id, display_name, key_thumbprint, enrolled_at, retired_at"


async def add_token(
    conn: Connection, tenant_id: UUID, token_sha256: bytes, now: datetime, expires_at: datetime
) -> None:
    """Keeps an enrolment token by its hash, and drops a few that are over."""
    await conn.execute(
        """
        delete from enrollment_tokens where (tenant_id, token_sha256) in (
            select tenant_id, token_sha256 from enrollment_tokens
            where tenant_id = $1 and expires_at <= $2 limit $3 for update skip locked)
        """,
        tenant_id,
        now,
        _SWEPT,
    )
    await conn.execute(
        """
        insert into enrollment_tokens (tenant_id, token_sha256, created_at, expires_at)
        values ($1, $2, $3, $4)
        """,
        tenant_id,
        token_sha256,
        now,
        expires_at,
    )


async def knows_token(conn: Connection, tenant_id: UUID, token_sha256: bytes) -> bool | None:
    """Whether the tenant has, or had of late, this token; None when there is no such tenant."""
    known: bool | None = await conn.fetchval(
        """
        select exists (
            select from enrollment_tokens where tenant_id = $1 and token_sha256 = $2)
        from tenants where tenant_id = $1
        """,
        tenant_id,
        token_sha256,
    )
    return known


async def use_token(conn: Connection, tenant_id: UUID, token_sha256: bytes, now: datetime) -> bool:
    """Spends the token; False when it is unknown, spent or expired."""
    used = await conn.fetchval(
        """
        update enrollment_tokens set used_at = $3
        where tenant_id = $1 and token_sha256 = $2 and used_at is null and expires_at > $3
        returning true
        """,
        tenant_id,
        token_sha256,
        now,
    )
    return used is not None


async def enrolled_again(
    conn: Connection,
    tenant_id: UUID,
    token_sha256: bytes,
    now: datetime,
    *,
    hardware_id: str,
    key_thumbprint: str,
) -> UUID | None:
    """The device in service that has this hardware and key, if the token is spent, not expired."""
    found: UUID | None = await conn.fetchval(
        """
        select device_id from devices join enrollment_tokens using (tenant_id)
        where tenant_id = $1 and token_sha256 = $2 and used_at is not null and expires_at > $3
          and hardware_id = $4 and key_thumbprint = $5 and retired_at is null
        """,
        tenant_id,
        token_sha256,
        now,
        hardware_id,
        key_thumbprint,
    )
    return found


async def count_in_service(conn: Connection, tenant_id: UUID) -> int:
    """Devices that are not retired."""
    count: int = await conn.fetchval(
        "select count(*) from devices where tenant_id = $1 and retired_at is null", tenant_id
    )
    return count


async def replace_key(
    conn: Connection, tenant_id: UUID, hardware_id: str, key_thumbprint: str, display_name: str
) -> UUID | None:
    """Gives known hardware its new key, and a new name where there is one; None when unknown."""
    found: UUID | None = await conn.fetchval(
        """
        update devices
        set key_thumbprint = $3, display_name = coalesce(nullif($4, ''), display_name)
        where tenant_id = $1 and hardware_id = $2 and retired_at is null
        returning device_id
        """,
        tenant_id,
        hardware_id,
        key_thumbprint,
        display_name,
    )
    return found


async def add(
    conn: Connection,
    tenant_id: UUID,
    device: DeviceRow,
) -> None:
    """Adds a device."""
    await conn.execute(
        """
        insert into devices
            (tenant_id, device_id, hardware_id, display_name, key_thumbprint, enrolled_at)
        values ($1, $2, $3, $4, $5, $6)
        """,
        tenant_id,
        device.device_id,
        device.hardware_id,
        device.display_name,
        device.key_thumbprint,
        device.enrolled_at,
    )


async def get(conn: Connection, tenant_id: UUID, device_id: UUID) -> DeviceRow | None:
    """One device, retired or not."""
    row = await conn.fetchrow(
        f"select {_COLUMNS} from devices where tenant_id = $1 and device_id = $2",  # noqa: S608
        tenant_id,
        device_id,
    )
    return DeviceRow(**row) if row else None


async def retire(
    conn: Connection, tenant_id: UUID, device_id: UUID, now: datetime
) -> datetime | None:
    """When the device was retired: now, or earlier when it was before. None when unknown."""
    retired: datetime | None = await conn.fetchval(
        """
        update devices set retired_at = coalesce(retired_at, $3)
        where tenant_id = $1 and device_id = $2 returning retired_at
        """,
        tenant_id,
        device_id,
        now,
    )
    return retired


async def retired_since(
    conn: Connection, tenant_id: UUID, since: datetime, at_most: int
) -> list[UUID]:
    """Devices retired at or after `since`, the latest first."""
    rows = await conn.fetch(
        """
        select device_id from devices where tenant_id = $1 and retired_at >= $2
        order by retired_at desc, device_id limit $3
        """,
        tenant_id,
        since,
        at_most,
    )
    return [row["device_id"] for row in rows]
