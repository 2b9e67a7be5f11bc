"""SQL of licences and the tenant's epoch."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from mesh.database import Connection
from rights.claims import Epoch


@dataclass(frozen=True, slots=True)
class LicenseRow:
    """A tenant's licence; `valid_until` is None while a trial waits for its first camera.

    `status` is active, suspended or revoked, with the vendor's words and since when it is not
    active.
    """

    license_mode: str
    status: str
    cameras_allowed: int
    growth_packs: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime | None
    status_reason: str = ""
    status_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RightsRow:
    """What a tenant holds at one epoch."""

    epoch: Epoch
    company_name: str
    license: LicenseRow
    cameras_used: int


_LICENSE = (
    "l.license_mode, l.status, l.cameras_allowed, l.growth_packs, l.valid_from, l.valid_until, "
    "l.status_reason, l.status_since"
)


async def rights(conn: Connection, tenant_id: UUID) -> RightsRow | None:
    """The tenant's licence, its use and the epoch, in one snapshot."""
    row = await conn.fetchrow(
        f"""
        select {_LICENSE}, l.cameras_used as used, c.incarnation, t.rights_epoch, t.company_name
        from tenants t join licenses l using (tenant_id) cross join cloud c
        where t.tenant_id = $1
        """,  # noqa: S608 - constant
        tenant_id,
    )
    if row is None:
        return None
    epoch = Epoch(str(row["incarnation"]), row["rights_epoch"])
    return RightsRow(epoch, row["company_name"], _license(row), row["used"])


async def epoch(conn: Connection, tenant_id: UUID) -> Epoch | None:
    """The tenant's epoch."""
    row = await conn.fetchrow(
        "select c.incarnation, t.rights_epoch from tenants t cross join cloud c "
        "where t.tenant_id = $1",
        tenant_id,
    )
    return Epoch(str(row["incarnation"]), row["rights_epoch"]) if row else None


async def count_slots(conn: Connection, tenant_id: UUID, taken: int) -> None:
    """Counts slots that were taken, or with a negative number freed, under `lock`."""
    await conn.execute(
        "update licenses set cameras_used = cameras_used + $2 where tenant_id = $1",
        tenant_id,
        taken,
    )


async def lock(conn: Connection, tenant_id: UUID) -> None:
    """Lets one transaction at a time change the tenant's licence or take slots of it."""
    await conn.execute("select from licenses where tenant_id = $1 for no key update", tenant_id)


async def put_license(conn: Connection, tenant_id: UUID, row: LicenseRow) -> None:
    """Adds or replaces the tenant's licence; its cameras keep their slots."""
    await conn.execute(
        """
        insert into licenses (tenant_id, license_mode, status, cameras_allowed, growth_packs,
            valid_from, valid_until, status_reason, status_since)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (tenant_id) do update set
            license_mode = excluded.license_mode, status = excluded.status,
            cameras_allowed = excluded.cameras_allowed, growth_packs = excluded.growth_packs,
            valid_from = excluded.valid_from, valid_until = excluded.valid_until,
            status_reason = excluded.status_reason, status_since = excluded.status_since
        """,
        tenant_id,
        row.license_mode,
        row.status,
        row.cameras_allowed,
        list(row.growth_packs),
        row.valid_from,
        row.valid_until,
        row.status_reason,
        row.status_since,
    )


async def begin_trial(conn: Connection, tenant_id: UUID, until: datetime) -> None:
    """Sets the end of a trial that has not begun."""
    await conn.execute(
        "update licenses set valid_until = $2 where tenant_id = $1 and valid_until is null",
        tenant_id,
        until,
    )


def _license(row: Any) -> LicenseRow:
    return LicenseRow(
        row["license_mode"],
        row["status"],
        row["cameras_allowed"],
        tuple(row["growth_packs"]),
        row["valid_from"],
        row["valid_until"],
        row["status_reason"],
        row["status_since"],
    )
