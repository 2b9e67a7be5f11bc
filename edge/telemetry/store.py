"""SQL of telemetry_events: what each camera saw, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from mesh.database import Connection

MONTHS_AHEAD = 2

_INSERT = """
insert into telemetry_events
    (telemetry_id, camera_id, event_type, event_time, frame_index, payload)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[],
                     $6::jsonb[])
"""

# One short index scan for each kind of event, found by skipping from kind to kind, so that a
# page of rare events costs no more than one of frequent ones.
_PAGE = """
with recursive kinds(event_type) as (
    select min(event_type) from telemetry_events
    where camera_id = $1 and ($2::text is null or event_type = $2)
    union all
    select (select min(event_type) from telemetry_events
            where camera_id = $1 and event_type > kinds.event_type
              and ($2::text is null or event_type = $2))
    from kinds where kinds.event_type is not null
)
select page.* from kinds
cross join lateral (
    select telemetry_id, camera_id, event_type, event_time, frame_index, payload
    from telemetry_events
    where camera_id = $1 and event_type = kinds.event_type
      and (event_time, telemetry_id) < ($3, $4)
    order by event_time desc, telemetry_id desc
    limit $5
) page
where kinds.event_type is not null
order by event_time desc, telemetry_id desc
limit $5
"""

_LAST_FRAME = """
select frame_index from telemetry_events
where camera_id = $1 and event_type = $2
order by event_time desc, frame_index desc
limit 1
"""

_END = (datetime(9999, 12, 31, tzinfo=UTC), UUID(int=2**128 - 1))


@dataclass(frozen=True, slots=True)
class TelemetryRow:
    """One event. `event_time` is when the frame was taken (aware, UTC); `frame_index` is the
    frame's number in its source, from 0; `payload` is a JSON object as text."""

    telemetry_id: UUID
    camera_id: str
    event_type: str
    event_time: datetime
    frame_index: int
    payload: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: the next page begins right after it."""

    event_time: datetime
    telemetry_id: UUID


async def insert(conn: Connection, rows: Sequence[TelemetryRow]) -> None:
    """Adds the rows within the caller's transaction, in one statement."""
    if not rows:
        return
    await conn.execute(
        _INSERT,
        [row.telemetry_id for row in rows],
        [row.camera_id for row in rows],
        [row.event_type for row in rows],
        [row.event_time for row in rows],
        [row.frame_index for row in rows],
        [row.payload for row in rows],
    )


async def page(
    conn: Connection,
    camera_id: str,
    event_type: str | None,
    limit: int,
    after: Cursor | None = None,
) -> list[TelemetryRow]:
    """Up to `limit` rows of a camera, newest first; of one kind, or of all when None."""
    start = (after.event_time, after.telemetry_id) if after else _END
    rows = await conn.fetch(_PAGE, camera_id, event_type, *start, limit)
    return [
        TelemetryRow(
            row["telemetry_id"],
            row["camera_id"],
            row["event_type"],
            row["event_time"],
            row["frame_index"],
            row["payload"],
        )
        for row in rows
    ]


async def last_frame(conn: Connection, camera_id: str, event_type: str) -> int | None:
    """Number of the camera's newest frame that left an event of this kind."""
    frame: int | None = await conn.fetchval(_LAST_FRAME, camera_id, event_type)
    return frame


async def ensure_partitions(
    conn: Connection,
    now: datetime,
    *,
    table: str = "telemetry_events",
    months_ahead: int = MONTHS_AHEAD,
) -> list[str]:
    """Makes the monthly partitions of `table` from the month of `now` (aware) on.

    Returns the names of those that it made. A month of which rows already lie in the default
    partition keeps them there.
    """
    made: list[str] = []
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(months_ahead + 1):
        after = (first + timedelta(days=32)).replace(day=1)
        name = f"{table}_{first:%Y_%m}"
        if not await _covered(conn, table, name, first, after):
            await conn.execute(
                f"create table {name} partition of {table} "
                f"for values from ('{first.isoformat()}') to ('{after.isoformat()}')"
            )
            made.append(name)
        first = after
    return made


async def _covered(
    conn: Connection, table: str, name: str, first: datetime, after: datetime
) -> bool:
    if await conn.fetchval("select to_regclass($1)", name) is not None:
        return True
    stray = (
        f"select exists (select from {table}_default where event_time >= $1 and event_time < $2)"  # noqa: S608 - the table's name is ours
    )
    return bool(await conn.fetchval(stray, first, after))
