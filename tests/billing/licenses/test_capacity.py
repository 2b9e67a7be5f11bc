"""The cap holds whoever comes at once, at whichever replica; a batch holds a thousand."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

import grpc
from brinkbyte.license.v1 import license_service_pb2 as pb

from mesh.retry import Backoff
from tests.billing.cloud_harness import Cloud
from tests.billing.conftest import Replicas, at
from tests.billing.licenses.calls import licenses, list_all, validate

ASKERS = 200
SLOTS = 37
NO_TIME = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
AnswerT = TypeVar("AnswerT")


async def insist(call: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
    """A call that comes again, as a client's does, when the server had no time for it."""
    delays = Backoff(0.1, cap=1.0)
    while True:
        try:
            return await call()
        except grpc.aio.AioRpcError as error:
            if error.code() not in NO_TIME:
                raise
        await asyncio.sleep(next(delays))


async def test_two_hundred_first_validations_on_two_replicas_take_the_slots_that_there_are(
    replicas: Replicas,
) -> None:
    first, second = replicas
    tenant = await first.tenant()
    await first.issue_license(tenant, cameras=SLOTS)
    channels = [tenant.admin, second.with_key(tenant.admin_key)]
    answers = await asyncio.gather(
        *(insist(partial(validate, channels[n % 2], f"cam-{n}")) for n in range(ASKERS))
    )
    assert sum(each.is_valid for each in answers) == SLOTS
    listed = await list_all(tenant)
    assert len(listed) == SLOTS
    assert {f"cam-{n}" for n, each in enumerate(answers) if each.is_valid} == set(listed)
    async with first.superuser() as connection:
        counted = await connection.fetchval(
            "select cameras_used from licenses where tenant_id = $1", tenant.uuid
        )
    assert counted == SLOTS


async def test_slots_that_come_and_go_at_once_are_counted_right(replicas: Replicas) -> None:
    first, second = replicas
    tenant = await first.tenant()
    await first.issue_license(tenant, cameras=20)
    channels = [tenant.admin, second.with_key(tenant.admin_key)]

    async def come_and_go(n: int) -> None:
        await insist(partial(validate, channels[n % 2], f"cam-{n}"))
        request = pb.ReleaseCameraLicenseRequest(camera_id=f"cam-{n}")
        await insist(partial(licenses(channels[(n + 1) % 2]).ReleaseCameraLicense, request))

    await asyncio.gather(*(come_and_go(n) for n in range(60)))
    assert await list_all(tenant) == {}
    answer = await licenses(channels[1]).BatchValidateCameras(
        pb.BatchValidateCamerasRequest(camera_ids=[f"new-{n}" for n in range(25)])
    )
    assert sum(each.validation.is_valid for each in answer.validations) == 20
    assert answer.validations[0].validation.cameras_used == 20


async def test_the_first_device_to_come_at_either_replica_keeps_the_camera(
    replicas: Replicas,
) -> None:
    first, second = replicas
    tenant = await first.tenant()
    await first.issue_license(tenant)
    here, there = await first.device(tenant), await first.device(tenant)
    channels = [here.channel, at(second, there)]
    for n in range(10):
        answers = await asyncio.gather(
            *(insist(partial(validate, each, f"cam-{n}")) for each in channels)
        )
        assert sum(each.is_valid for each in answers) == 1


async def test_a_batch_of_a_thousand_cameras_is_one_call(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=999)
    cameras = [f"c{n:03}" for n in range(1000)]
    request = pb.BatchValidateCamerasRequest(
        camera_ids=cameras,
        fingerprints=[pb.CameraFingerprint(camera_id=each, fingerprint=each) for each in cameras],
    )
    for _ in range(2):
        answer = await licenses(tenant.admin).BatchValidateCameras(request)
        assert [each.camera_id for each in answer.validations] == cameras
        verdicts = [each.validation.is_valid for each in answer.validations]
        assert verdicts == [True] * 999 + [False]


async def test_a_validation_waits_for_nobody_who_changes_its_camera(fresh_billing: Cloud) -> None:
    billing = fresh_billing
    tenant = await billing.tenant()
    await validate(tenant.admin, "gate")
    billing.clock.advance(timedelta(minutes=5))
    validated = "select last_validated_at from camera_licenses where tenant_id = $1"
    async with billing.superuser() as connection:
        before = await connection.fetchval(validated, tenant.uuid)
        async with connection.transaction():
            await connection.fetch(validated + " for update", tenant.uuid)
            async with asyncio.timeout(60):
                assert (await validate(tenant.admin, "gate")).is_valid
        assert await connection.fetchval(validated, tenant.uuid) == before
        billing.clock.advance(timedelta(seconds=1))
        await validate(tenant.admin, "gate")
        assert await connection.fetchval(validated, tenant.uuid) == billing.clock.now()
