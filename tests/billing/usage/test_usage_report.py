"""Events that carry their own ids: each counts once and has its own answer."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import grpc
import pytest
from brinkbyte.usage.v1 import usage_service_pb2 as pb

from mesh.database import Role
from rights.ids import render_tenant
from tests.billing.usage.callers import NOON, Cloud

ACCEPTED = pb.EVENT_STATUS_ACCEPTED
DUPLICATE = pb.EVENT_STATUS_DUPLICATE
CONFLICT = pb.EVENT_STATUS_CONFLICT
REJECTED = pb.EVENT_STATUS_REJECTED


def event(event_id: str, at: datetime | None = NOON, **fields: Any) -> pb.UsageEvent:
    made = pb.UsageEvent(
        **{"event_id": event_id, "event_type": "api_call", "resource_id": "/v1/x", **fields}
    )
    if at is not None:
        made.event_time.FromDatetime(at)
    return made


async def report(stub: Any, *events: pb.UsageEvent, **request: str) -> list[pb.EventResult]:
    answer = await stub.ReportUsage(pb.ReportUsageRequest(events=events, **request))
    assert [each.event_id for each in answer.results] == [each.event_id[:255] for each in events]
    return list(answer.results)


async def statuses(stub: Any, *events: pb.UsageEvent) -> list[int]:
    return [each.status for each in await report(stub, *events)]


async def test_an_event_counts_once_for_ever(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    stub = await cloud.caller(tenant)
    assert await statuses(stub, event("a"), event("b", quantity="2.5")) == [ACCEPTED, ACCEPTED]
    cloud.clock.advance(timedelta(days=500))
    assert await statuses(stub, event("b", quantity="2.5"), event("c")) == [DUPLICATE, ACCEPTED]
    assert await cloud.counted(tenant) == ("4.50000", 3)


async def test_the_first_payload_of_an_id_is_kept(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    stub = await cloud.caller(tenant)
    await report(stub, event("a", quantity="1"))
    changed = [
        event("a", quantity="2"),
        event("a", resource_id="/v1/y"),
        event("a", event_type="sms"),
        event("a", at=NOON + timedelta(microseconds=1)),
        event("a", request_id="r"),
        event("a", dimensions={"k": "v"}),
    ]
    results = await report(stub, *changed)
    assert [each.status for each in results] == [CONFLICT] * len(changed)
    assert all(each.reason.startswith("event_id:") for each in results)
    assert (
        await statuses(stub, event("a", quantity="1.0"), event("a", unit="calls"))
        == [DUPLICATE] * 2
    )
    assert await cloud.counted(tenant) == ("1.00000", 1)


async def test_an_id_twice_in_one_batch(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    stub = await cloud.caller(tenant)
    sent = [event("a"), event("a"), event("a", quantity="7"), event("b")]
    assert await statuses(stub, *sent) == [ACCEPTED, DUPLICATE, CONFLICT, ACCEPTED]
    assert await cloud.counted(tenant) == ("2.00000", 2)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (event(""), "event_id"),
        (event("x" * 129), "event_id"),
        (event("ä" * 65), "event_id"),
        (event("a\0"), "event_id"),
        (event("x", event_type="warp_core"), "event_type"),
        (event("x", resource_id=""), "resource_id"),
        (event("x", resource_id="r" * 256), "resource_id"),
        (event("x", quantity="-1"), "quantity"),
        (event("x", quantity="1e3"), "quantity"),
        (event("x", quantity="NaN"), "quantity"),
        (event("x", quantity="0.000001"), "quantity"),
        (event("x", unit="frames"), "unit"),
        (event("x", at=None), "event_time"),
        (event("x", at=datetime(1899, 12, 31, tzinfo=UTC)), "event_time"),
        (event("x", at=datetime(2200, 1, 1, tzinfo=UTC)), "event_time"),
        (event("x", at=None, event_time={"seconds": 2**62}), "event_time"),
        (event("x", at=None, event_time={"seconds": 1, "nanos": -5}), "event_time"),
        (event("x", request_id="r" * 129), "request_id"),
        (event("x", dimensions={str(at): "v" for at in range(17)}), "dimensions"),
        (event("x", dimensions={"k": "\0"}), "dimensions"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_bad_event_hurts_no_other(cloud: Cloud, bad: pb.UsageEvent, field: str) -> None:
    tenant = await cloud.tenant()
    stub = await cloud.caller(tenant)
    first, rejected, last = await report(stub, event("a"), bad, event("b"))
    assert (first.status, last.status) == (ACCEPTED, ACCEPTED)
    assert rejected.status == REJECTED
    assert rejected.reason.startswith(f"{field}: ")
    assert await cloud.counted(tenant) == ("2.00000", 2)


async def test_an_event_keeps_all_it_says(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    sent = event("a", quantity="99999.99999", request_id="r", dimensions={"k": "v"})
    await report(await cloud.caller(tenant), sent, device_id="gate 7")
    (row,) = await cloud.rows("select * from usage_events where tenant_id = $1", tenant)
    assert (row["event_id"], row["reporter"], row["request_id"]) == ("a", "gate 7", "r")
    assert row["quantity"] == Decimal("99999.99999")
    assert row["event_time"] == row["billing_time"] == NOON
    assert row["dimensions"] == '{"k": "v"}'
    assert (row["journal_id"], row["seq"]) == (None, None)


async def test_a_device_reports_for_itself_alone(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    device = await cloud.device(tenant)
    await report(device.stub, event("a"))
    (row,) = await cloud.rows("select reporter from usage_events where tenant_id = $1", tenant)
    assert row["reporter"] == str(device.device_id)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await report(device.stub, event("b"), device_id="gate 7")
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_time_far_ahead_is_billed_when_received(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    stub = await cloud.caller(tenant)
    ahead = NOON + timedelta(days=30)
    assert await statuses(stub, event("a", at=ahead)) == [ACCEPTED]
    (row,) = await cloud.rows("select * from usage_events where tenant_id = $1", tenant)
    assert (row["event_time"], row["billing_time"]) == (ahead, NOON)
    assert row["billing_corrected"]


async def test_ids_of_two_tenants_do_not_meet(cloud: Cloud) -> None:
    one, other = await cloud.tenant(), await cloud.tenant()
    assert await statuses(await cloud.caller(one), event("a")) == [ACCEPTED]
    assert await statuses(await cloud.caller(other), event("a", quantity="9")) == [ACCEPTED]


async def test_another_tenant_cannot_be_reported_for(cloud: Cloud) -> None:
    stub = await cloud.caller(await cloud.tenant())
    victim = await cloud.tenant()
    for name in (render_tenant(victim), str(victim), "no-such-alias"):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await report(stub, event("a"), tenant_id=name)
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    assert await cloud.counted(victim) == ("0.00000", 0)


@pytest.mark.parametrize("count", [0, 1001])
async def test_the_size_of_a_batch_is_bounded(cloud: Cloud, count: int) -> None:
    stub = await cloud.caller(await cloud.tenant())
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await report(stub, *(event(f"id-{at}") for at in range(count)))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_thousand_events_fit(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    stub = await cloud.caller(tenant)
    assert set(await statuses(stub, *(event(f"id-{at}") for at in range(1000)))) == {ACCEPTED}
    assert await cloud.counted(tenant) == ("1000.00000", 1000)


async def test_the_answer_to_the_largest_request_can_be_sent(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    stub = await cloud.caller(tenant)
    sent = [event("a"), pb.UsageEvent(event_id="x" * (4 * 2**20 - 9_000))]
    sent += [pb.UsageEvent()] * 998
    for first in (ACCEPTED, DUPLICATE):
        assert await statuses(stub, *sent) == [first] + [REJECTED] * 999
    assert await cloud.counted(tenant) == ("1.00000", 1)


async def test_overlapping_batches_at_once_neither_deadlock_nor_count_twice(cloud: Cloud) -> None:
    """Twenty senders share one set of ids, each in an order of its own."""
    tenant = await cloud.tenant()
    stub = await cloud.caller(tenant)
    ids = [f"id-{at}" for at in range(200)]

    batches = [random.Random(seed).sample(ids, 150) for seed in range(20)]
    found = await asyncio.gather(
        *(statuses(stub, *(event(each) for each in batch)) for batch in batches)
    )
    accepted = sum(each.count(ACCEPTED) for each in found)
    duplicates = sum(each.count(DUPLICATE) for each in found)
    assert accepted + duplicates == 20 * 150
    assert await cloud.counted(tenant) == (f"{accepted}.00000", accepted)
    assert accepted == len(
        {each for seed in range(20) for each in random.Random(seed).sample(ids, 150)}
    )


async def test_a_deadlock_is_tried_again(cloud: Cloud) -> None:
    """Another transaction takes the same ids the other way round and gives them back.

    PostgreSQL ends the one whose wait it looks at first: mostly the server's, which began it.
    """
    tenant = await cloud.tenant()
    stub = await cloud.caller(tenant)
    for attempt in range(10):
        ids = (f"a{attempt}", f"b{attempt}")
        sent, ended_the_server = await against_a_rival(cloud, tenant, stub, ids)
        assert sent == [ACCEPTED, ACCEPTED]
        if ended_the_server:
            break
    else:
        pytest.fail("the rival was ended each time")
    assert await cloud.counted(tenant) == (f"{2 * (attempt + 1)}.00000", 2 * (attempt + 1))


async def against_a_rival(
    cloud: Cloud, tenant: UUID, stub: Any, ids: tuple[str, str]
) -> tuple[list[str], bool]:
    """What the report of both ids came to, and whether the deadlock ended the server's turn."""
    take = "insert into usage_ids values ($1, $2, sha256('other'), '2025-05-14')"
    rival = await asyncpg.connect(cloud.dsns[Role.WORKER])
    try:
        undone = rival.transaction()
        await undone.start()
        await rival.execute(take, tenant, ids[1])
        sent = asyncio.create_task(statuses(stub, *(event(each) for each in ids)))
        me = await rival.fetchval("select pg_backend_pid()")
        blocked = (
            "select count(*) from pg_locks where not granted and $1 = any(pg_blocking_pids(pid))"
        )
        async with asyncio.timeout(60):
            while not await rival.fetchval(blocked, me):
                await asyncio.sleep(0.01)
        try:
            await rival.execute(take, tenant, ids[0])
            ended_the_server = not sent.done()
        except asyncpg.DeadlockDetectedError:
            ended_the_server = False
        await undone.rollback()
    finally:
        await rival.close()
    return await sent, ended_the_server
