"""SQL of the cameras that hold a slot."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.paging import PageRequest
from mesh.database import Connection


@dataclass(frozen=True, slots=True)
class CameraRow:
    """A camera that holds a slot. `device_id` is the device that it is bound to, `device_gone`
    whether that one was retired; `fingerprint` is None until one was given."""

    camera_id: str
    growth_packs: tuple[str, ...]
    device_id: UUID | None
    device_gone: bool
    fingerprint: str | None
    assigned_at: datetime
    last_validated_at: datetime | None

    @property
    def holder(self) -> UUID | None:
        """The device in service that the camera is bound to."""
        return None if self.device_gone else self.device_id


@dataclass(frozen=True, slots=True)
class Binding:
    """A camera that takes a slot, or is bound anew: to a device, to a fingerprint."""

    camera_id: str
    device_id: UUID | None
    fingerprint: str | None


_CAMERA = """
    k.camera_id, k.growth_packs, k.device_id, d.retired_at is not null as device_gone,
    k.fingerprint, k.assigned_at, k.last_validated_at
"""
_FROM = (
    "camera_licenses k left join devices d "
    "on (d.tenant_id, d.device_id) = (k.tenant_id, k.device_id)"
)


async def cameras(
    conn: Connection, tenant_id: UUID, camera_ids: Sequence[str]
) -> dict[str, CameraRow]:
    """Those of the cameras that hold a slot, by id."""
    rows = await conn.fetch(
        f"""
        select {_CAMERA} from {_FROM}
        where k.tenant_id = $1 and k.camera_id = any($2::text[])
        """,  # noqa: S608 - constant
        tenant_id,
        list(camera_ids),
    )
    return {row["camera_id"]: _camera(row) for row in rows}


async def bound_to(conn: Connection, tenant_id: UUID, device_id: UUID) -> list[str]:
    """The cameras that are bound to the device, up to 1,000, oldest first."""
    rows = await conn.fetch(
        """
        select camera_id from camera_licenses where tenant_id = $1 and device_id = $2
        order by assigned_at, camera_id limit 1000
        """,
        tenant_id,
        device_id,
    )
    return [row["camera_id"] for row in rows]


async def known_as(
    conn: Connection, tenant_id: UUID, fingerprints: Collection[str]
) -> dict[str, str]:
    """The camera that is known by each fingerprint, for those that one is."""
    rows = await conn.fetch(
        """
        select fingerprint, camera_id from camera_licenses
        where tenant_id = $1 and fingerprint = any($2::text[])
        """,
        tenant_id,
        list(fingerprints),
    )
    return {row["fingerprint"]: row["camera_id"] for row in rows}


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
        select {_CAMERA} from {_FROM}
        where k.tenant_id = $1 and (
            $2::timestamptz is null or (k.assigned_at, md5(k.camera_id)) > ($2, $3::text))
        order by k.assigned_at, md5(k.camera_id) limit $4
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


async def bind(
    conn: Connection, tenant_id: UUID, bindings: Sequence[Binding], now: datetime
) -> None:
    """Gives slots to those that hold none, and the rest their device and fingerprint; what a
    binding leaves out stays. The caller holds the lock of the licence."""
    await conn.execute(
        """
        insert into camera_licenses as k (tenant_id, camera_id, device_id, fingerprint, assigned_at)
        select $1, camera_id, device_id, fingerprint, $5
        from unnest($2::text[], $3::uuid[], $4::text[]) as given (camera_id, device_id, fingerprint)
        on conflict (tenant_id, camera_id) do update set
            device_id = coalesce(excluded.device_id, k.device_id),
            fingerprint = coalesce(excluded.fingerprint, k.fingerprint)
        """,
        tenant_id,
        [each.camera_id for each in bindings],
        [each.device_id for each in bindings],
        [each.fingerprint for each in bindings],
        now,
    )


async def remove(conn: Connection, tenant_id: UUID, camera_id: str) -> bool:
    """Takes the camera's slot away; False when it held none."""
    removed = await conn.fetchval(
        "delete from camera_licenses where tenant_id = $1 and camera_id = $2 returning true",
        tenant_id,
        camera_id,
    )
    return removed is not None


async def forget_fingerprint(conn: Connection, tenant_id: UUID, camera_id: str) -> None:
    """The camera is known by nothing any more."""
    await conn.execute(
        "update camera_licenses set fingerprint = null where tenant_id = $1 and camera_id = $2",
        tenant_id,
        camera_id,
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
    conn: Connection, tenant_id: UUID, camera_ids: Sequence[str], now: datetime
) -> None:
    """Remembers when the cameras were validated. Those that another transaction is changing are
    left to the next validation: what only remembers waits for nobody, and so cannot deadlock."""
    await conn.execute(
        """
        update camera_licenses set last_validated_at = $3
        where tenant_id = $1 and camera_id in (
            select camera_id from camera_licenses
            where tenant_id = $1 and camera_id = any($2::text[])
            for no key update skip locked
        )
        """,
        tenant_id,
        list(camera_ids),
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


def _camera(row: Any) -> CameraRow:
    return CameraRow(**{**row, "growth_packs": tuple(row["growth_packs"])})
