"""SQL of leases, and of the journals that they are spent in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.paging import PageRequest
from mesh.database import Connection
from rights.leases import Lease, LeaseState


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """A lease, whose it is, and the account that it counts against."""

    lease_id: UUID
    device_id: UUID
    journal_id: UUID
    metric: str
    period_start: datetime
    lease: Lease


@dataclass(frozen=True, slots=True)
class JournalRow:
    """How far a journal is recorded; `forked` once its chain differed."""

    device_id: UUID
    last_seq: int
    forked: bool


_SELECT = """
select lease_id, device_id, journal_id, metric, period_start, granted, settled, state, granted_at,
    expires_at, over_cap
from quota_leases where tenant_id = $1
"""


async def journal(conn: Connection, tenant_id: UUID, journal_id: UUID) -> JournalRow | None:
    """A journal as it is recorded; None before it was opened."""
    row = await conn.fetchrow(
        "select device_id, last_seq, state = 'forked' as forked from usage_journals "
        "where tenant_id = $1 and journal_id = $2",
        tenant_id,
        journal_id,
    )
    return JournalRow(**row) if row is not None else None


async def of_device(
    conn: Connection, tenant_id: UUID, device_id: UUID, metric: str
) -> list[LeaseRow]:
    """The leases of a device that are not closed, of one metric."""
    rows = await conn.fetch(
        f"{_SELECT} and device_id = $2 and metric = $3 and state <> 'closed' "
        "order by granted_at, lease_id",
        tenant_id,
        device_id,
        metric,
    )
    return [_lease(row) for row in rows]


async def find(conn: Connection, tenant_id: UUID, lease_id: UUID) -> LeaseRow | None:
    """One lease."""
    row = await conn.fetchrow(f"{_SELECT} and lease_id = $2", tenant_id, lease_id)
    return _lease(row) if row is not None else None


async def keep(conn: Connection, tenant_id: UUID, row: LeaseRow) -> None:
    """Writes a lease as it is now; the caller holds the lock of its account."""
    lease = row.lease
    await conn.execute(
        """
        insert into quota_leases (tenant_id, lease_id, device_id, journal_id, metric,
            period_start, granted, settled, state, granted_at, expires_at, over_cap)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict (tenant_id, lease_id) do update set
            granted = excluded.granted, settled = excluded.settled, state = excluded.state,
            expires_at = excluded.expires_at, over_cap = excluded.over_cap
        """,
        tenant_id,
        row.lease_id,
        row.device_id,
        row.journal_id,
        row.metric,
        row.period_start,
        lease.granted,
        lease.settled,
        lease.state.value,
        lease.granted_at,
        lease.expires_at,
        lease.over_cap,
    )


async def page(conn: Connection, tenant_id: UUID, request: PageRequest) -> Sequence[LeaseRow]:
    """Leases, newest first, and one more than the page holds."""
    after = request.after
    rows = await conn.fetch(
        f"{_SELECT} and ($2::timestamptz is null or (granted_at, lease_id) < ($2, $3::uuid)) "
        "order by granted_at desc, lease_id desc limit $4",
        tenant_id,
        after.moment if after is not None else None,
        UUID(after.key) if after is not None else None,
        request.size + 1,
    )
    return [_lease(row) for row in rows]


def _lease(row: Any) -> LeaseRow:
    lease = Lease(
        row["granted"],
        row["settled"],
        LeaseState(row["state"]),
        row["granted_at"],
        row["expires_at"],
        row["over_cap"],
    )
    return LeaseRow(
        row["lease_id"],
        row["device_id"],
        row["journal_id"],
        row["metric"],
        row["period_start"],
        lease,
    )
