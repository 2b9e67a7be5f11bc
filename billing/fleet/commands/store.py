"""SQL of commands to devices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.fleet.store import Line, line_columns
from mesh.database import Connection


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command; `state` is pending, sent, succeeded or failed; moments are aware, UTC."""

    command_id: str
    kind: str
    resync_from_seq: int
    ttl_seconds: int
    created_at: datetime
    deadline: datetime
    state: str
    detail: str
    finished_at: datetime | None


_COMMAND = (
    "command_id, kind, resync_from_seq, ttl_seconds, created_at, deadline, state, detail, "
    "finished_at"
)


async def add_command(
    conn: Connection, tenant_id: UUID, device_id: UUID, command: CommandRow
) -> bool:
    """False when the device has a command of this id."""
    added = await conn.fetchval(
        """
        insert into device_commands (tenant_id, device_id, command_id, kind, resync_from_seq,
            ttl_seconds, created_at, deadline)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (tenant_id, device_id, command_id) do nothing returning true
        """,
        tenant_id,
        device_id,
        command.command_id,
        command.kind,
        command.resync_from_seq,
        command.ttl_seconds,
        command.created_at,
        command.deadline,
    )
    return added is not None


async def get_command(
    conn: Connection, tenant_id: UUID, device_id: UUID, command_id: str
) -> CommandRow | None:
    """One command."""
    row = await conn.fetchrow(
        f"""
        select {_COMMAND} from device_commands
        where tenant_id = $1 and device_id = $2 and command_id = $3
        """,  # noqa: S608 - constant
        tenant_id,
        device_id,
        command_id,
    )
    return _command(row) if row else None


async def finish_command(
    conn: Connection,
    tenant_id: UUID,
    device_id: UUID,
    command_id: str,
    *,
    state: str,
    detail: str,
    now: datetime,
) -> None:
    """Keeps the first result of a command; a later one, or one of no command, changes nothing."""
    await conn.execute(
        """
        update device_commands set state = $4, detail = $5, finished_at = $6
        where tenant_id = $1 and device_id = $2 and command_id = $3
            and state in ('pending', 'sent')
        """,
        tenant_id,
        device_id,
        command_id,
        state,
        detail,
        now,
    )


async def count_waiting(conn: Connection, tenant_id: UUID, device_id: UUID, now: datetime) -> int:
    """Commands without a result whose deadline has not passed."""
    count: int = await conn.fetchval(
        """
        select count(*) from device_commands
        where tenant_id = $1 and device_id = $2 and state in ('pending', 'sent') and deadline > $3
        """,
        tenant_id,
        device_id,
        now,
    )
    return count


async def take_commands(
    conn: Connection, lines: Mapping[Line, bool], now: datetime
) -> list[tuple[UUID, CommandRow]]:
    """Marks what each speaking stream has not carried yet as sent by it, oldest first; for the
    worker role. Returns (stream, command).

    A line that is True takes again what it was said to carry: the last call may have been
    committed without anyone hearing of it.
    """
    rows = await conn.fetch(
        """
        update device_commands c set state = 'sent', sent_stream = u.stream_id
        from unnest($1::uuid[], $2::uuid[], $3::uuid[], $5::boolean[])
                as u (tenant_id, device_id, stream_id, again),
            device_status s
        where (c.tenant_id, c.device_id) = (u.tenant_id, u.device_id)
            and (s.tenant_id, s.device_id) = (u.tenant_id, u.device_id)
            and s.stream_id = u.stream_id
            and c.state in ('pending', 'sent') and c.deadline > $4
            and (u.again or c.sent_stream is distinct from u.stream_id)
        returning u.stream_id, c.command_id, c.kind, c.resync_from_seq, c.ttl_seconds,
            c.created_at, c.deadline, c.state, c.detail, c.finished_at
        """,
        *line_columns(list(lines)),
        now,
        list(lines.values()),
    )
    rows.sort(key=lambda row: (row["created_at"], row["command_id"]))
    return [(row["stream_id"], _command(row)) for row in rows]


def _command(row: Any) -> CommandRow:
    return CommandRow(
        row["command_id"],
        row["kind"],
        row["resync_from_seq"],
        row["ttl_seconds"],
        row["created_at"],
        row["deadline"],
        row["state"],
        row["detail"],
        row["finished_at"],
    )
