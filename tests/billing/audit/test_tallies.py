"""What is refused rolls back, so it is counted on a path of its own: a flood makes few rows."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc
from brinkbyte.tenant.v1 import tenant_service_pb2, tenant_service_pb2_grpc

from billing.audit.actions import Action
from billing.audit.entry import Actor, Tally
from billing.audit.tallies import MAX_RESOURCES, TallyLog
from mesh import tls
from mesh.clock import ManualClock
from mesh.database import Database
from tests.billing.audit.chains import NOON, open_database, rows, sealer
from tests.billing.cloud_harness import Cloud, Tenant, refused
from tests.billing.conftest import NewDatabase

OVER = timedelta(minutes=2)


async def counted(cloud: Cloud, tenant_id: UUID) -> list[dict[str, Any]]:
    async with cloud.superuser() as connection:
        found = await connection.fetch(
            "select * from audit_tallies where tenant_id = $1 order by resource", tenant_id
        )
    return [dict(row) for row in found]


async def rows_of(cloud: Cloud, tenant: Tenant, action: str, count: int) -> list[dict[str, Any]]:
    """The rows of an action once there are so many."""
    async with asyncio.timeout(60):
        while True:
            found = [row for row in await rows(cloud, tenant.uuid) if row["action"] == action]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.02)


async def flushed(cloud: Cloud, tenant: Tenant, count: int) -> None:
    """Waits until the database knows of so many refusals."""
    async with asyncio.timeout(60):
        while sum(row["count"] for row in await counted(cloud, tenant.uuid)) < count:
            await asyncio.sleep(0.02)


async def validate(tenant: Tenant, cameras: list[str]) -> None:
    await license_service_pb2_grpc.LicenseServiceStub(tenant.admin).BatchValidateCameras(
        license_service_pb2.BatchValidateCamerasRequest(camera_ids=cameras)
    )


async def test_a_flood_of_refused_cameras_makes_one_row_a_camera(fresh_billing: Cloud) -> None:
    cloud = fresh_billing
    tenant = await cloud.tenant()
    await validate(tenant, ["first", "second"])
    for _ in range(40):
        await validate(tenant, ["third", "fourth"])
    await flushed(cloud, tenant, 80)
    assert not [row for row in await rows(cloud, tenant.uuid) if "refused" in row["action"]]
    cloud.clock.advance(OVER)
    found = await rows_of(cloud, tenant, "camera.refused", 2)
    assert {row["resource"]: row["details"] for row in found} == {
        "camera/third": {"count": "40", "reason": "CAMERA_UNLICENSED"},
        "camera/fourth": {"count": "40", "reason": "CAMERA_UNLICENSED"},
    }
    assert await counted(cloud, tenant.uuid) == []


async def test_calls_that_a_caller_may_not_make_are_counted(fresh_billing: Cloud) -> None:
    cloud = fresh_billing
    tenant = await cloud.tenant()
    device = await cloud.device(tenant)
    request = device_service_pb2.CreateEnrollmentTokenRequest()
    for _ in range(3):
        async with refused(grpc.StatusCode.PERMISSION_DENIED):
            await device_service_pb2_grpc.DeviceServiceStub(tenant.read).CreateEnrollmentToken(
                request
            )
    async with refused(grpc.StatusCode.PERMISSION_DENIED):
        await tenant_service_pb2_grpc.TenantServiceStub(device.channel).ListTenants(
            tenant_service_pb2.ListTenantsRequest()
        )
    await flushed(cloud, tenant, 4)
    found = {
        (row["resource"], row["reason"]): row["count"] for row in await counted(cloud, tenant.uuid)
    }
    assert found == {
        ("rpc/brinkbyte.device.v1.DeviceService/CreateEnrollmentToken", "SCOPE_MISSING"): 3,
        ("rpc/brinkbyte.tenant.v1.TenantService/ListTenants", "CALLER_NOT_ALLOWED"): 1,
    }


async def test_a_flood_of_other_names_makes_a_bounded_number_of_rows(
    fresh_billing: Cloud,
) -> None:
    cloud = fresh_billing
    tenant = await cloud.tenant()
    await validate(tenant, ["first", "second"])
    for batch in range(5):
        await validate(tenant, [f"camera-{batch}-{number}" for number in range(200)])
    await flushed(cloud, tenant, 1000)
    cloud.clock.advance(OVER)
    found = await rows_of(cloud, tenant, "camera.refused", MAX_RESOURCES + 1)
    assert len(found) == MAX_RESOURCES + 1
    assert sum(int(row["details"]["count"]) for row in found) == 1000
    rest = next(row for row in found if row["resource"] == "camera/*")
    assert rest["details"]["count"] == str(1000 - MAX_RESOURCES)


async def test_the_device_too_many_is_written_down_before_its_answer(
    fresh_billing: Cloud,
) -> None:
    """Its transaction rolls back, its refusal does not; the token is not spent."""
    cloud = fresh_billing
    tenant = await cloud.tenant()
    for _ in range(10):
        await cloud.device(tenant)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "DEVICE_LIMIT_REACHED"):
        await cloud.device(tenant)
    first = await counted(cloud, tenant.uuid)
    assert [(row["action"], row["reason"], row["count"]) for row in first] == [
        ("device.refused", "DEVICE_LIMIT_REACHED", 1)
    ]
    cloud.clock.advance(OVER)
    found = await rows_of(cloud, tenant, "device.refused", 1)
    assert found[0]["actor_kind"] == "anonymous"
    assert found[0]["details"] == {"count": "1", "reason": "DEVICE_LIMIT_REACHED"}


async def test_a_wrong_enrolment_token_counts_for_a_tenant_that_exists(billing: Cloud) -> None:
    tenant = await billing.tenant()
    nobody = uuid4()
    for tenant_id in (tenant.uuid, tenant.uuid, nobody):
        token = base64.urlsafe_b64encode(tenant_id.bytes + secrets.token_bytes(32)).decode()
        async with refused(grpc.StatusCode.UNAUTHENTICATED, "ENROLLMENT_TOKEN_INVALID"):
            await device_service_pb2_grpc.DeviceServiceStub(billing.anonymous).EnrollDevice(
                device_service_pb2.EnrollDeviceRequest(
                    enrollment_token=token,
                    hardware_id="hw",
                    csr_pem=tls.create_csr(tls.generate_key()).decode(),
                )
            )
    found = await counted(billing, tenant.uuid)
    assert [each["resource"] for each in found] == ["enrollment_token/unknown"]
    assert await counted(billing, nobody) == []


async def test_tokens_are_counted_only_when_they_were_given(billing: Cloud) -> None:
    tenant = await billing.tenant()
    stub = license_service_pb2_grpc.LicenseServiceStub(tenant.admin)
    for _ in range(3):
        await stub.GetLicenseToken(license_service_pb2.GetLicenseTokenRequest())
    await flushed(billing, tenant, 3)
    found = await counted(billing, tenant.uuid)
    assert (found[0]["action"], found[0]["reason"]) == ("license_token.issued", "")


async def test_a_device_that_gets_no_token_is_not_counted_as_one_that_did(billing: Cloud) -> None:
    tenant = await billing.tenant()
    device = await billing.device(tenant)
    await license_service_pb2_grpc.LicenseServiceStub(billing.vendor).RevokeLicense(
        license_service_pb2.RevokeLicenseRequest(tenant_id=tenant.tenant_id)
    )
    answer = await license_service_pb2_grpc.LicenseServiceStub(device.channel).BatchValidateCameras(
        license_service_pb2.BatchValidateCamerasRequest(camera_ids=["gate"])
    )
    assert answer.device_token == ""
    assert {each["action"] for each in await counted(billing, tenant.uuid)} == {"camera.refused"}


@pytest.fixture
async def database(new_database: NewDatabase) -> AsyncIterator[Database]:
    dsns, _ = await new_database()
    db = await open_database(dsns)
    yield db
    await db.close()


ACTOR = Actor("tenant", "key", "request")


async def test_two_replicas_count_together_and_no_minute_is_lost(database: Database) -> None:
    tenant_id, clock = uuid4(), ManualClock(NOON)
    replicas = [TallyLog(database, clock) for _ in range(2)]
    flood = [
        Tally(tenant_id, Action.CAMERA_REFUSED, f"camera/{number}", "LICENSE_EXPIRED")
        for number in range(20)
    ]
    for _ in range(3):
        await asyncio.gather(*(each.note(flood, ACTOR) for each in replicas))
        await asyncio.gather(*(each.flush() for each in replicas))
        clock.advance(timedelta(minutes=1))
    clock.advance(OVER)
    worker = sealer(database, clock)
    assert await worker.close_minutes() == 60
    assert await worker.close_minutes() == 0
    async with database.worker() as conn:
        found = await conn.fetch(
            "select recorded_at, sum((details->>'count')::int) as total from audit_log "
            "where tenant_id = $1 group by 1 order by 1",
            tenant_id,
        )
    assert [(row["recorded_at"], row["total"]) for row in found] == [
        (NOON + timedelta(minutes=minute), 40) for minute in range(3)
    ]


async def test_the_words_of_a_newer_version_are_kept(database: Database) -> None:
    """Replicas of two versions run side by side during an upgrade."""
    tenant_id, clock = uuid4(), ManualClock(NOON)
    await TallyLog(database, clock).note([Tally(tenant_id, "moon.refused", "moon/1", "X")], ACTOR)
    clock.advance(OVER)
    assert await sealer(database, clock).close_minutes() == 1


async def test_a_minute_that_is_running_is_left_alone(database: Database) -> None:
    clock = ManualClock(NOON)
    log = TallyLog(database, clock)
    await log.note([Tally(uuid4(), Action.DEVICE_REFUSED, "device/new", "X")], ACTOR)
    clock.advance(timedelta(seconds=64))
    assert await sealer(database, clock).close_minutes() == 0


async def test_counts_wait_while_the_database_is_away(new_database: NewDatabase) -> None:
    dsns, _ = await new_database()
    away = await open_database(dsns)
    await away.close()
    tenant_id, log = uuid4(), TallyLog(away, ManualClock(NOON))
    tally = Tally(tenant_id, Action.DEVICE_REFUSED, "device/new", "X")
    await log.note([tally, tally], ACTOR)
    back = await open_database(dsns)
    log._db = back
    try:
        await log.close()
        async with back.worker() as conn:
            assert await conn.fetchval("select count from audit_tallies") == 2
    finally:
        await back.close()
