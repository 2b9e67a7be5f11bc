"""Counts: one tenant's own, or the whole cloud's for the vendor."""

from datetime import timedelta

import grpc
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2, heartbeat_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc
from brinkbyte.stats.v1 import stats_service_pb2 as pb
from brinkbyte.stats.v1 import stats_service_pb2_grpc as rpc

from tests.billing.cloud_harness import Cloud, Tenant


async def stats(channel: grpc.aio.Channel) -> tuple[int, int, int, int]:
    got = await rpc.StatsServiceStub(channel).GetStats(pb.GetStatsRequest())
    return got.tenants, got.devices, got.devices_online, got.camera_licenses


async def activate(tenant: Tenant, *cameras: str) -> None:
    stub = license_service_pb2_grpc.LicenseServiceStub(tenant.admin)
    await stub.BatchValidateCameras(
        license_service_pb2.BatchValidateCamerasRequest(camera_ids=cameras)
    )


async def test_a_tenant_counts_itself_and_the_vendor_everybody(fresh_billing: Cloud) -> None:
    billing = fresh_billing
    first, second = await billing.tenant(), await billing.tenant()
    await activate(first, "a")
    await activate(second, "a", "b")
    online = await billing.device(first)
    await billing.device(first)
    await billing.device(second)
    await heartbeat_service_pb2_grpc.HeartbeatServiceStub(online.channel).Heartbeat(
        heartbeat_service_pb2.HeartbeatRequest()
    )
    assert await stats(first.read) == (1, 2, 1, 1)
    assert await stats(second.read) == (1, 1, 0, 2)
    assert await stats(billing.vendor) == (2, 3, 1, 3)
    billing.clock.advance(timedelta(seconds=31))
    assert await stats(billing.vendor) == (2, 3, 0, 3)
