"""Reserve, commit, release: atomic, idempotent, never beyond a hard cap."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import grpc
import pytest
from brinkbyte.common.v1 import error_reason_pb2
from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb

from mesh.errors import QuotaExhausted
from tests.billing.cloud_harness import Cloud, Tenant, refused, running_cloud
from tests.billing.quotas.callers import (
    buy,
    commit,
    figures,
    include,
    release,
    reservation,
    reserve,
    status,
    stub,
    use,
)

EXHAUSTED = (grpc.StatusCode.RESOURCE_EXHAUSTED, "QUOTA_EXHAUSTED")


async def test_what_is_set_aside_used_and_given_back(billing: Cloud) -> None:
    tenant = await billing.tenant()
    assert await figures(tenant.read) == ("0", "0", "0", "100")
    used, unused = await reserve(tenant.admin, "30"), await reserve(tenant.admin, "20")
    assert await figures(tenant.read) == ("0", "50", "0", "50")
    answer = await commit(tenant.admin, used, "12.5")
    assert (answer.over_cap, answer.quota.used, answer.quota.remaining) == ("0", "12.5", "67.5")
    await release(tenant.admin, unused)
    assert await figures(tenant.read) == ("12.5", "0", "0", "87.5")


async def test_a_refusal_says_what_is_left_and_until_when(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await commit(tenant.admin, await reserve(tenant.admin, "99"))
    async with refused(*EXHAUSTED) as errors:
        await reserve(tenant.admin, "1.00001")
    error = errors[0]
    assert isinstance(error, QuotaExhausted)
    assert (error.limit, error.used, error.remaining) == (100, 99, 1)
    found = await status(tenant.read)
    assert error.reset == found.resets_at.ToDatetime(error.reset.tzinfo)
    await reserve(tenant.admin, "1")


async def test_one_of_two_hundred_gets_the_last_unit(replicas) -> None:
    """At two replicas, by calls of one and by many in one call."""
    first, second = replicas
    tenant = await first.tenant()
    await use(first, tenant, "99")
    there = second.with_key(tenant.admin_key)

    async def alone(channel: grpc.aio.Channel) -> bool:
        try:
            await reserve(channel)
        except grpc.aio.AioRpcError as error:
            assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED, error
            return False
        return True

    async def many(channel: grpc.aio.Channel) -> list[bool]:
        asked = [pb.QuotaOperation(reserve=reservation()) for _ in range(50)]
        answer = await stub(channel).ApplyQuotaOperations(
            pb.ApplyQuotaOperationsRequest(operations=asked)
        )
        return [each.done for each in answer.results]

    calls = [alone(each) for each in (tenant.admin, there) for _ in range(50)]
    singles, *batches = await asyncio.gather(
        asyncio.gather(*calls), many(tenant.admin), many(there)
    )
    granted = [*singles, *(each for batch in batches for each in batch)]
    assert len(granted) == 200
    assert sum(granted) == 1
    assert await figures(tenant.read) == ("99", "1", "0", "0")


async def test_an_id_stands_for_one_use(billing: Cloud) -> None:
    tenant = await billing.tenant()
    one = await reserve(tenant.admin, "10")
    await reserve(tenant.admin, "10", one)
    async with refused(grpc.StatusCode.ALREADY_EXISTS, "OPERATION_CONFLICT"):
        await reserve(tenant.admin, "11", one)
    for _ in range(3):
        await commit(tenant.admin, one, "7")
    async with refused(grpc.StatusCode.ALREADY_EXISTS, "OPERATION_CONFLICT"):
        await commit(tenant.admin, one, "8")
    await reserve(tenant.admin, "10", one)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await release(tenant.admin, one)
    assert await figures(tenant.read) == ("7", "0", "0", "93")
    two = await reserve(tenant.admin, "5")
    await release(tenant.admin, two)
    await release(tenant.admin, two)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await commit(tenant.admin, two)
    async with refused(grpc.StatusCode.NOT_FOUND):
        await commit(tenant.admin, "never-reserved")
    assert await figures(tenant.read) == ("7", "0", "0", "93")


async def test_what_is_not_committed_in_time_is_free_again(fresh_billing: Cloud) -> None:
    cloud = fresh_billing
    tenant = await cloud.tenant()
    late = await reserve(tenant.admin, "60", ttl=10)
    cloud.clock.advance(timedelta(seconds=9))
    async with refused(*EXHAUSTED):
        await reserve(tenant.admin, "60")
    cloud.clock.advance(timedelta(seconds=2))
    assert await figures(tenant.read) == ("0", "0", "0", "100")
    other = await reserve(tenant.admin, "60")
    answer = await commit(tenant.admin, late, "60")
    assert answer.over_cap == "20"
    assert await figures(tenant.read) == ("60", "60", "0", "0")
    await commit(tenant.admin, other)
    found = await status(tenant.read)
    assert (found.used, found.over_cap) == ("120", "20")


async def test_more_than_was_reserved_is_recorded_and_flagged(billing: Cloud) -> None:
    tenant = await billing.tenant()
    one = await reserve(tenant.admin, "90")
    answer = await commit(tenant.admin, one, "104")
    assert (answer.over_cap, answer.quota.used, answer.quota.remaining) == ("4", "104", "0")


async def test_reported_use_shows_at_once_and_is_never_refused(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await use(billing, tenant, "95.5")
    assert (await figures(tenant.read))[0] == "95.5"
    async with refused(*EXHAUSTED):
        await reserve(tenant.admin, "5")
    await use(billing, tenant, "50")
    assert await figures(tenant.read) == ("145.5", "0", "0", "0")


async def test_an_operation_that_fails_leaves_the_others_alone(billing: Cloud) -> None:
    tenant = await billing.tenant()
    one = uuid4().hex
    told = pb.Commitment(operation_id=one, quantity="2", resource_id="worker")
    asked = [
        pb.QuotaOperation(reserve=reservation("3", one)),
        pb.QuotaOperation(reserve=reservation("98")),
        pb.QuotaOperation(reserve=pb.Reservation(operation_id="x", metric="smiles")),
        pb.QuotaOperation(reserve=reservation("-1")),
        pb.QuotaOperation(reserve=reservation("1.000001")),
        pb.QuotaOperation(reserve=reservation("NaN")),
        pb.QuotaOperation(commit=told),
        pb.QuotaOperation(release="nobody"),
        pb.QuotaOperation(reserve=reservation("98")),
    ]
    answer = await stub(tenant.admin).ApplyQuotaOperations(
        pb.ApplyQuotaOperationsRequest(operations=asked)
    )
    names = error_reason_pb2.ErrorReason.Name
    assert [names(each.reason).removeprefix("ERROR_REASON_") for each in answer.results] == [
        "UNSPECIFIED",
        "QUOTA_EXHAUSTED",
        *["INVALID_FIELD"] * 4,
        "UNSPECIFIED",
        "NOT_FOUND",
        "UNSPECIFIED",
    ]
    messages = [each.message for each in answer.results]
    assert "metric" in messages[2]
    assert all("quantity" in each for each in messages[3:6])
    refusal = answer.results[1]
    assert (refusal.limit, refusal.used, refusal.remaining) == ("100", "0", "97")
    assert await figures(tenant.read) == ("2", "98", "0", "0")


@pytest.mark.parametrize("quantity", ["-1", "NaN", "1e3", "0.000001", "many"])
async def test_a_wrong_quantity_is_named(billing: Cloud, quantity: str) -> None:
    tenant = await billing.tenant()
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await reserve(tenant.admin, quantity)
    assert "quantity" in str(errors[0].violations)


async def test_a_tenant_takes_nothing_from_another(billing: Cloud) -> None:
    mine, other = await billing.tenant(), await billing.tenant()
    one = await reserve(mine.admin, "10")
    async with refused(grpc.StatusCode.NOT_FOUND):
        await commit(other.admin, one)
    async with refused(grpc.StatusCode.NOT_FOUND):
        request = pb.GetQuotaStatusRequest(tenant_id=mine.tenant_id)
        await stub(other.admin).GetQuotaStatus(request)
    assert await figures(other.read) == ("0", "0", "0", "100")


async def test_the_vendor_raises_a_quota_and_it_holds_at_once(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await reserve(tenant.admin, "100")
    async with refused(*EXHAUSTED):
        await reserve(tenant.admin)
    await include(billing, tenant, "150")
    await reserve(tenant.admin, "50")
    found = await status(tenant.read)
    assert (found.included, found.origin, found.remaining) == ("150", "override", "0")


async def test_a_soft_quota_stops_at_its_ceiling_once_the_grace_is_over(
    fresh_billing: Cloud,
) -> None:
    cloud = fresh_billing
    tenant = await cloud.tenant()
    await buy(cloud, tenant, "standard")
    await include(cloud, tenant, "10")
    await commit(tenant.admin, await reserve(tenant.admin, "12"))
    found = await status(tenant.read)
    assert (found.used_percent, found.HasField("limit")) == (120, False)
    assert found.grace_until.ToDatetime() > cloud.clock.now().replace(tzinfo=None)
    await reserve(tenant.admin, "1000", ttl=1)
    cloud.clock.advance(timedelta(days=7, seconds=1))
    found = await status(tenant.read)
    assert (found.limit, found.remaining) == ("20", "8")
    async with refused(*EXHAUSTED):
        await reserve(tenant.admin, "9")


async def told(tenant: Tenant) -> list[int]:
    answer = await stub(tenant.read).ListQuotaAlerts(pb.ListQuotaAlertsRequest())
    return [each.percent for each in answer.alerts]


async def hears(tenant: Tenant, *percents: int) -> None:
    async with asyncio.timeout(60):
        while await told(tenant) != list(percents):
            await asyncio.sleep(0.05)


async def test_who_was_told_is_not_locked_again(fresh_billing: Cloud) -> None:
    """The watch waits for nobody who takes from a quota of which all is told."""
    cloud = fresh_billing
    tenant = await cloud.tenant()
    await use(cloud, tenant, "105")
    await hears(tenant, 100, 80)
    async with cloud.server.db.worker() as conn:
        await conn.fetch("select from quota_accounts where tenant_id = $1 for update", tenant.uuid)
        await use(cloud, tenant, "5")
        for _ in range(2):
            other = await cloud.tenant()
            await use(cloud, other, "81")
            await hears(other, 80)


async def test_each_threshold_is_told_once(fresh_billing: Cloud) -> None:
    cloud = fresh_billing
    tenant = await cloud.tenant()

    for quantity in ("79", "1", "1"):
        await commit(tenant.admin, await reserve(tenant.admin, quantity))
    assert await told(tenant) == [80]
    await use(cloud, tenant, "45")
    await hears(tenant, 120, 100, 80)
    first = await stub(tenant.read).ListQuotaAlerts(pb.ListQuotaAlertsRequest(page_size=2))
    rest = await stub(tenant.read).ListQuotaAlerts(
        pb.ListQuotaAlertsRequest(page_size=2, page_token=first.next_page_token)
    )
    assert [each.percent for each in (*first.alerts, *rest.alerts)] == [120, 100, 80]


async def test_a_new_period_begins_anew(fresh_billing: Cloud) -> None:
    cloud = fresh_billing
    tenant = await cloud.tenant()
    held = await reserve(tenant.admin, "100", ttl=86_400)
    now = await status(tenant.read)
    cloud.clock.advance(now.resets_at.ToDatetime(cloud.clock.now().tzinfo) - cloud.clock.now())
    assert await figures(tenant.read) == ("0", "0", "0", "100")
    await commit(tenant.admin, held)
    assert await figures(tenant.read) == ("0", "0", "0", "100"), "it counts where it was reserved"


async def test_a_server_that_dies_between_them_loses_and_doubles_nothing(
    new_database, authorities
) -> None:
    dsns, superuser = await new_database()
    async with running_cloud(authorities, dsns, superuser) as first:
        tenant = await first.tenant()
        one = await reserve(tenant.admin, "40")
    async with running_cloud(authorities, dsns, superuser, vendor_key=first.vendor_key) as second:
        channel = second.with_key(tenant.admin_key)
        assert await figures(channel) == ("0", "40", "0", "60")
        await commit(channel, one, "33")
        assert await figures(channel) == ("33", "0", "0", "67")
