"""SQL of counted calls; every function takes a connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from mesh.database import Connection

_ADD = """
with mark as (
    insert into api_call_writers (replica, last_commit, committed_at) values ($1, $2, $3)
    on conflict (replica) do update
    set last_commit = excluded.last_commit, committed_at = excluded.committed_at
)
insert into api_call_counts (tenant_id, minute, route, replica, calls, counted_at)
select tenant_id, minute, route, $1, calls, $3
from unnest($4::uuid[], $5::timestamptz[], $6::text[], $7::bigint[])
    as sent (tenant_id, minute, route, calls)
on conflict (tenant_id, minute, route, replica) do update
set calls = api_call_counts.calls + excluded.calls, counted_at = excluded.counted_at
"""

_TAKE = """
delete from api_call_counts where (tenant_id, minute, route, replica) in (
    select tenant_id, minute, route, replica from api_call_counts
    where tenant_id = $1 and {which} order by minute, route, replica
    for update skip locked
)
returning count_id, minute, route, calls
"""


class CallKey(NamedTuple):
    """What calls are counted by; `minute` is its start, UTC."""

    tenant_id: UUID
    minute: datetime
    route: str


@dataclass(frozen=True, slots=True)
class CallCount:
    """Answered calls of a route in a minute."""

    count_id: UUID
    minute: datetime
    route: str
    calls: int


async def add(
    conn: Connection, replica: UUID, commit_id: UUID, counts: Mapping[CallKey, int], now: datetime
) -> None:
    """Adds to the counts of a server; `commit_id` is its newest group then."""
    ordered = sorted(counts.items())
    await conn.execute(
        _ADD,
        replica,
        commit_id,
        now,
        [key.tenant_id for key, _ in ordered],
        [key.minute for key, _ in ordered],
        [key.route for key, _ in ordered],
        [calls for _, calls in ordered],
    )


async def last_commit(conn: Connection, replica: UUID) -> UUID | None:
    """The newest group that a server committed, its row locked."""
    found: UUID | None = await conn.fetchval(
        "select last_commit from api_call_writers where replica = $1 for update", replica
    )
    return found


async def take_own(
    conn: Connection, tenant_id: UUID, replica: UUID, before: datetime
) -> list[CallCount]:
    """Takes out a server's counts of minutes that began before a moment."""
    query = _TAKE.format(which="replica = $2 and minute < $3")
    return [CallCount(**row) for row in await conn.fetch(query, tenant_id, replica, before)]


async def take_left(conn: Connection, tenant_id: UUID, before: datetime) -> list[CallCount]:
    """Takes out counts that no server touched since a moment: theirs are gone."""
    query = _TAKE.format(which="counted_at < $2")
    return [CallCount(**row) for row in await conn.fetch(query, tenant_id, before)]


async def tenants_left(conn: Connection, before: datetime) -> list[UUID]:
    """Tenants with such counts; for the worker role."""
    rows = await conn.fetch(
        "select distinct tenant_id from api_call_counts where counted_at < $1 limit 1000", before
    )
    return [row["tenant_id"] for row in rows]


async def forget_writers(conn: Connection, before: datetime) -> None:
    """Deletes what servers left behind that are gone; for the worker role."""
    await conn.execute("delete from api_call_writers where committed_at < $1", before)
