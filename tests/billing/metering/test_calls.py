"""Tenants' own calls: each answered one counts once, and none is answered beyond a hard quota."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import pytest
from brinkbyte.entitlement.v1 import (
    entitlement_service_pb2,
    entitlement_service_pb2_grpc,
    override_service_pb2,
    override_service_pb2_grpc,
)
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2 as fleet
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2_grpc as fleet_rpc
from brinkbyte.tenant.v1 import tenant_service_pb2, tenant_service_pb2_grpc
from brinkbyte.usage.v1 import usage_service_pb2, usage_service_pb2_grpc

from deploy.local.ports import free_port
from mesh.channel import channel
from mesh.errors import Unavailable
from tests.billing.cloud_harness import Authorities, Cloud, Tenant, refused, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.quotas.callers import buy, status

LIST = "/brinkbyte.heartbeat.v1.HeartbeatService/ListDevices"
MINUTE = timedelta(minutes=1)


async def list_devices(caller: grpc.aio.Channel, tenant_id: str = "") -> None:
    await fleet_rpc.HeartbeatServiceStub(caller).ListDevices(
        fleet.ListDevicesRequest(tenant_id=tenant_id)
    )


async def check(caller: grpc.aio.Channel) -> None:
    await entitlement_service_pb2_grpc.EntitlementServiceStub(caller).CheckEntitlement(
        entitlement_service_pb2.CheckEntitlementRequest(camera_id="cam", feature="person")
    )


async def get_tenant(caller: grpc.aio.Channel, tenant: Tenant) -> None:
    await tenant_service_pb2_grpc.TenantServiceStub(caller).GetTenant(
        tenant_service_pb2.GetTenantRequest(tenant_id=tenant.tenant_id)
    )


async def include_calls(cloud: Cloud, tenant: Tenant, amount: int) -> None:
    await override_service_pb2_grpc.OverrideServiceStub(cloud.vendor).SetOverride(
        override_service_pb2.SetOverrideRequest(
            tenant_id=tenant.tenant_id,
            quota=override_service_pb2.QuotaOverride(metric="api_call", included=str(amount)),
            reason="agreed",
        )
    )


async def events(cloud: Cloud, tenant: Tenant) -> list[tuple[str, Decimal]]:
    """Route and calls of each event of the tenant's calls; their ids differ."""
    async with cloud.superuser() as conn:
        rows = await conn.fetch(
            "select event_id, resource_id, quantity from usage_events "
            "where tenant_id = $1 and event_type = 'api_call' and reporter = 'cloud'",
            tenant.uuid,
        )
    assert len({row["event_id"] for row in rows}) == len(rows)
    return sorted((row["resource_id"].rpartition("/")[2], row["quantity"]) for row in rows)


async def waiting(cloud: Cloud, tenant: Tenant) -> Decimal:
    """Calls that are counted and no event yet."""
    async with cloud.superuser() as conn:
        return Decimal(
            await conn.fetchval(
                "select coalesce(sum(calls), 0) from api_call_counts where tenant_id = $1",
                tenant.uuid,
            )
        )


async def settled(cloud: Cloud, tenant: Tenant) -> Decimal:
    """All calls, once the minute is over and every count is an event."""
    cloud.clock.advance(MINUTE + timedelta(seconds=2))
    async with asyncio.timeout(60):
        while await waiting(cloud, tenant):
            await asyncio.sleep(0.05)
    return sum((calls for _, calls in await events(cloud, tenant)), Decimal(0))


async def test_answered_calls_of_keys_count_by_route_and_minute(fresh_billing: Cloud) -> None:
    cloud = fresh_billing
    tenant = await cloud.tenant()
    other = await cloud.tenant()
    await buy(cloud, tenant, "enterprise")
    device = await cloud.device(tenant)  # one call of a key, CreateEnrollmentToken
    for _ in range(3):
        await list_devices(tenant.admin)
    await get_tenant(tenant.read, tenant)
    assert await waiting(cloud, tenant) == 5, "counted before the answer"
    await list_devices(cloud.vendor, tenant.tenant_id)
    await fleet_rpc.HeartbeatServiceStub(device.channel).Heartbeat(fleet.HeartbeatRequest())
    async with refused(grpc.StatusCode.NOT_FOUND):
        await get_tenant(tenant.admin, other)
    sms = usage_service_pb2.UsageEvent(event_id="a", event_type="sms", resource_id="x")
    sms.event_time.FromDatetime(cloud.clock.now())
    await usage_service_pb2_grpc.UsageServiceStub(tenant.admin).ReportUsage(
        usage_service_pb2.ReportUsageRequest(events=[sms])
    )
    assert await waiting(cloud, tenant) == 5, "the vendor, devices, refusals and reports are free"
    assert await events(cloud, tenant) == [], "one event a minute, when it is over"
    assert await settled(cloud, tenant) == 5
    await list_devices(tenant.admin)
    for _ in range(4):
        await check(tenant.admin)
    async with asyncio.timeout(60):
        while await waiting(cloud, tenant) != 5:  # what memory answers is counted right after
            await asyncio.sleep(0.01)
    assert await settled(cloud, tenant) == 10
    assert await events(cloud, tenant) == [
        ("CheckEntitlement", 4),
        ("CreateEnrollmentToken", 1),
        ("GetTenant", 1),
        ("ListDevices", 1),
        ("ListDevices", 3),
    ]


async def test_beyond_a_hard_quota_calls_are_refused_and_the_account_stays_manageable(
    fresh_billing: Cloud,
) -> None:
    cloud = fresh_billing
    tenant = await cloud.tenant()
    await include_calls(cloud, tenant, 5)
    for _ in range(5):
        await list_devices(tenant.admin)
    async with refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "QUOTA_EXHAUSTED") as errors:
        await list_devices(tenant.admin)
    assert (errors[0].metadata["metric"], errors[0].metadata["remaining"]) == ("api_call", "0")
    await get_tenant(tenant.admin, tenant)
    found = await status(tenant.admin, "api_call")
    assert (found.used, found.reserved, found.remaining) == ("0", "5", "0")
    assert await settled(cloud, tenant) == 5, "what is answered always counts nothing any more"
    found = await status(tenant.admin, "api_call")
    assert (found.used, found.reserved, found.remaining) == ("5", "0", "0")
    await include_calls(cloud, tenant, 7)
    cloud.clock.advance(timedelta(seconds=1))
    await list_devices(tenant.admin)


async def test_two_servers_together_answer_no_more_than_there_is(
    new_database: NewDatabase, authorities: Authorities
) -> None:
    dsns, superuser = await new_database()
    async with running_cloud(authorities, dsns, superuser) as one:
        tenant = await one.tenant()
        await include_calls(one, tenant, 25)
        async with running_cloud(
            authorities, dsns, superuser, clock=one.clock, vendor_key=one.vendor_key
        ) as two:
            callers = [tenant.admin, two.with_key(tenant.admin_key)]

            async def call(number: int) -> bool:
                try:
                    await list_devices(callers[number % 2])
                except grpc.aio.AioRpcError as error:
                    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
                    return False
                return True

            answered = 0
            for first in range(0, 60, 20):
                ends = await asyncio.gather(*(call(first + each) for each in range(20)))
                answered += sum(ends)
            assert 23 <= answered <= 25
            assert await waiting(one, tenant) == answered
        assert await settled(one, tenant) == answered
        found = await status(tenant.admin, "api_call")
        assert (found.used, found.leased) == (str(answered), "0")


async def test_a_database_that_is_away_delays_counting_and_no_answer_is_lost(
    fresh_billing: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = fresh_billing
    tenant = await cloud.tenant()
    await buy(cloud, tenant, "enterprise")
    await list_devices(tenant.admin)

    @asynccontextmanager
    async def away() -> AsyncIterator[Any]:
        raise Unavailable("postgres")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(cloud.server.db, "worker", away)
        for _ in range(4):
            await list_devices(tenant.admin)
        assert await waiting(cloud, tenant) == 1
    assert await settled_after(cloud, tenant, 5) == 5


async def settled_after(cloud: Cloud, tenant: Tenant, calls: int) -> Decimal:
    async with asyncio.timeout(60):
        while await waiting(cloud, tenant) != calls:
            await asyncio.sleep(0.05)
    return await settled(cloud, tenant)


def environment(authorities: Authorities, cloud: Cloud, port: int, faults: str) -> dict[str, str]:
    config = authorities.config(cloud.dsns, billing_plaintext_addr=f"127.0.0.1:{port}")
    given: dict[str, str] = {}
    for name in config.model_fields_set:
        value = getattr(config, name)
        secret = getattr(value, "get_secret_value", None)
        given[f"BRINKBYTE_{name.upper()}"] = secret() if secret else str(value)
    return {"PATH": os.environ["PATH"], "BRINKBYTE_FAULTS": faults, **given}


@pytest.mark.parametrize(
    ("fault", "counted"),
    [("metering.before_commit=kill@4", 3), ("metering.after_commit_before_answer=kill@4", 4)],
)
async def test_a_killed_server_loses_no_answered_call(
    fresh_billing: Cloud, authorities: Authorities, tmp_path: Path, fault: str, counted: int
) -> None:
    cloud, port = fresh_billing, free_port()
    tenant = await cloud.tenant()
    await buy(cloud, tenant, "enterprise")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 - it is killed by its own fault
            [sys.executable, "-m", "deploy.cli", "billing", "serve"],
            env=environment(authorities, cloud, port, fault),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            async with channel(
                f"127.0.0.1:{port}", plaintext=True, bearer=tenant.admin_key
            ) as caller:
                async with asyncio.timeout(150):
                    await caller.channel_ready()
                for _ in range(3):
                    await list_devices(caller)
                with pytest.raises(grpc.aio.AioRpcError):
                    await fleet_rpc.HeartbeatServiceStub(caller).ListDevices(
                        fleet.ListDevicesRequest(), wait_for_ready=False, timeout=30
                    )
            assert await asyncio.to_thread(process.wait, 150) == -signal.SIGKILL
        finally:
            process.kill()
            process.wait()
    assert await waiting(cloud, tenant) == counted
    cloud.clock.advance(timedelta(minutes=5))
    assert await settled(cloud, tenant) == counted, "another server makes events of what is left"
