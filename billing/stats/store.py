"""SQL of counts: the one report over the tables of all nouns.

Row-level security decides whether the counts are one tenant's or everybody's.
"""

from dataclasses import dataclass
from datetime import datetime

from mesh.database import Connection


@dataclass(frozen=True, slots=True)
class Counts:
    """What there is."""

    tenants: int
    devices: int
    devices_online: int
    camera_licenses: int
    usage_events: int


async def count(conn: Connection, online_since: datetime) -> Counts:
    """All counts in one snapshot; a device is online when it was heard at `online_since`
    or later."""
    row = await conn.fetchrow(
        """
        select
            (select count(*) from tenants) as tenants,
            (select count(*) from devices where retired_at is null) as devices,
            (select count(*) from device_status s join devices d using (tenant_id, device_id)
                where d.retired_at is null and s.last_seen_at >= $1) as devices_online,
            (select count(*) from camera_licenses) as camera_licenses,
            (select coalesce(sum(events), 0)::bigint from usage_aggregates) as usage_events
        """,
        online_since,
    )
    if row is None:
        raise LookupError("a row of counts")
    return Counts(**row)
