"""One camera, one device, one fingerprint: who keeps it, and how it moves on."""

import asyncio

import grpc
from brinkbyte.common.v1 import error_reason_pb2 as reasons
from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2 as pb

from tests.billing.cloud_harness import Cloud, Device, Tenant, refused
from tests.billing.licenses.calls import batch, licenses, list_all, validate

ELSEWHERE = reasons.ERROR_REASON_CAMERA_HELD_ELSEWHERE
MISMATCH = reasons.ERROR_REASON_CAMERA_MISMATCH


async def paid(billing: Cloud, cameras: int = 10) -> Tenant:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=cameras)
    return tenant


async def move(tenant: Tenant, camera_id: str, device_id: str) -> pb.MoveCameraLicenseResponse:
    request = pb.MoveCameraLicenseRequest(camera_id=camera_id, device_id=device_id)
    return await licenses(tenant.admin).MoveCameraLicense(request)


async def release(tenant: Tenant, camera_id: str) -> pb.ReleaseCameraLicenseResponse:
    request = pb.ReleaseCameraLicenseRequest(camera_id=camera_id)
    return await licenses(tenant.admin).ReleaseCameraLicense(request)


async def reset(tenant: Tenant, camera_id: str) -> pb.ResetCameraFingerprintResponse:
    request = pb.ResetCameraFingerprintRequest(camera_id=camera_id)
    return await licenses(tenant.admin).ResetCameraFingerprint(request)


async def retire(device: Device) -> None:
    await device_service_pb2_grpc.DeviceServiceStub(device.tenant.admin).RetireDevice(
        device_service_pb2.RetireDeviceRequest(device_id=device.device_id)
    )


async def test_the_first_device_keeps_the_camera_until_it_is_moved(billing: Cloud) -> None:
    tenant = await paid(billing)
    first, second = await billing.device(tenant), await billing.device(tenant)
    assert (await batch(first.channel, "cam"))["cam"].is_valid
    answer = (await batch(second.channel, "cam"))["cam"]
    assert answer.reason == ELSEWHERE
    assert first.device_id in answer.message
    assert not answer.HasField("valid_until")
    assert (await list_all(tenant))["cam"].device_id == first.device_id
    moved = await move(tenant, "cam", second.device_id)
    assert moved.epoch.number == answer.epoch.number + 1
    assert moved.camera_license.device_id == second.device_id
    assert await move(tenant, "cam", second.device_id) == moved
    assert (await batch(second.channel, "cam"))["cam"].is_valid
    assert (await batch(first.channel, "cam"))["cam"].reason == ELSEWHERE
    assert (await batch(tenant.admin, "cam"))["cam"].is_valid


async def test_a_camera_held_elsewhere_is_in_nobody_elses_token(billing: Cloud) -> None:
    tenant = await paid(billing)
    first, second = await billing.device(tenant), await billing.device(tenant)
    await batch(first.channel, "mine")
    answer = await licenses(second.channel).BatchValidateCameras(
        pb.BatchValidateCamerasRequest(camera_ids=["mine", "other"])
    )
    verdict = await licenses(tenant.read).VerifyToken(
        pb.VerifyTokenRequest(license=answer.device_token)
    )
    assert '"other"' in verdict.claims
    assert '"mine"' not in verdict.claims


async def test_two_devices_that_come_at_once_get_one_camera(billing: Cloud) -> None:
    tenant = await paid(billing)
    devices = [await billing.device(tenant) for _ in range(4)]
    for round_ in range(5):
        camera = f"cam-{round_}"
        answers = await asyncio.gather(*(batch(each.channel, camera) for each in devices))
        assert sum(each[camera].is_valid for each in answers) == 1


async def test_a_retired_devices_camera_goes_to_the_next_that_asks(billing: Cloud) -> None:
    tenant = await paid(billing)
    first, second = await billing.device(tenant), await billing.device(tenant)
    await batch(first.channel, "cam")
    await retire(first)
    assert (await batch(second.channel, "cam"))["cam"].is_valid
    assert (await list_all(tenant))["cam"].device_id == second.device_id
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await move(tenant, "cam", first.device_id)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await validate(tenant.admin, "cam", device_id=first.device_id)


async def test_a_camera_moves_only_within_its_tenant(billing: Cloud) -> None:
    tenant, other = await paid(billing), await paid(billing)
    device, stranger = await billing.device(tenant), await billing.device(other)
    await batch(device.channel, "cam")
    async with refused(grpc.StatusCode.NOT_FOUND) as errors:
        await move(tenant, "cam", stranger.device_id)
    assert errors[0].metadata["resource"] == "device"
    for call in (move(tenant, "unknown", device.device_id), reset(tenant, "unknown")):
        async with refused(grpc.StatusCode.NOT_FOUND) as errors:
            await call
        assert errors[0].metadata["resource"] == "camera"


async def test_a_released_slot_is_free_for_the_next_camera(billing: Cloud) -> None:
    tenant = await paid(billing, cameras=1)
    assert (await batch(tenant.admin, "old"))["old"].is_valid
    assert not (await batch(tenant.admin, "new"))["new"].is_valid
    freed = await release(tenant, "old")
    assert freed.released
    again = await release(tenant, "old")
    assert not again.released
    assert again.epoch == freed.epoch
    answers = await batch(tenant.admin, "new", "old")
    assert [each.is_valid for each in answers.values()] == [True, False]
    assert answers["new"].cameras_used == 1


async def test_an_id_stays_with_the_camera_that_it_was_first_seen_on(billing: Cloud) -> None:
    tenant = await paid(billing)
    assert (await validate(tenant.admin, "cam", fingerprint="serial-1")).is_valid
    assert (await list_all(tenant))["cam"].fingerprint == "serial-1"
    assert (await validate(tenant.admin, "cam")).is_valid
    answer = await validate(tenant.admin, "cam", fingerprint="serial-2")
    assert answer.reason == MISMATCH
    assert (await batch(tenant.admin, "cam", cam="serial-2"))["cam"].reason == MISMATCH
    cleared = await reset(tenant, "cam")
    assert cleared.camera_license.fingerprint == ""
    assert await reset(tenant, "cam") == cleared
    assert (await batch(tenant.admin, "cam", cam="serial-2"))["cam"].is_valid
    assert (await batch(tenant.admin, "cam", cam="serial-1"))["cam"].reason == MISMATCH


async def test_one_camera_takes_no_second_slot_under_another_id(billing: Cloud) -> None:
    tenant, other = await paid(billing), await paid(billing)
    answers = await batch(tenant.admin, "a", "b", a="serial", b="serial")
    assert answers["a"].is_valid
    assert answers["b"].reason == MISMATCH
    assert "as a" in answers["b"].message
    assert list(await list_all(tenant)) == ["a"]
    assert (await batch(tenant.admin, "b"))["b"].is_valid
    assert (await batch(tenant.admin, "b", b="serial"))["b"].reason == MISMATCH
    assert (await batch(other.admin, "b", b="serial"))["b"].is_valid
    await release(tenant, "a")
    assert (await batch(tenant.admin, "b", b="serial"))["b"].is_valid


async def test_one_fingerprint_at_once_under_many_ids_gets_one_slot(billing: Cloud) -> None:
    tenant = await paid(billing, cameras=50)
    answers = await asyncio.gather(
        *(validate(tenant.admin, f"cam-{n}", fingerprint="serial") for n in range(20))
    )
    assert sum(each.is_valid for each in answers) == 1
    assert len(await list_all(tenant)) == 1


async def test_a_camera_of_another_device_is_not_known_by_what_a_stranger_says(
    billing: Cloud,
) -> None:
    tenant = await paid(billing)
    first, second = await billing.device(tenant), await billing.device(tenant)
    await batch(first.channel, "cam")
    assert (await batch(second.channel, "cam", cam="theirs"))["cam"].reason == ELSEWHERE
    assert (await list_all(tenant))["cam"].fingerprint == ""


async def test_fingerprints_are_of_cameras_asked_about_each_once(billing: Cloud) -> None:
    tenant = await paid(billing)
    known = pb.CameraFingerprint(camera_id="cam", fingerprint="s")
    for fingerprints, field in (
        ([known, known], "fingerprints[1].camera_id"),
        ([pb.CameraFingerprint(camera_id="other", fingerprint="s")], "fingerprints"),
        ([pb.CameraFingerprint(camera_id="cam", fingerprint="x" * 256)], "fingerprints[0]"),
    ):
        async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
            await licenses(tenant.admin).BatchValidateCameras(
                pb.BatchValidateCamerasRequest(camera_ids=["cam"], fingerprints=fingerprints)
            )
        assert errors[0].violations[0].field.startswith(field)
    assert await list_all(tenant) == {}


async def test_moves_and_bindings_are_audited(billing: Cloud) -> None:
    tenant = await paid(billing)
    first, second = await billing.device(tenant), await billing.device(tenant)
    await batch(tenant.admin, "cam")
    await batch(first.channel, "cam", cam="serial")
    await move(tenant, "cam", second.device_id)
    await reset(tenant, "cam")
    await release(tenant, "cam")
    async with billing.superuser() as connection:
        rows = await connection.fetch(
            "select action from audit_log where tenant_id = $1 and resource = 'camera/cam'",
            tenant.uuid,
        )
    assert {row["action"] for row in rows} == {
        "camera.licensed",
        "camera.bound",
        "camera.moved",
        "camera.fingerprint_reset",
        "camera.released",
    }
