"""SQL of reports of instances."""

from datetime import datetime
from uuid import UUID

from billing.paging import PageRequest
from billing.usage.instances.report import InstanceReport
from mesh.database import Connection

_COLUMNS = "tenant_id, instance_id, active_devices, total_devices, reported_at"


async def add(conn: Connection, report: InstanceReport) -> None:
    """Keeps a report; one of the same instance and moment is replaced."""
    await conn.execute(
        f"""
        insert into usage_reports ({_COLUMNS}) values ($1, $2, $3, $4, $5)
        on conflict (tenant_id, instance_id, reported_at) do update
        set active_devices = excluded.active_devices, total_devices = excluded.total_devices
        """,  # noqa: S608 - constant
        report.tenant_id,
        report.instance_id,
        report.active_devices,
        report.total_devices,
        report.reported_at,
    )


async def page(
    conn: Connection, tenant_id: UUID, instance_id: str, request: PageRequest
) -> list[InstanceReport]:
    """Reports of one instance, or with "" of all, newest first, one more than the page holds."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from usage_reports
        where tenant_id = $1 and ($2 = '' or instance_id = $2)
            and ($3::timestamptz is null or (reported_at, instance_id) < ($3, $4))
        order by reported_at desc, instance_id desc limit $5
        """,  # noqa: S608 - constant
        tenant_id,
        instance_id,
        None if after is None else after.moment,
        "" if after is None else after.key,
        request.size + 1,
    )
    return [InstanceReport(**row) for row in rows]


async def latest(conn: Connection, tenant_id: UUID, request: PageRequest) -> list[InstanceReport]:
    """The newest report of each instance, newest first, one more than the page holds."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from (
            select distinct on (instance_id) {_COLUMNS} from usage_reports
            where tenant_id = $1 order by instance_id, reported_at desc) as newest
        where $2::timestamptz is null or (reported_at, instance_id) < ($2, $3)
        order by reported_at desc, instance_id desc limit $4
        """,  # noqa: S608 - constant
        tenant_id,
        None if after is None else after.moment,
        "" if after is None else after.key,
        request.size + 1,
    )
    return [InstanceReport(**row) for row in rows]


async def forget(conn: Connection, before: datetime) -> int:
    """Deletes reports of before a moment that the connection sees; returns how many."""
    tag = await conn.execute("delete from usage_reports where reported_at < $1", before)
    return int(tag.rsplit(" ", 1)[1])
