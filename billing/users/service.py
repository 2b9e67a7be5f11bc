"""Rules of users, their seats and sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from billing.access.keys import hash_of, new_session_token
from billing.audit.actions import Action
from billing.paging import Page, PageRequest, Position, page_of
from billing.subscriptions.terms import TermsReader
from billing.throttle.service import Throttle
from billing.unit import Unit
from billing.users import store
from billing.users.store import Invitation, SessionRow, UserRow
from billing.users.tokens import invitation_invalid, new_invitation_token
from mesh.clock import Clock
from mesh.errors import AlreadyExists, FailedPrecondition, NotFound
from mesh.ids import uuid7
from rights.scopes import Role

_DEFAULT_INVITATION = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Invited:
    """A user and the invitation as its holder sees it once; `expires_at` is aware, UTC."""

    user: UserRow
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who a sign-in may be: both None for nobody. `wait` is set when it comes too often."""

    user: UserRow | None
    password_hash: str | None
    wait: timedelta | None


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session as its holder sees it once; `expires_at` is aware, UTC."""

    user: UserRow
    token: str
    expires_at: datetime


class UsersService:
    """Invites and removes users, begins and ends their sessions."""

    def __init__(self, terms: TermsReader, clock: Clock, session_life: timedelta) -> None:
        """The plan of `terms` limits the seats; `clock` dates ids; no session lives longer than
        `session_life`."""
        self._terms = terms
        self._clock = clock
        self._session_life = session_life
        self._throttle = Throttle()

    async def invite(self, unit: Unit, email: str, role: Role, ttl: timedelta | None) -> Invited:
        """Takes a seat for an address and makes its single-use token.

        Raises FailedPrecondition (SEAT_LIMIT_REACHED), AlreadyExists naming `email`.
        """
        address = email.lower()
        await store.lock_seats(unit.conn, unit.tenant_id)
        await self._check_seats(unit, address)
        token = new_invitation_token(unit.tenant_id)
        expires_at = unit.now + (ttl or _DEFAULT_INVITATION)
        row = UserRow(uuid7(self._clock), address, "", role.value, unit.now, None, None)
        invitation = Invitation(hash_of(token), expires_at)
        user = await store.invite(unit.conn, unit.tenant_id, row, invitation)
        if user is None:
            raise AlreadyExists("email", address, "a user with this address exists already")
        unit.audit(Action.USER_INVITED, f"user/{user.user_id}", role=role.value)
        return Invited(user, token, expires_at)

    async def find_invited(self, unit: Unit, token: str) -> UserRow:
        """Whose open invitation it is. Raises Unauthenticated (INVITATION_INVALID)."""
        user = await store.find_invited(unit.conn, unit.tenant_id, hash_of(token), unit.now)
        if user is None:
            raise invitation_invalid()
        return user

    async def accept(
        self, unit: Unit, token: str, password_hash: str, display_name: str
    ) -> UserRow:
        """Spends the invitation. Raises Unauthenticated (INVITATION_INVALID)."""
        user = await store.accept(
            unit.conn,
            unit.tenant_id,
            hash_of(token),
            password_hash=password_hash,
            display_name=display_name,
            now=unit.now,
        )
        if user is None:
            raise invitation_invalid()
        unit.audit(Action.USER_CHANGED, f"user/{user.user_id}", change="accepted")
        return user

    async def candidate(self, unit: Unit, email: str, address: str) -> Candidate:
        """Counts an attempt from `address` and finds whose password to look at."""
        subject = _subject(unit.tenant_id, email)
        wait = await self._throttle.blocked(unit.conn, subject, address, unit.now)
        found = await store.find_password(unit.conn, unit.tenant_id, email.lower())
        user, password_hash = found or (None, None)
        return Candidate(user, password_hash, wait)

    def refuse_sign_in(self, unit: Unit, candidate: Candidate, reason: str) -> None:
        """Counts a refused sign-in in the audit log; all that are nobody's together."""
        name = str(candidate.user.user_id) if candidate.user else "unknown"
        unit.refused(Action.SESSION_REFUSED, f"user/{name}", reason)

    async def sign_in(self, unit: Unit, user: UserRow, address: str) -> NewSession:
        """A session of 256 random bits for a user whose password was right.

        Raises NotFound for one who was removed meanwhile.
        """
        token, expires_at = new_session_token(unit.tenant_id), unit.now + self._session_life
        session = SessionRow(uuid7(self._clock), user.user_id, unit.now, expires_at)
        signed_in = await store.begin_session(unit.conn, unit.tenant_id, session, hash_of(token))
        if signed_in is None:
            raise NotFound("user", str(user.user_id))
        await self._throttle.succeeded(unit.conn, _subject(unit.tenant_id, user.email), address)
        unit.audit(Action.SESSION_OPENED, f"session/{session.session_id}", user=str(user.user_id))
        return NewSession(signed_in, token, expires_at)

    async def sign_out(self, unit: Unit, token: str) -> None:
        """Ends the session of this token, if it is one."""
        ended = await store.end_session(unit.conn, unit.tenant_id, hash_of(token), unit.now)
        if ended is not None:
            unit.audit(Action.SESSION_CLOSED, f"session/{ended}")

    async def page(self, unit: Unit, request: PageRequest) -> Page[UserRow]:
        """The tenant's users, oldest first."""
        rows = await store.page(unit.conn, unit.tenant_id, request)
        return page_of(request, rows, lambda row: Position(row.created_at, str(row.user_id)))

    async def remove(self, unit: Unit, user_id: UUID) -> datetime:
        """When the user was removed; their sessions end within a second. Raises NotFound."""
        removed = await store.remove(unit.conn, unit.tenant_id, user_id, unit.now)
        if removed is None:
            raise NotFound("user", str(user_id))
        if removed == unit.now:
            unit.audit(Action.USER_REMOVED, f"user/{user_id}")
        return removed

    async def seats_taken(self, unit: Unit) -> int:
        """Users and open invitations."""
        return await store.count_seats(unit.conn, unit.tenant_id, unit.now, "")

    async def _check_seats(self, unit: Unit, address: str) -> None:
        plan = (await self._terms.read(unit)).plan("platform")
        limit = plan.count("users")
        if limit is None:
            return
        if await store.count_seats(unit.conn, unit.tenant_id, unit.now, address) >= limit:
            unit.refused(Action.USER_REFUSED, f"plan/{plan.name}", "SEAT_LIMIT_REACHED")
            raise FailedPrecondition(
                "SEAT_LIMIT_REACHED",
                f"plan/{plan.name}",
                f"the plan {plan.name} has {limit} seats; remove a user or upgrade the plan",
            )


def _subject(tenant_id: UUID, email: str) -> str:
    return f"{tenant_id}\0{email.lower()}"
