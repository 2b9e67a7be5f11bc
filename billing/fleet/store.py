"""SQL of devices, their status and their streams."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.paging import PageRequest
from mesh.database import Connection


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device with its last status (a serialised DeviceStatus, empty when there was none)."""

    device_id: UUID
    hardware_id: str
    display_name: str
    enrolled_at: datetime
    retired_at: datetime | None
    status: bytes
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One stream of a device."""

    tenant_id: UUID
    device_id: UUID
    stream_id: UUID


_DEVICE = """
    d.device_id, d.hardware_id, d.display_name, d.enrolled_at, d.retired_at,
    coalesce(s.status, '') as status, s.last_seen_at
"""


async def claim_stream(
    conn: Connection,
    line: Line,
    status: bytes,
    now: datetime,
) -> None:
    """Makes this stream the one that speaks for the device."""
    await conn.execute(
        """
        insert into device_status (tenant_id, device_id, status, last_seen_at, stream_id)
        values ($1, $2, $3, $4, $5)
        on conflict (tenant_id, device_id) do update set
            status = excluded.status, last_seen_at = excluded.last_seen_at,
            stream_id = excluded.stream_id
        """,
        line.tenant_id,
        line.device_id,
        status,
        now,
        line.stream_id,
    )


async def put_stream_status(
    conn: Connection,
    line: Line,
    status: bytes,
    now: datetime,
) -> bool:
    """Keeps the status; False when another stream speaks for the device."""
    kept = await conn.fetchval(
        """
        update device_status set status = $4, last_seen_at = $5
        where tenant_id = $1 and device_id = $2 and stream_id = $3 returning true
        """,
        line.tenant_id,
        line.device_id,
        line.stream_id,
        status,
        now,
    )
    return kept is not None


async def put_status(
    conn: Connection, tenant_id: UUID, device_id: UUID, status: bytes | None, now: datetime
) -> None:
    """Keeps when the device was heard, and its status where it sent one."""
    await conn.execute(
        """
        insert into device_status as s (tenant_id, device_id, status, last_seen_at)
        values ($1, $2, coalesce($3, ''::bytea), $4)
        on conflict (tenant_id, device_id) do update set
            status = coalesce($3, s.status), last_seen_at = excluded.last_seen_at
        """,
        tenant_id,
        device_id,
        status,
        now,
    )


async def get_device(conn: Connection, tenant_id: UUID, device_id: UUID) -> DeviceView | None:
    """One device."""
    row = await conn.fetchrow(
        f"""
        select {_DEVICE} from devices d left join device_status s using (tenant_id, device_id)
        where d.tenant_id = $1 and d.device_id = $2
        """,  # noqa: S608 - constant
        tenant_id,
        device_id,
    )
    return DeviceView(**row) if row else None


async def page(
    conn: Connection, tenant_id: UUID, request: PageRequest, max_bytes: int
) -> tuple[list[DeviceView], int]:
    """Devices from oldest to newest, one more than belong on the page, and how many do: after
    `max_bytes` only one more."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select device_id, hardware_id, display_name, enrolled_at, retired_at, status,
            last_seen_at, coalesce(before <= $5, true) as fits
        from (
            select weighed.*,
                sum(weight) over (ages rows between unbounded preceding and 1 preceding) as before,
                sum(weight) over (ages rows between unbounded preceding and 2 preceding)
                    as long_before
            from (
                select {_DEVICE}, 200 + octet_length(d.hardware_id) + octet_length(d.display_name)
                    + coalesce(octet_length(s.status), 0) as weight
                from devices d left join device_status s using (tenant_id, device_id)
                where d.tenant_id = $1
                    and ($2::timestamptz is null or (d.enrolled_at, d.device_id) > ($2, $3::uuid))
                order by d.enrolled_at, d.device_id limit $4
            ) weighed window ages as (order by enrolled_at, device_id)
        ) summed
        where coalesce(long_before <= $5, true)
        order by enrolled_at, device_id
        """,  # noqa: S608 - constant
        tenant_id,
        after.moment if after else None,
        UUID(after.key) if after else None,
        request.size + 1,
        max_bytes,
    )
    views = [DeviceView(**{k: v for k, v in row.items() if k != "fits"}) for row in rows]
    return views, sum(row["fits"] for row in rows)


@dataclass(frozen=True, slots=True)
class LineState:
    """Where a device stands; `speaker` is the stream that may speak for it."""

    retired: bool
    speaker: UUID | None
    incarnation: str
    rights_epoch: int


async def line_states(conn: Connection, lines: Sequence[Line]) -> dict[UUID, LineState]:
    """Where each device stands, by stream; for the worker role, across tenants."""
    rows = await conn.fetch(
        """
        select u.stream_id, d.retired_at is not null as retired, s.stream_id as speaker,
            c.incarnation, t.rights_epoch
        from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as u (tenant_id, device_id, stream_id)
        join devices d on (d.tenant_id, d.device_id) = (u.tenant_id, u.device_id)
        join tenants t on t.tenant_id = u.tenant_id
        left join device_status s on (s.tenant_id, s.device_id) = (u.tenant_id, u.device_id)
        cross join cloud c
        """,
        *line_columns(lines),
    )
    return {
        row["stream_id"]: LineState(
            row["retired"], row["speaker"], str(row["incarnation"]), row["rights_epoch"]
        )
        for row in rows
    }


def line_columns(lines: Sequence[Line]) -> tuple[list[UUID], list[UUID], list[UUID]]:
    """Their ids, for unnest."""
    return (
        [line.tenant_id for line in lines],
        [line.device_id for line in lines],
        [line.stream_id for line in lines],
    )
