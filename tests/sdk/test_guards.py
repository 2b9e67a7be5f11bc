"""Guards refuse what the plan does not include, in front of functions and of gRPC calls."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import grpc
import pytest
from brinkbyte.common.v1 import error_reason_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from mesh.status import from_rpc_error
from rights.claims import PlanFeatures, PlanLimits
from rights.keys import KeySet, SigningKey
from sdk.guards import Guards
from sdk.interceptor import LicenseInterceptor
from sdk.license import License
from sdk.refusal import NotLicensed
from tests.billing.cloud_harness import ISSUER
from tests.sdk.instance import NOON, signed

OFF = PlanFeatures(10, 30, False, False, False, False, False)
UNLIMITED = PlanFeatures(None, None, True, True, True, True, True)
MakeGuards = Callable[..., Guards]


@pytest.fixture
def guards(signing_key: SigningKey) -> MakeGuards:
    def make(**claims: object) -> Guards:
        keys = KeySet([signing_key.public])
        license_ = License.from_token(signed(signing_key, **claims), keys, NOON, issuer=ISSUER)
        return Guards(lambda: license_)

    return make


@pytest.mark.parametrize(
    ("guard", "limit", "reason"),
    [
        ("max_devices", 50, "DEVICE_LIMIT_REACHED"),
        ("max_users", 10, "SEAT_LIMIT_REACHED"),
        ("max_alert_rules", 100, "PLAN_LIMIT_REACHED"),
    ],
)
def test_one_more_is_refused_at_the_limit(
    guards: MakeGuards, guard: str, limit: int, reason: str
) -> None:
    ask = getattr(guards(), guard)
    ask(limit - 1)
    ask(0, adding=limit)
    with pytest.raises(NotLicensed) as refused:
        ask(limit)
    error = refused.value
    assert (error.guard, error.reason, error.limit, error.current) == (guard, reason, limit, limit)
    assert str(limit) in error.message
    assert f"ERROR_REASON_{error.reason}" in error_reason_pb2.ErrorReason.DESCRIPTOR.values_by_name
    with pytest.raises(NotLicensed):
        ask(limit - 1, adding=2)


def test_unlimited_is_never_reached(guards: MakeGuards) -> None:
    asked = guards(features=UNLIMITED, limits=PlanLimits(None, None, None))
    for ask in (asked.max_devices, asked.max_users, asked.max_alert_rules, asked.max_dashboards):
        ask(10**9)
    assert asked.retention_days() is None
    assert asked.retention_days(4000) == 4000


def test_retention_is_cut_to_the_plan(guards: MakeGuards) -> None:
    assert guards().retention_days() == 365
    assert guards().retention_days(30) == 30
    assert guards().retention_days(4000) == 365


SWITCHES = ["can_export", "api_access", "mqtt_access", "advanced_alerts", "custom_branding"]


@pytest.mark.parametrize("guard", SWITCHES)
def test_each_switch_is_its_own(guards: MakeGuards, guard: str) -> None:
    names = [
        "can_export_data",
        "has_api_access",
        "has_mqtt_access",
        "has_advanced_alerts",
        "has_custom_branding",
    ]
    fields = {name: getattr(OFF, name) for name in OFF.__slots__}
    only = PlanFeatures(**(fields | {names[SWITCHES.index(guard)]: True}))
    asked = guards(features=only)
    for each in SWITCHES:
        if each == guard:
            getattr(asked, each)()
            continue
        with pytest.raises(NotLicensed) as refused:
            getattr(asked, each)()
        assert (refused.value.guard, refused.value.reason) == (each, "PLAN_LIMIT_REACHED")


def test_a_pack_is_enabled_or_not(guards: MakeGuards) -> None:
    guards().pack("intelligence")
    with pytest.raises(NotLicensed, match="industry") as refused:
        guards().pack("industry")
    assert refused.value.reason == "FEATURE_NOT_LICENSED"


async def test_the_decorator_asks_at_each_call(guards: MakeGuards) -> None:
    asked, users = guards(features=OFF), [9]

    @asked.requires("can_export")
    def export() -> str:
        return "exported"

    @asked.requires("max_users", lambda: users[0])
    async def invite(name: str) -> str:
        return f"invited {name}"

    async def count() -> int:
        return users[0]

    @asked.requires("max_users", count)
    async def invite_too() -> str:
        return "invited"

    with pytest.raises(NotLicensed):
        export()
    assert export.__name__ == "export"
    assert await invite("Ann") == "invited Ann"
    assert await invite_too() == "invited"
    users[0] = 10
    with pytest.raises(NotLicensed):
        await invite("Bob")
    with pytest.raises(NotLicensed):
        await invite_too()


def test_an_unknown_guard_is_noticed_when_decorating(guards: MakeGuards) -> None:
    with pytest.raises(ValueError, match="can_exprt"):
        guards().requires("can_exprt")


class Health(health_pb2_grpc.HealthServicer):
    async def Check(self, request: object, context: object) -> health_pb2.HealthCheckResponse:
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)

    async def Watch(
        self, request: object, context: object
    ) -> AsyncIterator[health_pb2.HealthCheckResponse]:
        yield health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)


@asynccontextmanager
async def serving(interceptor: LicenseInterceptor) -> AsyncIterator[health_pb2_grpc.HealthStub]:
    server = grpc.aio.server(interceptors=[interceptor])
    health_pb2_grpc.add_HealthServicer_to_server(Health(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as over:
            yield health_pb2_grpc.HealthStub(over)
    finally:
        await server.stop(None)


async def test_a_call_behind_a_guard_is_refused_with_its_reason(guards: MakeGuards) -> None:
    held = [guards(features=OFF)]

    def current() -> License:
        return held[0]._current()

    asked = Guards(current)
    rules = {
        "/grpc.health.v1.Health/*": asked.can_export,
        "/grpc.health.v1.Health/Watch": asked.api_access,
    }
    async with serving(LicenseInterceptor(rules)) as stub:
        request = health_pb2.HealthCheckRequest()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Check(request)
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        typed = from_rpc_error(refused.value)
        assert (typed.reason, typed.metadata["limit"]) == ("PLAN_LIMIT_REACHED", "can_export")
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            [each async for each in stub.Watch(request)]
        assert from_rpc_error(refused.value).metadata["limit"] == "api_access"
        held[0] = guards(features=UNLIMITED)
        assert (await stub.Check(request)).status == 1
        assert len([each async for each in stub.Watch(request)]) == 1


async def test_a_call_without_a_rule_passes(guards: MakeGuards) -> None:
    async with serving(
        LicenseInterceptor({"/acme.v1.Reports/*": guards(features=OFF).can_export})
    ) as stub:
        assert (await stub.Check(health_pb2.HealthCheckRequest())).status == 1
