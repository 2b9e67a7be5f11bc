"""SQL of a tenant's API keys."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.paging import PageRequest
from mesh.database import Connection


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as it may be shown; moments are aware, UTC. `device_id` is that of a device key."""

    key_id: UUID
    key_prefix: str
    role: str
    display_name: str
    device_id: UUID | None
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    replaced_by: UUID | None


_COLUMNS = """
    key_id, key_prefix, role, display_name, device_id, created_at, last_used_at, expires_at,
    revoked_at, replaced_by
"""


async def add(conn: Connection, tenant_id: UUID, key: KeyRow, key_sha256: bytes) -> None:
    """Registers a key by its hash."""
    await conn.execute(
        """
        insert into api_keys
            (tenant_id, key_id, key_sha256, key_prefix, role, display_name, device_id, created_at,
             expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        tenant_id,
        key.key_id,
        key_sha256,
        key.key_prefix,
        key.role,
        key.display_name,
        key.device_id,
        key.created_at,
        key.expires_at,
    )


async def lock(conn: Connection, tenant_id: UUID, key_id: UUID) -> KeyRow | None:
    """One key, which nobody else changes until the transaction ends."""
    row = await conn.fetchrow(
        f"select {_COLUMNS} from api_keys where tenant_id = $1 and key_id = $2 "  # noqa: S608
        "for no key update",
        tenant_id,
        key_id,
    )
    return KeyRow(**row) if row else None


async def page(conn: Connection, tenant_id: UUID, request: PageRequest) -> list[KeyRow]:
    """The tenant's keys from oldest to newest, one more than asked for."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from api_keys
        where tenant_id = $1
          and ($2::timestamptz is null or (created_at, key_id) > ($2, $3::uuid))
        order by created_at, key_id limit $4
        """,  # noqa: S608 - constant
        tenant_id,
        after.moment if after else None,
        UUID(after.key) if after else None,
        request.size + 1,
    )
    return [KeyRow(**row) for row in rows]


async def replace(
    conn: Connection, tenant_id: UUID, key_id: UUID, successor: UUID, ends_at: datetime
) -> None:
    """Names the key that takes another's place, which ends at `ends_at`."""
    await conn.execute(
        "update api_keys set replaced_by = $3, expires_at = $4 "
        "where tenant_id = $1 and key_id = $2",
        tenant_id,
        key_id,
        successor,
        ends_at,
    )


async def revoke(conn: Connection, tenant_id: UUID, key_id: UUID, now: datetime) -> datetime | None:
    """When the key ended: now, or earlier when it was revoked before. None without such a key."""
    revoked: datetime | None = await conn.fetchval(
        """
        update api_keys set revoked_at = coalesce(revoked_at, $3)
        where tenant_id = $1 and key_id = $2 returning revoked_at
        """,
        tenant_id,
        key_id,
        now,
    )
    return revoked
