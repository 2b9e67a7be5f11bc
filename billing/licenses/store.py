"""SQL of licences, camera licences and the tenant's epoch."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.paging import PageRequest
from mesh.database import Connection
from rights.claims import Epoch


@dataclass(frozen=True, slots=True)
class LicenseRow:
    """A tenant's licence; `valid_until` is None while a trial waits for its first camera."""

    license_mode: str
    status: str
    cameras_allowed: int
    growth_packs: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class CameraRow:
    """A camera that holds a slot."""

    camera_id: str
    growth_packs: tuple[str, ...]
    device_id: UUID | None
    assigned_at: datetime
    last_validated_at: datetime | None


@dataclass(frozen=True, slots=True)
class RightsRow:
    """What a tenant holds at one epoch."""

    epoch: Epoch
    company_name: str
    license: LicenseRow
    cameras_used: int


_LICENSE = (
    "l.license_mode, l.status, l.cameras_allowed, l.growth_packs, l.valid_from, l.valid_until"
)
_CAMERA = "camera_id, growth_packs, device_id, assigned_at, last_validated_at"


async def rights(conn: Connection, tenant_id: UUID) -> RightsRow | None:
    """The tenant's licence, its use and the epoch, in one snapshot."""
    row = await conn.fetchrow(
        f"""
        select {_LICENSE}, c.incarnation, t.rights_epoch, t.company_name,
            (select count(*) from camera_licenses k where k.tenant_id = $1) as used
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


async def lock(conn: Connection, tenant_id: UUID) -> None:
    """Lets one transaction at a time change the tenant's licence or take slots of it."""
    await conn.execute("select from licenses where tenant_id = $1 for no key update", tenant_id)


async def raise_epoch(conn: Connection, tenant_id: UUID, now: datetime) -> None:
    """Counts a change of the tenant's rights, under the tenant's row lock."""
    await conn.execute(
        "update tenants set rights_epoch = rights_epoch + 1, updated_at = $2 where tenant_id = $1",
        tenant_id,
        now,
    )


async def put_license(conn: Connection, tenant_id: UUID, row: LicenseRow) -> None:
    """Adds or replaces the tenant's licence."""
    await conn.execute(
        """
        insert into licenses (tenant_id, license_mode, status, cameras_allowed, growth_packs,
            valid_from, valid_until)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (tenant_id) do update set
            license_mode = excluded.license_mode, status = excluded.status,
            cameras_allowed = excluded.cameras_allowed, growth_packs = excluded.growth_packs,
            valid_from = excluded.valid_from, valid_until = excluded.valid_until
        """,
        tenant_id,
        row.license_mode,
        row.status,
        row.cameras_allowed,
        list(row.growth_packs),
        row.valid_from,
        row.valid_until,
    )


async def begin_trial(conn: Connection, tenant_id: UUID, until: datetime) -> None:
    """Sets the end of a trial that has not begun."""
    await conn.execute(
        "update licenses set valid_until = $2 where tenant_id = $1 and valid_until is null",
        tenant_id,
        until,
    )


async def cameras(
    conn: Connection, tenant_id: UUID, camera_ids: Sequence[str]
) -> dict[str, CameraRow]:
    """Those of the cameras that hold a slot, by id."""
    rows = await conn.fetch(
        f"""
        select {_CAMERA} from camera_licenses
        where tenant_id = $1 and camera_id = any($2::text[])
        """,  # noqa: S608 - constant
        tenant_id,
        list(camera_ids),
    )
    return {row["camera_id"]: _camera(row) for row in rows}


async def beyond(conn: Connection, tenant_id: UUID, allowed: int) -> frozenset[str]:
    """The newest cameras, beyond the `allowed` oldest."""
    rows = await conn.fetch(
        """
        select camera_id from camera_licenses where tenant_id = $1
        order by assigned_at, camera_id offset $2
        """,
        tenant_id,
        allowed,
    )
    return frozenset(row["camera_id"] for row in rows)


async def page(conn: Connection, tenant_id: UUID, request: PageRequest) -> list[CameraRow]:
    """Camera licences from oldest to newest, one more than asked for; those of one moment by
    `page_key`, which is short for every id."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select {_CAMERA} from camera_licenses
        where tenant_id = $1
            and ($2::timestamptz is null or (assigned_at, md5(camera_id)) > ($2, $3::text))
        order by assigned_at, md5(camera_id) limit $4
        """,  # noqa: S608 - constant
        tenant_id,
        after.moment if after else None,
        after.key if after else None,
        request.size + 1,
    )
    return [_camera(row) for row in rows]


def page_key(camera_id: str) -> str:
    """Orders cameras of one moment in `page`."""
    return hashlib.md5(camera_id.encode(), usedforsecurity=False).hexdigest()


async def add_cameras(
    conn: Connection,
    tenant_id: UUID,
    camera_ids: Sequence[str],
    now: datetime,
) -> None:
    """Gives slots to cameras that hold none."""
    await conn.execute(
        """
        insert into camera_licenses (tenant_id, camera_id, assigned_at)
        select $1, camera_id, $3 from unnest($2::text[]) as given (camera_id)
        on conflict (tenant_id, camera_id) do nothing
        """,
        tenant_id,
        list(camera_ids),
        now,
    )


async def set_packs(
    conn: Connection, tenant_id: UUID, camera_id: str, growth_packs: Sequence[str]
) -> None:
    """Replaces the packs of a camera that holds a slot."""
    await conn.execute(
        "update camera_licenses set growth_packs = $3 where tenant_id = $1 and camera_id = $2",
        tenant_id,
        camera_id,
        list(growth_packs),
    )


async def record_validation(
    conn: Connection,
    tenant_id: UUID,
    camera_ids: Sequence[str],
    device_id: UUID | None,
    now: datetime,
) -> None:
    """Remembers when the cameras were validated, and by which device when one did."""
    await conn.execute(
        """
        update camera_licenses set last_validated_at = $4, device_id = coalesce($3, device_id)
        where tenant_id = $1 and camera_id in (
            select camera_id from camera_licenses
            where tenant_id = $1 and camera_id = any($2::text[])
            order by camera_id for no key update
        )
        """,
        tenant_id,
        list(camera_ids),
        device_id,
        now,
    )


async def count_packs(conn: Connection, tenant_id: UUID, allowed: int) -> dict[str, int]:
    """How many of the `allowed` oldest cameras hold each pack."""
    rows = await conn.fetch(
        """
        select pack, count(*) as cameras
        from (
            select growth_packs from camera_licenses where tenant_id = $1
            order by assigned_at, camera_id limit $2
        ) as licensed, unnest(growth_packs) as held (pack)
        group by pack order by pack
        """,
        tenant_id,
        allowed,
    )
    return {row["pack"]: row["cameras"] for row in rows}


def _license(row: Any) -> LicenseRow:
    return LicenseRow(
        row["license_mode"],
        row["status"],
        row["cameras_allowed"],
        tuple(row["growth_packs"]),
        row["valid_from"],
        row["valid_until"],
    )


def _camera(row: Any) -> CameraRow:
    return CameraRow(**{**row, "growth_packs": tuple(row["growth_packs"])})
