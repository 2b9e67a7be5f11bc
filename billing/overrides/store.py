"""SQL of overrides."""

from datetime import datetime
from uuid import UUID

from billing.overrides.values import (
    OverrideRow,
    camera_of,
    kind_of,
    name_of,
    read_override,
    value_of,
)
from billing.paging import PageRequest
from mesh.database import Connection
from rights.overrides import Override

_COLUMNS = "override_id, kind, name, camera_id, value, reason, created_at, expires_at"


async def held(conn: Connection, tenant_id: UUID, now: datetime) -> list[Override]:
    """The tenant's overrides that were neither removed nor are over."""
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from entitlement_overrides
        where tenant_id = $1 and removed_at is null and (expires_at is null or expires_at > $2)
        """,  # noqa: S608 - constant
        tenant_id,
        now,
    )
    return [read_override(row).override for row in rows]


async def lock(conn: Connection, tenant_id: UUID) -> None:
    """Lets one transaction at a time change the tenant's overrides: the lock that its epoch
    rises under, so that both are taken in one order."""
    await conn.execute("select from tenants where tenant_id = $1 for no key update", tenant_id)


async def page(conn: Connection, tenant_id: UUID, request: PageRequest) -> list[OverrideRow]:
    """Overrides that were not removed, oldest first, one more than asked for; over ones too."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from entitlement_overrides
        where tenant_id = $1 and removed_at is null
            and ($2::timestamptz is null or (created_at, override_id) > ($2, $3::uuid))
        order by created_at, override_id limit $4
        """,  # noqa: S608 - constant
        tenant_id,
        after.moment if after else None,
        UUID(after.key) if after else None,
        request.size + 1,
    )
    return [read_override(row) for row in rows]


async def remove(
    conn: Connection, tenant_id: UUID, override_id: UUID, now: datetime
) -> OverrideRow | None:
    """Takes the override away; None when the tenant holds none of that id."""
    row = await conn.fetchrow(
        f"""
        update entitlement_overrides set removed_at = $3
        where tenant_id = $1 and override_id = $2 and removed_at is null returning {_COLUMNS}
        """,  # noqa: S608 - constant
        tenant_id,
        override_id,
        now,
    )
    return read_override(row) if row else None


async def replace(
    conn: Connection, tenant_id: UUID, override_id: UUID, override: Override, now: datetime
) -> None:
    """Adds the override in place of the one about the same thing. The caller holds the lock of
    the tenant."""
    about = (kind_of(override).value, name_of(override), camera_of(override))
    await conn.execute(
        """
        update entitlement_overrides set removed_at = $5
        where tenant_id = $1 and kind = $2 and name = $3
            and coalesce(camera_id, '') = coalesce($4, '') and removed_at is null
        """,
        tenant_id,
        *about,
        now,
    )
    await conn.execute(
        f"""
        insert into entitlement_overrides (tenant_id, {_COLUMNS})
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,  # noqa: S608 - constant
        tenant_id,
        override_id,
        *about,
        value_of(override),
        override.reason,
        now,
        override.until,
    )
