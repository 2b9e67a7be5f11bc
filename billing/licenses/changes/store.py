"""SQL of the log of changes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from mesh.database import Connection
from rights.claims import Epoch


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change and the number of the epoch that it made; `camera_ids` is empty when it is about
    the whole licence. `changed_at` is aware, UTC."""

    epoch: int
    kind: str
    camera_ids: tuple[str, ...]
    changed_at: datetime


async def add(
    conn: Connection, tenant_id: UUID, kind: str, camera_ids: Sequence[str], now: datetime
) -> Epoch:
    """Raises the tenant's epoch, under its row lock, and logs why. Returns the new one."""
    row = await conn.fetchrow(
        """
        with raised as (
            update tenants set rights_epoch = rights_epoch + 1, updated_at = $4
            where tenant_id = $1 returning rights_epoch
        ), logged as (
            insert into license_changes (tenant_id, epoch, kind, camera_ids, changed_at)
            select $1, rights_epoch, $2, $3::text[], $4 from raised
        )
        select incarnation, rights_epoch from raised cross join cloud
        """,
        tenant_id,
        kind,
        list(camera_ids),
        now,
    )
    assert row is not None  # the unit's tenant exists
    return Epoch(str(row["incarnation"]), row["rights_epoch"])


async def add_for_all(conn: Connection, kind: str, now: datetime) -> int:
    """Raises the epoch of every tenant, under its row lock, and logs why; for the vendor role.
    Returns how many there are."""
    raised: int = await conn.fetchval(
        """
        with raised as (
            update tenants set rights_epoch = rights_epoch + 1, updated_at = $2
            returning tenant_id, rights_epoch
        ), logged as (
            insert into license_changes (tenant_id, epoch, kind, changed_at)
            select tenant_id, rights_epoch, $1, $2 from raised
        )
        select count(*) from raised
        """,
        kind,
        now,
    )
    return raised


async def forget(conn: Connection, tenant_id: UUID, until: int) -> None:
    """Deletes the changes up to an epoch."""
    await conn.execute(
        "delete from license_changes where tenant_id = $1 and epoch <= $2", tenant_id, until
    )


async def after(conn: Connection, tenant_id: UUID, epoch: int, limit: int) -> list[ChangeRow]:
    """The next changes after an epoch, oldest first."""
    rows = await conn.fetch(
        """
        select epoch, kind, camera_ids, changed_at from license_changes
        where tenant_id = $1 and epoch > $2 order by epoch limit $3
        """,
        tenant_id,
        epoch,
        limit,
    )
    return [
        ChangeRow(row["epoch"], row["kind"], tuple(row["camera_ids"]), row["changed_at"])
        for row in rows
    ]


async def epochs(conn: Connection, tenant_ids: Collection[UUID]) -> dict[UUID, Epoch]:
    """The epochs of tenants; for the worker role."""
    rows = await conn.fetch(
        """
        select t.tenant_id, t.rights_epoch, c.incarnation from tenants t cross join cloud c
        where t.tenant_id = any($1::uuid[])
        """,
        list(tenant_ids),
    )
    return {row["tenant_id"]: Epoch(str(row["incarnation"]), row["rights_epoch"]) for row in rows}
