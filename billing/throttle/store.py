"""SQL of attempts, counted by the hash of what they are about."""

from datetime import datetime

from mesh.database import Connection

_SWEPT = 20


async def count(
    conn: Connection, subject_sha256: bytes, now: datetime, window_ends_at: datetime
) -> tuple[int, datetime]:
    """Counts an attempt; the number in the running window, and when that ends (aware, UTC)."""
    row = await conn.fetchrow(
        """
        insert into sign_in_attempts (subject_sha256, window_ends_at, attempts)
        values ($1, $3, 1)
        on conflict (subject_sha256) do update set
            attempts = case when sign_in_attempts.window_ends_at <= $2
                then 1 else sign_in_attempts.attempts + 1 end,
            window_ends_at = case when sign_in_attempts.window_ends_at <= $2
                then excluded.window_ends_at else sign_in_attempts.window_ends_at end
        returning attempts, window_ends_at
        """,
        subject_sha256,
        now,
        window_ends_at,
    )
    assert row is not None
    return row["attempts"], row["window_ends_at"]


async def forget(conn: Connection, subject_sha256: bytes) -> None:
    """Begins anew for a subject."""
    await conn.execute("delete from sign_in_attempts where subject_sha256 = $1", subject_sha256)


async def give_back(conn: Connection, subject_sha256: bytes) -> None:
    """One attempt did not count after all."""
    await conn.execute(
        "update sign_in_attempts set attempts = attempts - 1 "
        "where subject_sha256 = $1 and attempts > 1",
        subject_sha256,
    )


async def sweep(conn: Connection, now: datetime) -> None:
    """Drops a few windows that are over."""
    await conn.execute(
        """
        delete from sign_in_attempts where subject_sha256 in (
            select subject_sha256 from sign_in_attempts where window_ends_at <= $1
            order by window_ends_at limit $2 for update skip locked)
        """,
        now,
        _SWEPT,
    )
