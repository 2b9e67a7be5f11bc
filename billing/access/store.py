"""SQL of credentials, run by the vendor role because a key names its tenant."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from mesh.database import Connection

_USE_RECORDED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key; `tenant_id` is None for the vendor's own, `device_id` except for a device's."""

    key_id: UUID
    tenant_id: UUID | None
    role: str
    device_id: UUID | None
    device_retired: bool
    revoked: bool
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A user's session; `role` is the user's now."""

    session_id: UUID
    tenant_id: UUID
    user_id: UUID
    role: str
    ended: bool
    last_used_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """Whether an enrolled device is still in service, and the thumbprint of its key."""

    retired: bool
    key_thumbprint: str


async def find_key(conn: Connection, key_sha256: bytes) -> KeyRow | None:
    """The key of this hash, the vendor's or a tenant's."""
    row = await conn.fetchrow(
        """
        select k.key_id, k.tenant_id, k.role, k.device_id,
            d.retired_at is not null as device_retired,
            k.revoked_at is not null as revoked, k.expires_at, k.last_used_at
        from api_keys k left join devices d using (tenant_id, device_id) where k.key_sha256 = $1
        union all
        select key_id, null, role, null, false, revoked_at is not null, expires_at, last_used_at
        from vendor_api_keys where key_sha256 = $1
        """,
        key_sha256,
    )
    return KeyRow(**row) if row else None


async def record_use(conn: Connection, key: KeyRow, now: datetime) -> None:
    """Remembers when the key was used, to the minute."""
    if not _due(key.last_used_at, now):
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


async def find_session(conn: Connection, token_sha256: bytes) -> SessionRow | None:
    """The session of this hash, ended or not."""
    row = await conn.fetchrow(
        """
        select s.session_id, s.tenant_id, s.user_id, u.role,
            s.ended_at is not null or u.removed_at is not null as ended,
            s.last_used_at, s.expires_at
        from user_sessions s join users u using (tenant_id, user_id) where s.token_sha256 = $1
        """,
        token_sha256,
    )
    return SessionRow(**row) if row else None


async def record_session_use(conn: Connection, session: SessionRow, now: datetime) -> None:
    """Remembers when the session was used, to the minute."""
    if _due(session.last_used_at, now):
        await conn.execute(
            "update user_sessions set last_used_at = $3 where tenant_id = $1 and session_id = $2",
            session.tenant_id,
            session.session_id,
            now,
        )


def _due(last_used_at: datetime | None, now: datetime) -> bool:
    return last_used_at is None or now - last_used_at >= _USE_RECORDED_EVERY


async def find_device(conn: Connection, tenant_id: UUID, device_id: UUID) -> DeviceRow | None:
    """The enrolled device of a certificate."""
    row = await conn.fetchrow(
        "select retired_at is not null as retired, key_thumbprint from devices "
        "where tenant_id = $1 and device_id = $2",
        tenant_id,
        device_id,
    )
    return DeviceRow(**row) if row else None
