"""A licence's life: suspended and resumed, renewed, upgraded, revoked for good."""

from datetime import UTC, timedelta

import grpc
import pytest
from brinkbyte.common.v1 import error_reason_pb2 as reasons
from brinkbyte.license.v1 import license_service_pb2 as pb

from tests.billing.cloud_harness import Cloud, refused
from tests.billing.licenses.calls import Vendor, batch, licenses, list_all, validate

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
CONFLICT = grpc.StatusCode.FAILED_PRECONDITION


async def test_a_suspended_licence_refuses_its_cameras_until_it_is_resumed(
    billing: Cloud,
) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant)
    vendor = Vendor(billing, tenant)
    before = await validate(tenant.admin, "cam")
    suspended = await vendor.suspend("invoice 42 is open")
    assert suspended.license.status == pb.LICENSE_STATUS_SUSPENDED
    assert suspended.license.status_reason == "invoice 42 is open"
    assert suspended.license.status_since.ToDatetime(UTC) == billing.clock.now()
    assert suspended.epoch.number == before.epoch.number + 1
    answer = (await batch(tenant.admin, "cam"))["cam"]
    assert answer.reason == reasons.ERROR_REASON_LICENSE_SUSPENDED
    assert answer.epoch == suspended.epoch
    resumed = await vendor.resume()
    assert resumed.epoch.number == suspended.epoch.number + 1
    assert not resumed.license.HasField("status_since")
    assert (await batch(tenant.admin, "cam"))["cam"].is_valid


async def test_the_same_change_again_changes_nothing(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=3)
    vendor = Vendor(billing, tenant)
    until = billing.clock.now() + 90 * DAY
    for change in (
        vendor.resume,
        lambda: vendor.suspend("first"),
        lambda: vendor.suspend("second"),
        lambda: vendor.renew(until),
        lambda: vendor.upgrade(cameras_allowed=5, add_growth_packs=["intelligence"]),
        vendor.revoke,
        lambda: vendor.revoke("again"),
    ):
        once = await change()
        twice = await change()
        assert twice == once
        assert (await vendor.get()).license == once.license
    assert (await vendor.get()).epoch.number == 6  # the trial was 1, issued, and four changes


async def test_revocation_is_final_and_only_a_new_licence_follows_it(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant)
    device = await billing.device(tenant)
    await batch(device.channel, "cam")
    vendor = Vendor(billing, tenant)
    revoked = await vendor.revoke("fraud")
    assert revoked.license.status == pb.LICENSE_STATUS_EXPIRED
    assert revoked.license.reason == reasons.ERROR_REASON_LICENSE_REVOKED
    answer = await licenses(device.channel).BatchValidateCameras(
        pb.BatchValidateCamerasRequest(camera_ids=["cam", "new"])
    )
    assert {each.validation.reason for each in answer.validations} == {
        reasons.ERROR_REASON_LICENSE_REVOKED
    }
    assert answer.device_token == ""
    later = billing.clock.now() + 400 * DAY
    async with refused(CONFLICT, "LICENSE_REVOKED"):
        await licenses(tenant.read).GetLicenseToken(pb.GetLicenseTokenRequest())
    for change in (
        vendor.suspend(),
        vendor.resume(),
        vendor.renew(later),
        vendor.upgrade(cameras_allowed=9),
        vendor.upgrade(later, license_mode=pb.LICENSE_MODE_BASE),
    ):
        async with refused(CONFLICT, "LICENSE_REVOKED"):
            await change
    await billing.issue_license(tenant)
    assert (await batch(device.channel, "cam"))["cam"].is_valid
    assert (await vendor.get()).license.status_reason == ""


async def test_renewal_never_shortens_unless_asked(fresh_billing: Cloud) -> None:
    billing = fresh_billing
    tenant = await billing.tenant()
    await billing.issue_license(tenant, valid_for=30 * DAY)
    vendor = Vendor(billing, tenant)
    now = billing.clock.now()
    renewed = await vendor.renew(now + 60 * DAY)
    assert renewed.license.valid_until.ToDatetime(UTC) == now + 60 * DAY
    async with refused(CONFLICT, "STATE_CONFLICT") as errors:
        await vendor.renew(now + 59 * DAY)
    assert "already lasts until" in errors[0].message
    shorter = await vendor.renew(now + 10 * DAY, shorten=True)
    assert shorter.license.valid_until.ToDatetime(UTC) == now + 10 * DAY
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await vendor.renew(now, shorten=True)
    assert errors[0].violations[0].field == "valid_until"
    billing.clock.advance(11 * DAY)
    assert (await vendor.get()).license.status == pb.LICENSE_STATUS_EXPIRED
    async with refused(CONFLICT, "LICENSE_EXPIRED"):
        await vendor.suspend()
    async with refused(CONFLICT, "LICENSE_EXPIRED"):
        await vendor.upgrade(cameras_allowed=5)
    again = await vendor.renew(now + 60 * DAY)
    assert again.license.status == pb.LICENSE_STATUS_ACTIVE


async def test_an_upgrade_changes_only_what_it_names(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=3, packs=("intelligence",))
    vendor = Vendor(billing, tenant)
    before = (await vendor.get()).license
    after = (await vendor.upgrade(cameras_allowed=5)).license
    assert after.cameras_allowed == 5
    after.cameras_allowed = 3
    assert after == before
    packs = await vendor.upgrade(
        add_growth_packs=["integration"], remove_growth_packs=["intelligence"]
    )
    assert list(packs.license.growth_packs) == ["integration"]
    assert packs.license.cameras_allowed == 5
    for fields, field in (
        ({}, "cameras_allowed"),
        ({"add_growth_packs": ["industry"]}, "add_growth_packs[0]"),
        ({"remove_growth_packs": ["nothing"]}, "remove_growth_packs[0]"),
        (
            {"add_growth_packs": ["integration"], "remove_growth_packs": ["integration"]},
            "remove_growth_packs",
        ),
    ):
        async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
            await vendor.upgrade(**fields)
        assert errors[0].violations[0].field == field


async def test_fewer_slots_unlicense_the_newest_cameras(fresh_billing: Cloud) -> None:
    billing = fresh_billing
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=3)
    for camera in ("old", "middle", "new"):
        await validate(tenant.admin, camera)
        billing.clock.advance(SECOND)
    vendor = Vendor(billing, tenant)
    await vendor.upgrade(cameras_allowed=1)
    verdicts = await batch(tenant.admin, "old", "middle", "new")
    assert [each.is_valid for each in verdicts.values()] == [True, False, False]
    assert verdicts["new"].reason == reasons.ERROR_REASON_CAMERA_LIMIT_REACHED
    await vendor.upgrade(cameras_allowed=3)
    verdicts = await batch(tenant.admin, "old", "middle", "new")
    assert all(each.is_valid for each in verdicts.values())


async def test_a_trial_becomes_a_paid_licence_and_never_the_other_way(billing: Cloud) -> None:
    tenant = await billing.tenant()
    vendor = Vendor(billing, tenant)
    until = billing.clock.now() + 365 * DAY
    for change in (
        vendor.renew(until),
        vendor.upgrade(until),
        vendor.upgrade(license_mode=pb.LICENSE_MODE_BASE),
    ):
        async with refused(CONFLICT, "STATE_CONFLICT"):
            await change
    paid = await vendor.upgrade(until, license_mode=pb.LICENSE_MODE_BASE, cameras_allowed=7)
    assert paid.license.license_mode == pb.LICENSE_MODE_BASE
    assert paid.license.valid_until.ToDatetime(UTC) == until
    async with refused(CONFLICT, "STATE_CONFLICT"):
        await vendor.upgrade(license_mode=pb.LICENSE_MODE_TRIAL)
    async with refused(CONFLICT, "STATE_CONFLICT"):
        await vendor.upgrade(until - DAY)


async def test_a_suspended_licence_is_renewed_and_stays_suspended(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant)
    vendor = Vendor(billing, tenant)
    await vendor.suspend()
    renewed = await vendor.renew(billing.clock.now() + 365 * DAY)
    assert renewed.license.status == pb.LICENSE_STATUS_SUSPENDED
    assert (await vendor.resume()).license.status == pb.LICENSE_STATUS_ACTIVE


@pytest.mark.parametrize("change", ["suspend", "resume", "revoke"])
async def test_only_the_vendor_changes_a_licence(billing: Cloud, change: str) -> None:
    tenant = await billing.tenant()
    stub = licenses(tenant.admin)
    name = f"{change.capitalize()}License"
    request = getattr(pb, f"{name}Request")(tenant_id=tenant.tenant_id)
    async with refused(grpc.StatusCode.PERMISSION_DENIED):
        await getattr(stub, name)(request)


async def test_every_change_and_refusal_is_audited(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant)
    vendor = Vendor(billing, tenant)
    await vendor.suspend("why")
    await vendor.resume()
    await vendor.renew(billing.clock.now() + 365 * DAY)
    await vendor.upgrade(cameras_allowed=5)
    await vendor.revoke()
    async with refused(CONFLICT):
        await vendor.resume()
    async with billing.superuser() as connection:
        actions = await connection.fetch(
            "select action from audit_log where tenant_id = $1 and action like 'license.%'",
            tenant.uuid,
        )
        counted = await connection.fetch(
            "select action from audit_tallies where tenant_id = $1 and reason <> ''", tenant.uuid
        )
    words = {"offered", "issued", "suspended", "resumed", "renewed", "upgraded", "revoked"}
    assert {row["action"] for row in actions} >= {f"license.{word}" for word in words - {"offered"}}
    assert {row["action"] for row in counted} == {"license.refused"}
    assert list(await list_all(tenant)) == []
