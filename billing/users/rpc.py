"""UserService on the wire."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from brinkbyte.user.v1 import user_service_pb2 as pb
from brinkbyte.user.v1 import user_service_pb2_grpc as rpc

from billing.access.keys import tenant_of_session
from billing.paging import PageRequest
from billing.unit import Units
from billing.users.passwords import Passwords
from billing.users.service import UsersService
from billing.users.sign_in import SignIn
from billing.users.store import UserRow
from billing.users.tokens import tenant_of_invitation
from billing.wire import stamp
from mesh.call import current_call
from rights.ids import render_tenant
from rights.scopes import Role

_ROLES = {
    pb.USER_ROLE_TENANT_ADMIN: Role.TENANT_ADMIN,
    pb.USER_ROLE_TENANT_READ: Role.TENANT_READ,
}
_NUMBERS = {role: number for number, role in _ROLES.items()}


class UserServicer(rpc.UserServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(
        self, units: Units, users: UsersService, passwords: Passwords, session_idle: timedelta
    ) -> None:
        """Transactions, rules and hashes; a session ends `session_idle` after its last call."""
        self._units = units
        self._users = users
        self._passwords = passwords
        self._sign_in = SignIn(units, users, passwords)
        self._session_idle = session_idle

    async def InviteUser(self, request: pb.InviteUserRequest, _: Any) -> pb.InviteUserResponse:
        """See the contract."""
        ttl = timedelta(seconds=request.ttl_seconds) or None
        async with self._units.tenant(request.tenant_id) as unit:
            invited = await self._users.invite(unit, request.email, _ROLES[request.role], ttl)
        return pb.InviteUserResponse(
            user=_pack(invited.user),
            invitation_token=invited.token,
            expires_at=stamp(invited.expires_at),
        )

    async def AcceptInvitation(
        self, request: pb.AcceptInvitationRequest, _: Any
    ) -> pb.AcceptInvitationResponse:
        """See the contract. The token is looked at before and after the slow hash."""
        token = request.invitation_token
        tenant_id = tenant_of_invitation(token)
        async with self._units.within(tenant_id) as unit:
            invited = await self._users.find_invited(unit, token)
        self._passwords.check(request.password, invited.email)
        hashed = await self._passwords.hash(request.password)
        async with self._units.within(tenant_id) as unit:
            user = await self._users.accept(unit, token, hashed, request.display_name)
        return pb.AcceptInvitationResponse(tenant_id=render_tenant(tenant_id), user=_pack(user))

    async def SignIn(self, request: pb.SignInRequest, _: Any) -> pb.SignInResponse:
        """See the contract."""
        unit, session = await self._sign_in.begin(
            request.account, request.email, request.password, current_call().peer
        )
        return pb.SignInResponse(
            session_token=session.token,
            expires_at=stamp(session.expires_at),
            idle_seconds=int(self._session_idle.total_seconds()),
            tenant_id=render_tenant(unit.tenant_id),
            user=_pack(session.user),
        )

    async def SignOut(self, request: pb.SignOutRequest, _: Any) -> pb.SignOutResponse:
        """See the contract."""
        tenant_id = tenant_of_session(request.session_token)
        if tenant_id is not None:
            async with self._units.within(tenant_id) as unit:
                await self._users.sign_out(unit, request.session_token)
        return pb.SignOutResponse()

    async def ListUsers(self, request: pb.ListUsersRequest, _: Any) -> pb.ListUsersResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token, UUID)
        async with self._units.tenant(request.tenant_id) as unit:
            page = await self._users.page(unit, wanted)
        return pb.ListUsersResponse(
            users=[_pack(user) for user in page.rows], next_page_token=page.next_token
        )

    async def RemoveUser(self, request: pb.RemoveUserRequest, _: Any) -> pb.RemoveUserResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            removed_at = await self._users.remove(unit, UUID(request.user_id))
        return pb.RemoveUserResponse(removed_at=stamp(removed_at))


def _pack(user: UserRow) -> pb.User:
    active = user.accepted_at is not None
    return pb.User(
        user_id=str(user.user_id),
        email=user.email,
        display_name=user.display_name,
        role=_NUMBERS[Role(user.role)],
        state=pb.USER_STATE_ACTIVE if active else pb.USER_STATE_INVITED,
        created_at=stamp(user.created_at),
        last_signed_in_at=stamp(user.last_signed_in_at),
    )
