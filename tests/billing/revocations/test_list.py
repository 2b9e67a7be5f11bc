"""The revocation list that a tenant's devices fetch, or carry as a file."""

import asyncio
from datetime import timedelta

import grpc
import pytest
from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.license.v1 import license_service_pb2_grpc as rpc

from billing.revocations import service
from billing.revocations.service import LONGEST_TOKEN
from rights.claims import LicenseClaims
from rights.revocations import RevocationList, read_list
from rights.tokens import verify
from tests.billing.cloud_harness import ISSUER, Cloud, Device, Tenant, refused
from tests.billing.fleet.line import Line
from tests.billing.licenses.test_tokens import published
from tests.billing.locks import somebody_waits


async def read(billing: Cloud, channel: grpc.aio.Channel, tenant: Tenant) -> RevocationList:
    answer = await rpc.LicenseServiceStub(channel).GetRevocationList(
        pb.GetRevocationListRequest(tenant_id=tenant.tenant_id)
    )
    keys = await published(billing)
    found = read_list(answer.revocation_list, keys, issuer=ISSUER, customer_id=tenant.tenant_id)
    assert (found.epoch.incarnation, found.epoch.number) == (
        answer.epoch.incarnation,
        answer.epoch.number,
    )
    return found


async def retire(device: Device) -> None:
    await device_service_pb2_grpc.DeviceServiceStub(device.tenant.admin).RetireDevice(
        device_service_pb2.RetireDeviceRequest(device_id=device.device_id)
    )


async def claims_of(billing: Cloud, token: str) -> LicenseClaims:
    return verify(
        token,
        await published(billing),
        now=billing.clock.now(),
        audience="brinkbyte-instance",
        issuer=ISSUER,
    )


async def suspend(billing: Cloud, tenant: Tenant) -> None:
    await rpc.LicenseServiceStub(billing.vendor).SuspendLicense(
        pb.SuspendLicenseRequest(tenant_id=tenant.tenant_id)
    )


async def resume(billing: Cloud, tenant: Tenant) -> None:
    await rpc.LicenseServiceStub(billing.vendor).ResumeLicense(
        pb.ResumeLicenseRequest(tenant_id=tenant.tenant_id)
    )


async def test_a_device_its_tenant_and_the_vendor_get_the_list(billing: Cloud) -> None:
    tenant = await billing.tenant()
    device = await billing.device(tenant)
    now = billing.clock.now().replace(microsecond=0)
    for channel in (device.channel, tenant.admin, tenant.read, billing.vendor):
        found = await read(billing, channel, tenant)
        assert found.customer_id == tenant.tenant_id
        assert found.issued_at == now
        assert found.trust.epoch == 1
        assert found.void_before is None
        assert found.retired_devices == frozenset()
    other = await billing.tenant()
    async with refused(grpc.StatusCode.NOT_FOUND):
        await read(billing, other.admin, tenant)


async def test_retired_devices_are_listed_while_a_token_of_theirs_may_live(
    fresh_billing: Cloud,
) -> None:
    tenant = await fresh_billing.tenant()
    gone, there = await fresh_billing.device(tenant), await fresh_billing.device(tenant)
    await retire(gone)
    assert (await read(fresh_billing, there.channel, tenant)).retired_devices == {gone.device_id}
    fresh_billing.clock.advance(LONGEST_TOKEN)
    listed = await read(fresh_billing, tenant.admin, tenant)
    assert listed.retired_devices == {gone.device_id}
    fresh_billing.clock.advance(timedelta(seconds=1))
    assert not (await read(fresh_billing, tenant.admin, tenant)).retired_devices


async def test_a_suspension_voids_tokens_of_the_same_second_and_never_less(
    fresh_billing: Cloud,
) -> None:
    billing = fresh_billing
    tenant, other = await billing.tenant(), await billing.tenant()
    stub = rpc.LicenseServiceStub(tenant.admin)
    token = (await stub.GetLicenseToken(pb.GetLicenseTokenRequest())).license
    await suspend(billing, tenant)
    listed = await read(billing, tenant.admin, tenant)
    claims = await claims_of(billing, token)
    assert listed.void(claims.kid, claims.issued_at, None) is not None
    billing.clock.advance(timedelta(seconds=1))
    await resume(billing, tenant)
    token = (await stub.GetLicenseToken(pb.GetLicenseTokenRequest())).license
    claims = await claims_of(billing, token)
    listed = await read(billing, tenant.admin, tenant)
    assert listed.void(claims.kid, claims.issued_at, None) is None
    billing.clock.turn_to(billing.clock.now() - timedelta(days=3))
    await suspend(billing, tenant)
    assert (await read(billing, tenant.admin, tenant)).void_before == listed.void_before
    assert (await read(billing, other.admin, other)).void_before is None


async def test_what_is_issued_while_a_suspension_waits_is_void_too(
    fresh_billing: Cloud,
) -> None:
    billing = fresh_billing
    tenant = await billing.tenant()
    async with billing.superuser() as connection:
        async with connection.transaction():
            await connection.execute(
                "select from licenses where tenant_id = $1 for update", tenant.uuid
            )
            suspending = asyncio.create_task(suspend(billing, tenant))
            await somebody_waits(connection)
            billing.clock.advance(timedelta(seconds=5))
            stub = rpc.LicenseServiceStub(tenant.admin)
            token = (await stub.GetLicenseToken(pb.GetLicenseTokenRequest())).license
        await suspending
    claims = await claims_of(billing, token)
    listed = await read(billing, tenant.admin, tenant)
    assert listed.void(claims.kid, claims.issued_at, None) is not None


async def test_a_revocation_voids_every_token(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await rpc.LicenseServiceStub(billing.vendor).RevokeLicense(
        pb.RevokeLicenseRequest(tenant_id=tenant.tenant_id)
    )
    listed = await read(billing, tenant.admin, tenant)
    assert listed.void("any", billing.clock.now().replace(microsecond=0), None) is not None


async def test_what_was_revoked_comes_with_the_news_of_it(billing: Cloud) -> None:
    tenant = await billing.tenant()
    line = await Line.open((await billing.device(tenant)).channel)
    await suspend(billing, tenant)
    news = await line.expect("rights_changed")
    keys = await published(billing)
    pushed = read_list(news.revocation_list, keys, issuer=ISSUER, customer_id=tenant.tenant_id)
    assert pushed.epoch.number == news.epoch.number
    assert pushed.void("any", billing.clock.now().replace(microsecond=0), None) is not None
    line.call.cancel()


async def test_a_list_too_long_for_a_stream_is_left_to_the_refresh(
    billing: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_PUSHED", 100)
    tenant = await billing.tenant()
    line = await Line.open((await billing.device(tenant)).channel)
    await suspend(billing, tenant)
    news = await line.expect("rights_changed")
    assert news.revocation_list == ""
    assert (await read(billing, tenant.admin, tenant)).epoch.number == news.epoch.number
    line.call.cancel()


async def test_the_news_does_not_wait_for_a_list_that_cannot_be_read(billing: Cloud) -> None:
    tenant = await billing.tenant()
    line = await Line.open((await billing.device(tenant)).channel)
    async with billing.superuser() as connection, connection.transaction():
        await connection.execute("lock table license_revocations in access exclusive mode")
        await billing.issue_license(tenant)
        news = await line.expect("rights_changed")
        assert news.revocation_list == ""
    line.call.cancel()
