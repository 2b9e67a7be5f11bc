"""People of a tenant: invited to a seat, signed in with a password, gone when removed."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import grpc
import pytest
from brinkbyte.stats.v1 import stats_service_pb2, stats_service_pb2_grpc
from brinkbyte.tenant.v1 import tenant_service_pb2, tenant_service_pb2_grpc
from brinkbyte.user.v1 import user_service_pb2 as pb
from brinkbyte.user.v1 import user_service_pb2_grpc as rpc

from billing.users import passwords
from billing.users.sign_in import address_of
from mesh.call import CLIENT_ADDRESS_KEY
from tests.billing.cloud_harness import Cloud, Tenant, refused

SECOND = timedelta(seconds=1)
PASSWORD = "correct horse battery"
ADMIN, READ = pb.USER_ROLE_TENANT_ADMIN, pb.USER_ROLE_TENANT_READ


@dataclass
class Office:
    """A tenant, and what its people do."""

    cloud: Cloud
    tenant: Tenant

    @property
    def admin(self) -> rpc.UserServiceStub:
        return rpc.UserServiceStub(self.tenant.admin)

    @property
    def anybody(self) -> rpc.UserServiceStub:
        return rpc.UserServiceStub(self.cloud.anonymous)

    async def invite(self, email: str = "Ann@example.test", role: int = ADMIN, ttl: int = 0) -> str:
        request = pb.InviteUserRequest(email=email, role=role, ttl_seconds=ttl)
        return (await self.admin.InviteUser(request)).invitation_token

    async def accept(self, token: str, password: str = PASSWORD) -> pb.User:
        request = pb.AcceptInvitationRequest(
            invitation_token=token, password=password, display_name="Ann"
        )
        return (await self.anybody.AcceptInvitation(request)).user

    async def user(self, email: str = "ann@example.test", role: int = ADMIN) -> pb.User:
        return await self.accept(await self.invite(email, role))

    async def sign_in(self, **changes: str) -> pb.SignInResponse:
        fields = {
            "account": self.tenant.tenant_id,
            "email": "ann@example.test",
            "password": PASSWORD,
        } | changes
        return await self.anybody.SignIn(pb.SignInRequest(**fields))

    async def use(self, session: str) -> None:
        stub = stats_service_pb2_grpc.StatsServiceStub(self.cloud.with_key(session))
        await stub.GetStats(stats_service_pb2.GetStatsRequest())


@pytest.fixture
async def office(fresh_billing: Cloud) -> Office:
    return Office(fresh_billing, await fresh_billing.tenant(aliases=("acme",)))


async def test_from_the_invitation_to_the_first_call(office: Office) -> None:
    user = await office.user()
    assert (user.email, user.state, user.role) == ("ann@example.test", pb.USER_STATE_ACTIVE, ADMIN)
    for account in (office.tenant.tenant_id, str(office.tenant.uuid), "acme"):
        session = await office.sign_in(account=account, email="ANN@example.test")
        assert session.tenant_id == office.tenant.tenant_id
        await office.use(session.session_token)
    listed = (await office.admin.ListUsers(pb.ListUsersRequest())).users
    assert [each.user_id for each in listed] == [user.user_id]
    assert listed[0].HasField("last_signed_in_at")


async def test_a_session_does_what_the_role_may(office: Office) -> None:
    await office.user(role=READ)
    session = await office.sign_in()
    await office.use(session.session_token)
    channel = office.cloud.with_key(session.session_token)
    async with refused(grpc.StatusCode.PERMISSION_DENIED, "SCOPE_MISSING"):
        await rpc.UserServiceStub(channel).InviteUser(
            pb.InviteUserRequest(email="b@example.test", role=ADMIN)
        )
    other = await office.cloud.tenant()
    async with refused(grpc.StatusCode.NOT_FOUND):
        await tenant_service_pb2_grpc.TenantServiceStub(channel).GetTenant(
            tenant_service_pb2.GetTenantRequest(tenant_id=other.tenant_id)
        )


async def test_an_invitation_is_accepted_once_even_under_concurrency(office: Office) -> None:
    token = await office.invite()
    tried = await asyncio.gather(
        *(office.accept(token, f"{PASSWORD} {each}") for each in range(4)), return_exceptions=True
    )
    assert sum(isinstance(each, pb.User) for each in tried) == 1
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "INVITATION_INVALID"):
        await office.accept(token)
    async with refused(grpc.StatusCode.ALREADY_EXISTS) as errors:
        await office.invite()
    assert errors[0].resource == "email"


async def test_an_invitation_ends_by_time_by_the_next_and_by_withdrawal(office: Office) -> None:
    first = await office.invite(ttl=60)
    second = await office.invite(ttl=60)
    withdrawn = await office.invite("bob@example.test")
    listed = (await office.admin.ListUsers(pb.ListUsersRequest())).users
    bob = next(each for each in listed if each.email == "bob@example.test")
    assert bob.state == pb.USER_STATE_INVITED
    await office.admin.RemoveUser(pb.RemoveUserRequest(user_id=bob.user_id))
    office.cloud.clock.advance(timedelta(seconds=59))
    for token in (first, withdrawn, "x" * 64, "=" * 64):
        async with refused(grpc.StatusCode.UNAUTHENTICATED, "INVITATION_INVALID"):
            await office.accept(token)
    office.cloud.clock.advance(SECOND)
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "INVITATION_INVALID"):
        await office.accept(second)


@pytest.mark.parametrize(
    "password", ["elevenchars", "aaaaaaaaaaaaaaaa", "annabelle.lee", "Annabelle.Lee@example.test"]
)
async def test_a_guessable_password_leaves_the_invitation_open(
    office: Office, password: str
) -> None:
    token = await office.invite("annabelle.lee@example.test")
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await office.accept(token, password)
    assert errors[0].violations[0].field == "password"
    await office.accept(token)


async def test_the_plans_two_seats_hold_under_concurrency(office: Office) -> None:
    tried = await asyncio.gather(
        *(office.invite(f"user{each}@example.test") for each in range(5)), return_exceptions=True
    )
    assert sum(isinstance(each, str) for each in tried) == 2
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "SEAT_LIMIT_REACHED"):
        await office.invite("late@example.test")
    listed = (await office.admin.ListUsers(pb.ListUsersRequest())).users
    await office.invite(listed[0].email)  # the same seat again
    await office.admin.RemoveUser(pb.RemoveUserRequest(user_id=listed[0].user_id))
    await office.invite("late@example.test", ttl=60)
    office.cloud.clock.advance(timedelta(days=4))
    await office.invite("later@example.test")  # both open invitations have expired
    await office.invite("latest@example.test")


async def test_wrong_passwords_users_and_accounts_look_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words and in work: a hash of the same cost is verified for nobody, too."""
    await office.user()
    answers, costs = set(), []
    holds = passwords._holds

    def counted(password: str, phc: str) -> bool:
        costs.append(phc.split("$")[1:4] + [len(part) for part in phc.split("$")[4:]])
        return holds(password, phc)

    monkeypatch.setattr(passwords, "_holds", counted)
    for changes in (
        {"password": PASSWORD + "!"},
        {"email": "nobody@example.test"},
        {"account": "no-such-account"},
        {"account": (await office.cloud.tenant()).tenant_id},
    ):
        async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID") as errors:
            await office.sign_in(**changes)
        answers.add((errors[0].message, str(errors[0].metadata)))
    assert len(answers) == 1
    assert costs == [["argon2id", "v=19", "m=19456,t=2,p=1", 22, 43]] * 4


async def test_guessing_is_throttled_by_user_and_heals(office: Office) -> None:
    await office.user()
    for _ in range(10):
        async with refused(grpc.StatusCode.UNAUTHENTICATED):
            await office.sign_in(password="guess")
    async with refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED") as errors:
        await office.sign_in()
    assert timedelta(0) < errors[0].retry_after <= timedelta(minutes=15)
    office.cloud.clock.advance(errors[0].retry_after)
    await office.sign_in()
    for _ in range(10):
        await office.sign_in()  # successes use nothing up


async def test_guessing_is_throttled_by_address_whoever_forwards_it(office: Office) -> None:
    """The gateway names the address; anybody else who does is not believed."""
    await office.user()
    async with office.cloud.superuser() as connection:
        await connection.execute("delete from sign_in_attempts")
    gateway = rpc.UserServiceStub(office.cloud.as_service("gateway"))
    request = pb.SignInRequest(
        account=office.tenant.tenant_id, email="ann@example.test", password=PASSWORD
    )
    await gateway.SignIn(request, metadata=((CLIENT_ADDRESS_KEY, "192.0.2.7"),))
    await office.anybody.SignIn(request, metadata=((CLIENT_ADDRESS_KEY, "192.0.2.8"),))
    wrong = pb.SignInRequest(account="acme", email="x@example.test", password="guess")
    async with office.cloud.superuser() as connection:
        await connection.execute(
            "update sign_in_attempts set attempts = 100 where subject_sha256 = "
            "sha256(convert_to('address', 'utf8') || '\\x00'::bytea "
            "|| convert_to('192.0.2.7', 'utf8'))"
        )
    async with refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED"):
        await gateway.SignIn(wrong, metadata=((CLIENT_ADDRESS_KEY, "192.0.2.7"),))
    async with refused(grpc.StatusCode.UNAUTHENTICATED):
        await gateway.SignIn(wrong, metadata=((CLIENT_ADDRESS_KEY, "192.0.2.9"),))
    async with office.cloud.superuser() as connection:
        found = await connection.fetchval(
            "select count(*) from sign_in_attempts where subject_sha256 = "
            "sha256(convert_to('address', 'utf8') || '\\x00'::bytea "
            "|| convert_to('192.0.2.8', 'utf8'))"
        )
    assert found == 0


async def test_a_session_ends_when_idle_and_in_any_case(office: Office) -> None:
    await office.user()
    idle, busy = await office.sign_in(), await office.sign_in()
    assert busy.idle_seconds == 1800
    for _ in range(24):
        office.cloud.clock.advance(timedelta(minutes=29))
        await office.use(busy.session_token)
    async with refused(grpc.StatusCode.UNAUTHENTICATED):
        await office.use(idle.session_token)
    office.cloud.clock.advance(timedelta(minutes=24))
    assert office.cloud.clock.now().timestamp() > busy.expires_at.seconds
    async with refused(grpc.StatusCode.UNAUTHENTICATED):
        await office.use(busy.session_token)


async def test_sign_out_ends_one_session_and_removal_all(office: Office) -> None:
    user = await office.user()
    sessions = [(await office.sign_in()).session_token for _ in range(3)]
    for each in sessions:
        await office.use(each)
    for token in (sessions[0], sessions[0], "bbs_" + "A" * 64, "no session token"):
        await office.anybody.SignOut(pb.SignOutRequest(session_token=token))
    office.cloud.clock.advance(SECOND)
    async with refused(grpc.StatusCode.UNAUTHENTICATED):
        await office.use(sessions[0])
    await office.use(sessions[1])
    await office.admin.RemoveUser(pb.RemoveUserRequest(user_id=user.user_id))
    office.cloud.clock.advance(SECOND)
    for each in sessions[1:]:
        async with refused(grpc.StatusCode.UNAUTHENTICATED):
            await office.use(each)
    async with refused(grpc.StatusCode.UNAUTHENTICATED):
        await office.sign_in()


async def test_sessions_that_are_over_do_not_pile_up(office: Office) -> None:
    await office.user()
    await office.user("bob@example.test")
    await office.sign_in()
    office.cloud.clock.advance(timedelta(days=1))
    await office.sign_in(email="bob@example.test")
    async with office.cloud.superuser() as connection:
        assert await connection.fetchval("select count(*) from user_sessions") == 1


async def test_another_tenants_user_cannot_be_removed(office: Office) -> None:
    user = await office.user()
    other = rpc.UserServiceStub((await office.cloud.tenant()).admin)
    async with refused(grpc.StatusCode.NOT_FOUND) as errors:
        await other.RemoveUser(pb.RemoveUserRequest(user_id=user.user_id))
    assert errors[0].resource == "user"


async def test_no_table_holds_a_password_or_a_token(office: Office) -> None:
    invitation = await office.invite()
    await office.accept(invitation)
    session = (await office.sign_in()).session_token
    async with office.cloud.superuser() as connection:
        tables = await connection.fetch(
            "select c.oid::regclass::text as name from pg_class c "
            "where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
        for table in tables:
            for secret in (PASSWORD, invitation, session.removeprefix("bbs_")):
                found = await connection.fetchval(
                    f"select count(*) from {table['name']} t where t::text like $1", f"%{secret}%"
                )
                assert found == 0, table["name"]
        phc = await connection.fetchval("select password_hash from users")
    assert phc.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_what_people_do_is_in_the_audit_log(office: Office) -> None:
    user = await office.user()
    session = await office.sign_in()
    await office.anybody.SignOut(pb.SignOutRequest(session_token=session.session_token))
    await office.admin.RemoveUser(pb.RemoveUserRequest(user_id=user.user_id))
    async with office.cloud.superuser() as connection:
        rows = await connection.fetch(
            "select action from audit_log where tenant_id = $1", office.tenant.uuid
        )
    actions = {row["action"] for row in rows}
    assert {
        "user.invited",
        "user.changed",
        "session.opened",
        "session.closed",
        "user.removed",
    } <= actions


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:192.0.2.1:4711", "192.0.2.1"),
        ("ipv6:%5B2001:db8:1:2:3::4%5D:4711", "2001:db8:1:2::/64"),
        ("ipv6:[::1]:4711", "::/64"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("unix:/tmp/socket", "unix:/tmp/socket"),
    ],
)
def test_an_address_is_a_host_or_a_subscribers_network(peer: str, address: str) -> None:
    assert address_of(peer) == address
