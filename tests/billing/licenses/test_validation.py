"""Which cameras run: slots, trials, ends, and the hard cap."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import grpc
import pytest
from brinkbyte.common.v1 import error_reason_pb2 as reasons
from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.license.v1 import license_service_pb2_grpc as rpc

from tests.billing.cloud_harness import Cloud, Tenant, refused

SECOND = timedelta(seconds=1)


def licenses(channel: grpc.aio.Channel) -> rpc.LicenseServiceStub:
    return rpc.LicenseServiceStub(channel)


async def validate(
    channel: grpc.aio.Channel, camera_id: str, **fields: str
) -> pb.ValidateCameraResponse:
    request = pb.ValidateCameraRequest(camera_id=camera_id, **fields)
    return await licenses(channel).ValidateCamera(request)


async def list_all(tenant: Tenant) -> dict[str, pb.CameraLicense]:
    listed = await licenses(tenant.read).ListCameraLicenses(pb.ListCameraLicensesRequest())
    return {each.camera_id: each for each in listed.camera_licenses}


async def test_the_trial_covers_two_cameras_for_ninety_days(fresh_billing: Cloud) -> None:
    billing = fresh_billing
    tenant = await billing.tenant()
    billing.clock.advance(timedelta(days=40))
    activated = billing.clock.now()
    first = await validate(tenant.admin, "cam-1")
    assert first.is_valid
    assert first.license_mode == pb.LICENSE_MODE_TRIAL
    assert first.valid_until.ToDatetime(UTC) == activated + timedelta(days=90)
    assert (first.cameras_used, first.cameras_allowed) == (1, 2)
    assert list(first.enabled_growth_packs) == []
    billing.clock.advance(timedelta(days=1))
    second = await validate(tenant.admin, "cam-2")
    assert second.is_valid
    assert second.valid_until == first.valid_until
    third = await validate(tenant.admin, "cam-3")
    assert not third.is_valid
    assert third.license_mode == pb.LICENSE_MODE_UNLICENSED
    assert third.reason == reasons.ERROR_REASON_CAMERA_UNLICENSED
    assert "Buy a licence" in third.message
    billing.clock.turn_to(activated + timedelta(days=90) - SECOND)
    assert (await validate(tenant.admin, "cam-2")).cached_until == first.valid_until
    billing.clock.advance(SECOND)
    after = await validate(tenant.admin, "cam-1")
    assert not after.is_valid
    assert after.reason == reasons.ERROR_REASON_LICENSE_EXPIRED
    assert after.status == pb.LICENSE_STATUS_EXPIRED
    unknown = await validate(tenant.admin, "cam-9")
    assert unknown.reason == reasons.ERROR_REASON_LICENSE_EXPIRED


async def test_fifty_first_validations_at_once_take_two_slots(billing: Cloud) -> None:
    tenant = await billing.tenant()
    answers = await asyncio.gather(
        *(validate(tenant.admin, f"cam-{number}") for number in range(50))
    )
    assert sum(each.is_valid for each in answers) == 2
    assert len(await list_all(tenant)) == 2
    async with billing.superuser() as connection:
        count = await connection.fetchval(
            "select count(*) from camera_licenses where tenant_id = $1", tenant.uuid
        )
    assert count == 2


async def test_a_batch_takes_the_free_slots_in_its_order(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=3)
    await validate(tenant.admin, "z")
    answer = await licenses(tenant.admin).BatchValidateCameras(
        pb.BatchValidateCamerasRequest(camera_ids=["d", "c", "z", "b", "a"])
    )
    verdicts = [(each.camera_id, each.validation.is_valid) for each in answer.validations]
    assert verdicts == [("d", True), ("c", True), ("z", True), ("b", False), ("a", False)]
    refusal = answer.validations[3].validation
    assert refusal.reason == reasons.ERROR_REASON_CAMERA_LIMIT_REACHED
    assert "Add slots" in refusal.message
    assert answer.device_token == ""


async def test_a_paid_licence_replaces_the_trial_at_once(billing: Cloud) -> None:
    """The cached answer is dropped by the wake-up: the clock does not move here."""
    tenant = await billing.tenant()
    for camera in ("a", "b", "c"):
        await validate(tenant.admin, camera)
    assert not (await validate(tenant.admin, "c")).is_valid
    before = (await validate(tenant.admin, "a")).epoch
    await billing.issue_license(tenant, cameras=3, packs=("intelligence",))

    async def licensed() -> pb.ValidateCameraResponse:
        while not (answer := await validate(tenant.admin, "c")).is_valid:
            await asyncio.sleep(0.005)
        return answer

    answer = await asyncio.wait_for(licensed(), 60)
    assert answer.license_mode == pb.LICENSE_MODE_BASE
    assert list(answer.enabled_growth_packs) == ["intelligence"]
    assert answer.epoch.incarnation == before.incarnation
    assert answer.epoch.number > before.number


async def test_a_repeated_question_costs_no_statement_within_a_second(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await validate(tenant.admin, "a")
    first = await validate(tenant.admin, "a")
    async with billing.superuser() as connection:
        await connection.execute(
            "update licenses set status = 'suspended' where tenant_id = $1", tenant.uuid
        )
    assert await validate(tenant.admin, "a") == first
    billing.clock.advance(SECOND)
    later = await validate(tenant.admin, "a")
    assert later.reason == reasons.ERROR_REASON_LICENSE_SUSPENDED
    assert later.status == pb.LICENSE_STATUS_SUSPENDED


async def test_answers_of_one_tenant_never_reach_another(billing: Cloud) -> None:
    paid, trial = await billing.tenant(), await billing.tenant()
    await billing.issue_license(paid)
    assert (await validate(paid.admin, "same")).license_mode == pb.LICENSE_MODE_BASE
    assert (await validate(trial.admin, "same")).license_mode == pb.LICENSE_MODE_TRIAL
    for tenant, mode in ((paid, pb.LICENSE_MODE_BASE), (trial, pb.LICENSE_MODE_TRIAL)):
        answer = await validate(billing.vendor, "same", tenant_id=tenant.tenant_id)
        assert answer.license_mode == mode


async def test_a_smaller_licence_keeps_the_oldest_cameras(fresh_billing: Cloud) -> None:
    billing = fresh_billing
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=3)
    for camera in ("old", "middle", "new"):
        await validate(tenant.admin, camera)
        billing.clock.advance(SECOND)
    await billing.issue_license(tenant, cameras=2)
    billing.clock.advance(SECOND)
    verdicts = {each: await validate(tenant.admin, each) for each in ("old", "middle", "new")}
    assert [each.is_valid for each in verdicts.values()] == [True, True, False]
    assert verdicts["new"].reason == reasons.ERROR_REASON_CAMERA_LIMIT_REACHED
    modes = [each.license_mode for each in (await list_all(tenant)).values()]
    assert modes == [pb.LICENSE_MODE_BASE, pb.LICENSE_MODE_BASE, pb.LICENSE_MODE_UNLICENSED]


async def test_a_device_may_only_name_itself(billing: Cloud) -> None:
    tenant = await billing.tenant()
    mine, sibling = await billing.device(tenant), await billing.device(tenant)
    stranger = await billing.device(await billing.tenant())
    for named in (sibling.device_id, stranger.device_id, str(uuid4()), "not-a-uuid"):
        async with refused(grpc.StatusCode.NOT_FOUND) as errors:
            await validate(mine.channel, "cam", device_id=named)
        assert errors[0].metadata["resource"] == "device"
    for named in (stranger.device_id, str(uuid4())):
        async with refused(grpc.StatusCode.NOT_FOUND):
            await validate(tenant.admin, "cam", device_id=named)
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await validate(tenant.admin, "cam", device_id="not-a-uuid")
    assert await list_all(tenant) == {}


async def test_packs_go_with_the_camera_or_the_tenant_as_they_are_sold(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, packs=("integration",))
    vendor = licenses(billing.vendor)
    assigned = await vendor.AssignCameraLicense(
        pb.AssignCameraLicenseRequest(
            tenant_id=tenant.tenant_id, camera_id="cam", growth_packs=["industry"]
        )
    )
    expected = ["industry", "integration"]
    assert list(assigned.camera_license.enabled_growth_packs) == expected
    answer = await validate(tenant.admin, "cam")
    assert list(answer.enabled_growth_packs) == expected
    assert answer.epoch == assigned.epoch
    for pack, part in (("intelligence", "per tenant"), ("nothing", "no pack"), ("base", "implied")):
        async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
            await vendor.AssignCameraLicense(
                pb.AssignCameraLicenseRequest(
                    tenant_id=tenant.tenant_id, camera_id="cam", growth_packs=["industry", pack]
                )
            )
        assert errors[0].violations[0].field == "growth_packs[1]"
        assert part in errors[0].violations[0].description
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await billing.issue_license(tenant, packs=("industry",))


async def test_assigning_takes_a_slot_and_respects_the_cap(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=1)
    vendor = licenses(billing.vendor)

    def request(camera: str) -> pb.AssignCameraLicenseRequest:
        return pb.AssignCameraLicenseRequest(tenant_id=tenant.tenant_id, camera_id=camera)

    first = await vendor.AssignCameraLicense(request("a"))
    assert await vendor.AssignCameraLicense(request("a")) == first, "the epoch too"
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "CAMERA_LIMIT_REACHED"):
        await vendor.AssignCameraLicense(request("b"))


async def test_a_licence_ends_in_the_future(billing: Cloud) -> None:
    tenant = await billing.tenant()
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await billing.issue_license(tenant, valid_for=timedelta(0))
    assert errors[0].violations[0].field == "valid_until"
    request = pb.IssueLicenseRequest(
        tenant_id=tenant.tenant_id, license_mode=pb.LICENSE_MODE_BASE, cameras_allowed=1
    )
    request.valid_until.seconds = 10**15
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await licenses(billing.vendor).IssueLicense(request)


async def test_concurrent_changes_each_raise_the_epoch(billing: Cloud) -> None:
    tenant = await billing.tenant()
    start = (await validate(tenant.admin, "a")).epoch.number
    await asyncio.gather(*(billing.issue_license(tenant, cameras=10) for _ in range(10)))
    billing.clock.advance(SECOND)
    assert (await validate(tenant.admin, "a")).epoch.number == start + 10


async def test_camera_licences_are_paged_oldest_first(fresh_billing: Cloud) -> None:
    billing = fresh_billing
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=10)
    for camera in ("e", "d", "c", "b", "a"):
        await validate(tenant.admin, camera)
        billing.clock.advance(timedelta(microseconds=1))
    stub, seen, token = licenses(tenant.read), [], ""
    while True:
        page = await stub.ListCameraLicenses(
            pb.ListCameraLicensesRequest(page_size=2, page_token=token)
        )
        seen += [each.camera_id for each in page.camera_licenses]
        token = page.next_page_token
        if not token:
            break
    assert seen == ["e", "d", "c", "b", "a"]


@pytest.mark.parametrize("camera_id", ["", "x" * 256])
async def test_a_camera_id_has_bounds(billing: Cloud, camera_id: str) -> None:
    tenant = await billing.tenant()
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await validate(tenant.admin, camera_id)
    assert errors[0].violations[0].field == "camera_id"


async def test_moments_are_utc(billing: Cloud) -> None:
    tenant = await billing.tenant()
    answer = await validate(tenant.admin, "cam")
    cached = answer.cached_until.ToDatetime(UTC) - billing.clock.now()
    assert timedelta(0) < cached <= timedelta(hours=1)
    assert answer.valid_until.ToDatetime(UTC) > datetime.now(UTC)


async def test_camera_licences_with_the_longest_ids_are_paged(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant)
    cameras = {chr(0x10000 + number) * 255 for number in range(5)}
    await licenses(tenant.admin).BatchValidateCameras(
        pb.BatchValidateCamerasRequest(camera_ids=sorted(cameras))
    )
    stub, seen, token = licenses(tenant.read), [], ""
    while True:
        page = await stub.ListCameraLicenses(
            pb.ListCameraLicensesRequest(page_size=2, page_token=token)
        )
        seen += [each.camera_id for each in page.camera_licenses]
        token = page.next_page_token
        if not token:
            break
    assert len(seen) == 5
    assert set(seen) == cameras


@pytest.mark.parametrize("key", ["a\0b", "cam", "\U0010ffff", ""])
async def test_an_altered_page_token_names_its_field_or_finds_nothing(
    billing: Cloud, key: str
) -> None:
    tenant = await billing.tenant()
    token = base64.urlsafe_b64encode(f"1 {key}".encode()).decode()
    request = pb.ListCameraLicensesRequest(page_token=token)
    if not key:
        await licenses(tenant.read).ListCameraLicenses(request)
        return
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await licenses(tenant.read).ListCameraLicenses(request)
    assert errors[0].violations[0].field == "page_token"


async def test_a_camera_beyond_the_slots_gets_no_packs(fresh_billing: Cloud) -> None:
    billing = fresh_billing
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=2)
    await validate(tenant.admin, "old")
    billing.clock.advance(SECOND)
    await validate(tenant.admin, "new")
    await billing.issue_license(tenant, cameras=1)
    request = pb.AssignCameraLicenseRequest(
        tenant_id=tenant.tenant_id, camera_id="new", growth_packs=["industry"]
    )
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "CAMERA_LIMIT_REACHED"):
        await licenses(billing.vendor).AssignCameraLicense(request)
    request.camera_id = "old"
    await licenses(billing.vendor).AssignCameraLicense(request)
