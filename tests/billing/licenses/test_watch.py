"""Other consumers follow a licence: a marker, then each change, in order and once."""

from __future__ import annotations

import asyncio
from datetime import UTC, timedelta
from typing import Any

import grpc
import pytest
from brinkbyte.common.v1 import epoch_pb2
from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.tenant.v1 import tenant_service_pb2, tenant_service_pb2_grpc

from billing.licenses.changes.service import KEPT
from mesh.status import from_rpc_error
from tests.billing.cloud_harness import Authorities, Cloud, refused, running_cloud
from tests.billing.conftest import NewDatabase, Replicas
from tests.billing.licenses.calls import Vendor, batch, licenses


class Watch:
    """An open stream."""

    def __init__(self, channel: grpc.aio.Channel, after: epoch_pb2.Epoch | None = None) -> None:
        self.call = licenses(channel).WatchLicenses(pb.WatchLicensesRequest(after=after))

    async def next(self) -> Any:
        async with asyncio.timeout(60):
            message = await self.call.read()
        assert message is not grpc.aio.EOF
        return getattr(message, message.WhichOneof("message"))

    async def kinds(self, count: int) -> list[str]:
        found = [await self.next() for _ in range(count)]
        return [
            pb.LicenseChangeKind.Name(each.kind).removeprefix("LICENSE_CHANGE_KIND_")
            for each in found
        ]


async def test_a_marker_then_every_change_in_order(billing: Cloud) -> None:
    tenant = await billing.tenant()
    device = await billing.device(tenant)
    await billing.issue_license(tenant)
    vendor = Vendor(billing, tenant)
    watch = Watch(tenant.read)
    marker = await watch.next()
    assert isinstance(marker, pb.LicenseSnapshot)
    assert marker.epoch == (await vendor.get()).epoch
    await batch(device.channel, "b", "a")
    change = await watch.next()
    assert change.epoch.number == marker.epoch.number + 1
    assert change.kind == pb.LICENSE_CHANGE_KIND_CAMERAS_ADDED
    assert list(change.camera_ids) == ["a", "b"]
    assert change.changed_at.ToDatetime(UTC) == billing.clock.now()
    stub = licenses(tenant.admin)
    await vendor.suspend()
    await vendor.resume()
    await vendor.renew(billing.clock.now() + timedelta(days=400))
    await vendor.upgrade(cameras_allowed=1)
    await stub.ReleaseCameraLicense(pb.ReleaseCameraLicenseRequest(camera_id="b"))
    await vendor.revoke()
    await billing.issue_license(tenant)
    expected = ["SUSPENDED", "RESUMED", "RENEWED", "UPGRADED", "CAMERA_RELEASED", "REVOKED"]
    assert await watch.kinds(7) == [*expected, "ISSUED"]
    watch.call.cancel()


async def test_a_reader_goes_on_where_it_was(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant)
    vendor = Vendor(billing, tenant)
    seen = (await vendor.suspend()).epoch
    await vendor.resume()
    await vendor.suspend()
    watch = Watch(tenant.read, after=seen)
    assert await watch.kinds(2) == ["RESUMED", "SUSPENDED"]
    await vendor.revoke()
    assert await watch.kinds(1) == ["REVOKED"]
    watch.call.cancel()


async def test_who_was_away_too_long_or_knows_another_history_reads_anew(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant)
    vendor = Vendor(billing, tenant)
    seen = (await vendor.get()).epoch
    async with billing.superuser() as connection:
        await connection.execute(
            "update tenants set rights_epoch = rights_epoch + $2 where tenant_id = $1",
            tenant.uuid,
            KEPT * 2 + 128 - (seen.number + KEPT * 2) % 64,
        )
    current = (await vendor.suspend()).epoch
    foreign = epoch_pb2.Epoch(
        incarnation="00000000-0000-0000-0000-000000000000", number=current.number
    )
    future = epoch_pb2.Epoch(incarnation=current.incarnation, number=current.number + 1)
    for after in (seen, foreign, future):
        watch = Watch(tenant.read, after=after)
        assert await watch.next() == pb.LicenseSnapshot(epoch=current)
        watch.call.cancel()


async def test_only_the_last_changes_are_kept(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant)
    vendor = Vendor(billing, tenant)
    seen = (await vendor.get()).epoch
    async with billing.superuser() as connection:
        await connection.execute(
            "insert into license_changes (tenant_id, epoch, kind, changed_at) "
            "select $1, n, 'RESUMED', now() from generate_series($2::bigint, 4095) n",
            tenant.uuid,
            seen.number + 1,
        )
        await connection.execute(
            "update tenants set rights_epoch = 4095 where tenant_id = $1", tenant.uuid
        )
        await vendor.suspend()
        kept = await connection.fetchval(
            "select count(*) from license_changes where tenant_id = $1", tenant.uuid
        )
    assert kept == KEPT
    watch = Watch(tenant.read, after=epoch_pb2.Epoch(incarnation=seen.incarnation, number=3200))
    numbers = [(await watch.next()).epoch.number for _ in range(896)]
    assert numbers == list(range(3201, 4097))
    watch.call.cancel()


async def test_a_change_at_one_replica_reaches_a_reader_at_another(replicas: Replicas) -> None:
    first, second = replicas
    tenant = await first.tenant()
    await first.issue_license(tenant)
    vendor = Vendor(first, tenant)
    watch = Watch(second.with_key(tenant.admin_key))
    await watch.next()
    await vendor.suspend()
    assert await watch.kinds(1) == ["SUSPENDED"]
    await vendor.revoke()
    assert await watch.kinds(1) == ["REVOKED"]
    watch.call.cancel()


async def test_a_restored_backup_makes_readers_read_anew(fresh_billing: Cloud) -> None:
    billing = fresh_billing
    tenant = await billing.tenant()
    watch = Watch(tenant.read)
    before = await watch.next()
    async with billing.superuser() as connection:
        await connection.execute("update cloud set incarnation = gen_random_uuid()")
    after = await watch.next()
    assert isinstance(after, pb.LicenseSnapshot)
    assert after.epoch.number == before.epoch.number
    assert after.epoch.incarnation != before.epoch.incarnation
    watch.call.cancel()


async def test_the_stream_ends_with_its_credential(billing: Cloud) -> None:
    tenant = await billing.tenant()
    tenants = tenant_service_pb2_grpc.TenantServiceStub(billing.vendor)
    made = await billing.new_key(tenant.tenant_id, tenant_service_pb2.API_KEY_ROLE_TENANT_READ)
    watch = Watch(billing.with_key(made.api_key))
    await watch.next()
    await tenants.RevokeApiKey(
        tenant_service_pb2.RevokeApiKeyRequest(tenant_id=tenant.tenant_id, key_id=made.key_id)
    )
    billing.clock.advance(timedelta(seconds=1))
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await watch.next()


async def test_a_tenant_has_so_many_readers_at_a_replica(billing: Cloud) -> None:
    tenant = await billing.tenant()
    watches = [Watch(tenant.read) for _ in range(100)]
    for watch in watches:
        await watch.next()
    one_more = Watch(tenant.read)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await one_more.next()
    assert from_rpc_error(caught.value).reason == "RATE_LIMITED"
    watches.pop().call.cancel()

    async def opened() -> None:
        while True:
            watch = Watch(tenant.read)
            try:
                await watch.next()
            except grpc.aio.AioRpcError:
                await asyncio.sleep(0.01)
                continue
            watches.append(watch)
            return

    await asyncio.wait_for(opened(), 60)
    for watch in watches:
        watch.call.cancel()


async def test_a_drain_ends_the_stream_in_order(
    new_database: NewDatabase, authorities: Authorities
) -> None:
    dsns, superuser = await new_database()
    async with running_cloud(authorities, dsns, superuser, drain_seconds=30) as cloud:
        tenant = await cloud.tenant()
        watch = Watch(tenant.read)
        await watch.next()
        async with asyncio.timeout(60):
            await cloud.server.drain()
            assert await watch.call.read() is grpc.aio.EOF
            assert await watch.call.code() is grpc.StatusCode.OK
