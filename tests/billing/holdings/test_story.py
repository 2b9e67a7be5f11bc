"""Everything that a tenant can hold, changed once; each day then says what was held on it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.subscription.v1 import subscription_service_pb2, subscription_service_pb2_grpc

from billing.catalog.live import Catalogs
from billing.devices.counting import in_service
from billing.devices.service import DevicesService
from billing.holdings.first_look import FirstLook
from billing.holdings.service import HoldingsService
from billing.licenses.billable import Billables
from billing.licenses.reader import BookReader
from billing.subscriptions.terms import TermsReader
from billing.unit import Unit
from mesh.principal import ANONYMOUS
from rights.periods import Period
from tests.billing.cloud_harness import Cloud, Device, Tenant
from tests.billing.licenses.calls import Vendor, licenses, validate
from tests.billing.locks import somebody_waits

FIRST = datetime(2025, 3, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
MARCH = Period(datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC))


async def held(
    cloud: Cloud, tenant: Tenant, period: Period = MARCH, *, ahead: bool = False
) -> dict[str, dict[int, int]]:
    """By name, the quantity of each day of the month, as billing reads it."""
    none = cast("Any", None)
    service = HoldingsService(none, none, none)
    async with cloud.server.db.tenant(tenant.uuid) as conn:
        unit = Unit(conn, tenant.uuid, ANONYMOUS, cloud.clock.now())
        found = await service.in_period(unit, period, ahead=ahead)
    return {
        each.piece[2]: {
            (span.first + number * DAY).day: span.quantity
            for span in each.spans
            for number in range(span.days)
        }
        for each in found
    }


async def assign(cloud: Cloud, tenant: Tenant, camera: str, *packs: str) -> None:
    await licenses(cloud.vendor).AssignCameraLicense(
        pb.AssignCameraLicenseRequest(
            tenant_id=tenant.tenant_id, camera_id=camera, growth_packs=packs
        )
    )


async def release(cloud: Cloud, tenant: Tenant, camera: str) -> None:
    await licenses(cloud.vendor).ReleaseCameraLicense(
        pb.ReleaseCameraLicenseRequest(tenant_id=tenant.tenant_id, camera_id=camera)
    )


async def plan(cloud: Cloud, tenant: Tenant, family: str, name: str) -> None:
    stub = subscription_service_pb2_grpc.SubscriptionServiceStub(cloud.vendor)
    await stub.ChangePlan(
        subscription_service_pb2.ChangePlanRequest(
            tenant_id=tenant.tenant_id, family=family, plan=name
        )
    )


async def test_everything_is_changed_once(fresh_billing: Cloud) -> None:
    cloud, clock = fresh_billing, fresh_billing.clock

    def on(day: int, hour: int = 9) -> None:
        clock.turn_to(FIRST.replace(day=day, hour=hour))

    on(1)
    tenant = await cloud.tenant()
    vendor = Vendor(cloud, tenant)
    assert (await validate(tenant.admin, "cam-1")).is_valid, "the trial begins"
    first = await cloud.device(tenant)
    on(3)
    await plan(cloud, tenant, "platform", "starter")
    on(5)
    await vendor.upgrade(
        FIRST + 100 * DAY,
        license_mode=pb.LICENSE_MODE_BASE,
        cameras_allowed=3,
        add_growth_packs=["intelligence"],
    )
    on(7)
    assert (await validate(tenant.admin, "cam-2")).is_valid
    await assign(cloud, tenant, "cam-1", "industry", "advanced_analytics")
    await cloud.device(tenant)
    on(9)
    await assign(cloud, tenant, "cam-3", "industry")
    await assign(cloud, tenant, "cam-1", "industry")
    on(9, 10)
    await release(cloud, tenant, "cam-2")
    on(11)
    await plan(cloud, tenant, "platform", "professional")
    await plan(cloud, tenant, "metered", "standard")
    await device_service_pb2_grpc.DeviceServiceStub(cloud.vendor).RetireDevice(
        device_service_pb2.RetireDeviceRequest(
            tenant_id=tenant.tenant_id, device_id=first.device_id
        )
    )
    on(13)
    await vendor.upgrade(cameras_allowed=1, remove_growth_packs=["intelligence"])
    on(15)
    await vendor.suspend("unpaid")
    on(18)
    await vendor.resume()
    on(20)
    await vendor.renew(FIRST.replace(day=22, hour=0), shorten=True)
    on(25)
    await licenses(cloud.vendor).IssueLicense(_issue(tenant, cameras=2, until=FIRST + 120 * DAY))
    on(28)
    await vendor.revoke("over")
    on(31, 12)
    base = {5: 1, 6: 1, 7: 2, 8: 2, 9: 3, **dict.fromkeys((10, 11, 12, 13), 2), 14: 1, 15: 1}
    base |= {**dict.fromkeys((18, 19, 20, 21), 1), **dict.fromkeys((25, 26, 27, 28), 2)}
    devices = {5: 1, 6: 1, **dict.fromkeys(range(7, 12), 2), **dict.fromkeys((12, 13, 14, 15), 1)}
    devices |= dict.fromkeys((18, 19, 20, 21, 25, 26, 27, 28), 1)
    industry = {7: 1, 8: 1, **dict.fromkeys((9, 10, 11, 12, 13), 2), 14: 1, 15: 1}
    industry |= {**dict.fromkeys((18, 19, 20, 21), 1), **dict.fromkeys((25, 26, 27, 28), 2)}
    expected = {
        "base_camera": base,
        "edge_device_basic": devices,
        "industry": industry,
        "advanced_analytics": dict.fromkeys((7, 8, 9), 1),
        "intelligence": dict.fromkeys(range(5, 14), 1),
        "starter": dict.fromkeys(range(3, 11), 1),
        "professional": dict.fromkeys(range(11, 32), 1),
        "free": dict.fromkeys(range(1, 11), 1),
        "standard": dict.fromkeys(range(11, 32), 1),
        "base": dict.fromkeys(range(5, 32), 1),
    }
    found = await held(cloud, tenant)
    assert found == expected


async def test_of_a_running_period_there_are_the_days_so_far(fresh_billing: Cloud) -> None:
    cloud = fresh_billing
    cloud.clock.turn_to(FIRST)
    tenant = await cloud.tenant()
    await cloud.issue_license(tenant, valid_for=9 * DAY + timedelta(hours=15))
    await assign(cloud, tenant, "cam-1")
    cloud.clock.turn_to(FIRST + 3 * DAY)
    assert (await held(cloud, tenant))["base_camera"] == dict.fromkeys(range(1, 5), 1)
    ahead = await held(cloud, tenant, ahead=True)
    assert ahead["base_camera"] == dict.fromkeys(range(1, 11), 1), "it ends by itself"
    late = Period(FIRST, FIRST + timedelta(days=2))
    assert (await held(cloud, tenant, late))["base_camera"] == {1: 1, 2: 1}


async def test_a_trial_s_cameras_and_devices_are_not_held(
    fresh_billing: Cloud,
) -> None:
    cloud = fresh_billing
    cloud.clock.turn_to(FIRST)
    tenant = await cloud.tenant()
    await validate(tenant.admin, "cam-1")
    await cloud.device(tenant)
    assert (await held(cloud, tenant)).keys() == {"free"}


async def test_changes_at_the_same_time_are_all_noted(fresh_billing: Cloud) -> None:
    """Who comes second counts what the first one left."""
    cloud, clock = fresh_billing, fresh_billing.clock
    clock.turn_to(FIRST)
    tenant = await cloud.tenant()
    await cloud.issue_license(tenant)
    first, second, _ = [await cloud.device(tenant) for _ in range(3)]
    catalogs = next(each for each in cloud.server._background if isinstance(each, Catalogs))
    terms = TermsReader(catalogs)
    holdings = HoldingsService(terms, Billables(BookReader(catalogs)), in_service)
    devices = DevicesService(cast("Any", None), terms, holdings, clock)

    async def retire(device: Device) -> None:
        async with cloud.server.db.tenant(tenant.uuid) as conn:
            unit = Unit(conn, tenant.uuid, ANONYMOUS, clock.now())
            await devices.retire(unit, device.uuid)

    async with cloud.server.db.tenant(tenant.uuid) as conn:
        await devices.retire(Unit(conn, tenant.uuid, ANONYMOUS, clock.now()), first.uuid)
        follower = asyncio.create_task(retire(second))
        async with cloud.superuser() as connection:
            await somebody_waits(connection)
    await follower
    clock.turn_to(FIRST + DAY)
    assert (await held(cloud, tenant))["edge_device_basic"] == {1: 3, 2: 1}


async def test_who_was_there_before_is_looked_at(fresh_billing: Cloud) -> None:
    cloud = fresh_billing
    tenants = [await cloud.tenant() for _ in range(3)]
    await cloud.issue_license(tenants[0])
    await assign(cloud, tenants[0], "cam-1")
    async with cloud.superuser() as connection:
        await connection.execute("delete from holdings")
    cloud.clock.advance(2 * DAY)
    first_look = next(each for each in cloud.server._background if isinstance(each, FirstLook))
    assert await first_look.look_once() == 3
    assert await first_look.look_once() == 0
    today = cloud.clock.now().date()
    month = Period(
        datetime(today.year, today.month, 1, tzinfo=UTC),
        datetime.combine(today + DAY, datetime.min.time(), UTC),
    )
    assert (await held(cloud, tenants[0], month))["base_camera"] == {today.day: 1}
    assert (await held(cloud, tenants[1], month)).keys() == {"free"}


def _issue(tenant: Tenant, *, cameras: int, until: datetime) -> pb.IssueLicenseRequest:
    request = pb.IssueLicenseRequest(
        tenant_id=tenant.tenant_id,
        license_mode=pb.LICENSE_MODE_BASE,
        cameras_allowed=cameras,
    )
    request.valid_until.FromDatetime(until)
    return request
