"""SQL of users and sessions."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.paging import PageRequest
from mesh.database import Connection


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user who is not removed; `accepted_at` is None while invited. Moments are aware, UTC."""

    user_id: UUID
    email: str
    display_name: str
    role: str
    created_at: datetime
    accepted_at: datetime | None
    last_signed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """A single-use token by its hash; `expires_at` is aware, UTC."""

    token_sha256: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A new session; moments are aware, UTC."""

    session_id: UUID
    user_id: UUID
    created_at: datetime
    expires_at: datetime


_SWEPT = 20
_COLUMNS = "user_id, email, display_name, role, created_at, accepted_at, last_signed_in_at"


async def lock_seats(conn: Connection, tenant_id: UUID) -> None:
    """Lets one invitation of the tenant count and take seats at a time."""
    await conn.execute("select from tenants where tenant_id = $1 for no key update", tenant_id)


async def count_seats(conn: Connection, tenant_id: UUID, now: datetime, besides: str) -> int:
    """Users and open invitations, without those of the address `besides`."""
    count: int = await conn.fetchval(
        """
        select count(*) from users where tenant_id = $1 and removed_at is null and email <> $3
            and (accepted_at is not null or invitation_expires_at > $2)
        """,
        tenant_id,
        now,
        besides,
    )
    return count


async def invite(
    conn: Connection, tenant_id: UUID, user: UserRow, invitation: Invitation
) -> UserRow | None:
    """Adds an invited user, or renews the invitation of one who has not accepted; None for one
    who has."""
    row = await conn.fetchrow(
        f"""
        insert into users (tenant_id, user_id, email, role, invitation_sha256,
                           invitation_expires_at, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (tenant_id, email) where removed_at is null do update
        set role = excluded.role, invitation_sha256 = excluded.invitation_sha256,
            invitation_expires_at = excluded.invitation_expires_at
        where users.accepted_at is null
        returning {_COLUMNS}
        """,  # noqa: S608 - constant
        tenant_id,
        user.user_id,
        user.email,
        user.role,
        invitation.token_sha256,
        invitation.expires_at,
        user.created_at,
    )
    return UserRow(**row) if row else None


async def find_invited(
    conn: Connection, tenant_id: UUID, token_sha256: bytes, now: datetime
) -> UserRow | None:
    """The user whose open invitation this is."""
    row = await conn.fetchrow(
        f"""
        select {_COLUMNS} from users
        where tenant_id = $1 and invitation_sha256 = $2 and invitation_expires_at > $3
            and accepted_at is null and removed_at is null
        """,  # noqa: S608 - constant
        tenant_id,
        token_sha256,
        now,
    )
    return UserRow(**row) if row else None


async def accept(
    conn: Connection,
    tenant_id: UUID,
    token_sha256: bytes,
    *,
    password_hash: str,
    display_name: str,
    now: datetime,
) -> UserRow | None:
    """Spends an open invitation; None when another call was faster."""
    row = await conn.fetchrow(
        f"""
        update users set accepted_at = $3, password_hash = $4, display_name = $5,
            invitation_sha256 = null, invitation_expires_at = null
        where tenant_id = $1 and invitation_sha256 = $2 and invitation_expires_at > $3
            and accepted_at is null and removed_at is null
        returning {_COLUMNS}
        """,  # noqa: S608 - constant
        tenant_id,
        token_sha256,
        now,
        password_hash,
        display_name,
    )
    return UserRow(**row) if row else None


async def find_password(
    conn: Connection, tenant_id: UUID, email: str
) -> tuple[UserRow, str] | None:
    """A user who may sign in, and the hash of the password."""
    row = await conn.fetchrow(
        f"""
        select {_COLUMNS}, password_hash from users
        where tenant_id = $1 and email = $2 and removed_at is null and accepted_at is not null
        """,  # noqa: S608 - constant
        tenant_id,
        email,
    )
    if row is None:
        return None
    fields = dict(row)
    password_hash: str = fields.pop("password_hash")
    return UserRow(**fields), password_hash


async def begin_session(
    conn: Connection, tenant_id: UUID, session: SessionRow, token_sha256: bytes
) -> UserRow | None:
    """Adds a session and forgets a few of the tenant's that are over; None for a user removed
    meanwhile."""
    row = await conn.fetchrow(
        f"""
        update users set last_signed_in_at = $3
        where tenant_id = $1 and user_id = $2 and removed_at is null returning {_COLUMNS}
        """,  # noqa: S608 - constant
        tenant_id,
        session.user_id,
        session.created_at,
    )
    if row is None:
        return None
    await conn.execute(
        """
        delete from user_sessions where (tenant_id, session_id) in (
            select tenant_id, session_id from user_sessions
            where tenant_id = $1 and (expires_at <= $2 or ended_at is not null)
            limit $3 for update skip locked)
        """,
        tenant_id,
        session.created_at,
        _SWEPT,
    )
    await conn.execute(
        """
        insert into user_sessions (tenant_id, session_id, user_id, token_sha256, created_at,
                                   last_used_at, expires_at)
        values ($1, $2, $3, $4, $5, $5, $6)
        """,
        tenant_id,
        session.session_id,
        session.user_id,
        token_sha256,
        session.created_at,
        session.expires_at,
    )
    return UserRow(**row)


async def end_session(
    conn: Connection, tenant_id: UUID, token_sha256: bytes, now: datetime
) -> UUID | None:
    """Ends the session of this token; its id, None when there is none that goes on."""
    ended: UUID | None = await conn.fetchval(
        "update user_sessions set ended_at = $3 where tenant_id = $1 and token_sha256 = $2 "
        "and ended_at is null returning session_id",
        tenant_id,
        token_sha256,
        now,
    )
    return ended


async def page(conn: Connection, tenant_id: UUID, request: PageRequest) -> list[UserRow]:
    """The tenant's users from oldest to newest, one more than asked for."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from users
        where tenant_id = $1 and removed_at is null
          and ($2::timestamptz is null or (created_at, user_id) > ($2, $3::uuid))
        order by created_at, user_id limit $4
        """,  # noqa: S608 - constant
        tenant_id,
        after.moment if after else None,
        UUID(after.key) if after else None,
        request.size + 1,
    )
    return [UserRow(**row) for row in rows]


async def remove(
    conn: Connection, tenant_id: UUID, user_id: UUID, now: datetime
) -> datetime | None:
    """When the user was removed: now, or earlier. Ends the sessions. None when unknown."""
    removed: datetime | None = await conn.fetchval(
        """
        update users set removed_at = coalesce(removed_at, $3), invitation_sha256 = null
        where tenant_id = $1 and user_id = $2 returning removed_at
        """,
        tenant_id,
        user_id,
        now,
    )
    await conn.execute(
        "update user_sessions set ended_at = $3 "
        "where tenant_id = $1 and user_id = $2 and ended_at is null",
        tenant_id,
        user_id,
        now,
    )
    return removed
