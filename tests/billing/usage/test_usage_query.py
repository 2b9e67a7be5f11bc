"""What was used, by metric and window."""

from datetime import datetime, timedelta
from typing import Any

import grpc
import pytest
from brinkbyte.usage.v1 import usage_service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from rights.ids import render_tenant
from tests.billing.usage.callers import NOON, Cloud, DeviceCaller, Journal, payload


def stamp(moment: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(moment)
    return made


async def points(stub: Any, **request: Any) -> list[tuple[str, datetime, str, int]]:
    answer = await stub.QueryUsage(pb.QueryUsageRequest(**request))
    return [_plain(each) for each in answer.points]


def _plain(point: pb.UsagePoint) -> tuple[str, datetime, str, int]:
    start = point.window_start.ToDatetime(NOON.tzinfo)
    return point.event_type, start, point.quantity, point.events


async def used(device: DeviceCaller, *events: tuple[str, datetime, int]) -> None:
    """Events of a metric, at a time, in units of 0.00001."""
    await device.sync(
        Journal().add(*(payload(amount, metric, at=at) for metric, at, amount in events))
    )


async def test_accepted_use_shows_at_once_and_folding_changes_nothing(cloud: Cloud) -> None:
    device = await cloud.device()
    await used(device, ("sms", NOON, 150_000), ("sms", NOON, 100_000), ("api_call", NOON, 1))
    expected = [("api_call", NOON, "0.00001", 1), ("sms", NOON, "2.5", 2)]
    assert await points(device.stub) == expected
    await cloud.server.worker.fold_once()
    assert await points(device.stub) == expected
    await used(device, ("sms", NOON, 100_000))
    assert await points(device.stub, event_type="sms") == [("sms", NOON, "3.5", 3)]


async def test_windows_of_an_hour_a_day_and_a_month(cloud: Cloud) -> None:
    device = await cloud.device()
    morning, day_before = NOON - timedelta(hours=3), NOON - timedelta(days=1)
    await used(device, *(("sms", at, 100_000) for at in (NOON, morning, day_before)))
    midnight, month = NOON.replace(hour=0), NOON.replace(day=1, hour=0)
    hours = [("sms", at, "1", 1) for at in (day_before, morning, NOON)]
    assert await points(device.stub) == hours
    assert await points(device.stub, window=pb.USAGE_WINDOW_DAY) == [
        ("sms", midnight - timedelta(days=1), "1", 1),
        ("sms", midnight, "2", 2),
    ]
    assert await points(device.stub, window=pb.USAGE_WINDOW_MONTH) == [("sms", month, "3", 3)]


async def test_the_span_is_half_open_in_whole_hours(cloud: Cloud) -> None:
    device = await cloud.device()
    last_month = NOON - timedelta(days=20)
    await used(
        device, *(("sms", at, 100_000) for at in (last_month, NOON - timedelta(hours=1), NOON))
    )
    assert len(await points(device.stub)) == 2
    assert len(await points(device.stub, start_time=stamp(last_month))) == 3
    found = await points(
        device.stub, start_time=stamp(NOON - timedelta(minutes=30)), end_time=stamp(NOON)
    )
    assert [each[1] for each in found] == [NOON - timedelta(hours=1)]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await points(device.stub, start_time=stamp(NOON), end_time=stamp(NOON))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    everything = {"seconds": -62_135_596_800}, {"seconds": 253_402_300_799}
    found = await points(device.stub, start_time=everything[0], end_time=everything[1])
    assert len(found) == 3


async def test_pages_hold_each_point_once(cloud: Cloud) -> None:
    device = await cloud.device()
    at = [NOON - timedelta(hours=back) for back in range(4)]
    await used(device, *((metric, each, 100_000) for metric in ("sms", "api_call") for each in at))
    token, pages = "", []
    while True:
        answer = await device.stub.QueryUsage(pb.QueryUsageRequest(page_size=3, page_token=token))
        pages.append([_plain(each) for each in answer.points])
        token = answer.next_page_token
        if not token:
            break
    assert [len(page) for page in pages] == [3, 3, 2]
    assert [each for page in pages for each in page] == await points(device.stub)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await points(device.stub, page_token="???")
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_tenant_sees_its_own_use_alone(cloud: Cloud) -> None:
    one, other = await cloud.device(), await cloud.device()
    await used(one, ("sms", NOON, 100_000))
    await cloud.server.worker.fold_once()
    await used(one, ("sms", NOON, 100_000))
    assert await points(other.stub) == []
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await points(other.stub, tenant_id=render_tenant(one.tenant_id))
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def asked(stub: Any, **request: Any) -> list[tuple[str, datetime, str, int, str, int]]:
    """As `points`, with the largest quantity and the distinct resources."""
    answer = await stub.QueryUsage(pb.QueryUsageRequest(count_unique=True, **request))
    return [(*_plain(each), each.max_quantity, each.unique_resources) for each in answer.points]


async def refusal(stub: Any, **request: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await points(stub, **request)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_minutes_the_largest_and_distinct_resources(cloud: Cloud) -> None:
    device = await cloud.device()
    cloud.clock.advance(timedelta(minutes=30))
    made = [(0, "a", 5), (20, "a", 7), (59, "b", 1), (60, "b", 2), (25 * 60, "c", 9)]
    journal = Journal()
    for second, resource, quantity in made:
        at = NOON + timedelta(seconds=second)
        journal.add(payload(quantity * 100_000, "sms", resource, at=at))
    await device.sync(journal)
    minutes = [(0, "13", 3, "7", 2), (1, "2", 1, "2", 1), (25, "9", 1, "9", 1)]
    expected = [("sms", NOON + timedelta(minutes=at), *rest) for at, *rest in minutes]
    for _ in range(2):
        assert await asked(device.stub, window=pb.USAGE_WINDOW_MINUTE) == expected
        assert await asked(device.stub, event_type="sms") == [("sms", NOON, "24", 5, "9", 3)]
        await cloud.server.worker.fold_once()
    (point,) = (await device.stub.QueryUsage(pb.QueryUsageRequest())).points
    assert point.max_quantity == "9" and not point.HasField("unique_resources")
    first = await device.stub.QueryUsage(
        pb.QueryUsageRequest(window=pb.USAGE_WINDOW_MINUTE, page_size=2)
    )
    rest = await points(
        device.stub, window=pb.USAGE_WINDOW_MINUTE, page_size=2, page_token=first.next_page_token
    )
    assert [_plain(each) for each in first.points] + rest == [each[:4] for each in expected]


async def test_what_is_counted_from_events_spans_little(cloud: Cloud) -> None:
    device = await cloud.device()
    minute, day = pb.USAGE_WINDOW_MINUTE, timedelta(days=1)
    start = stamp(NOON - day)
    await points(device.stub, window=minute, start_time=start, end_time=stamp(NOON))
    late = stamp(NOON + timedelta(seconds=1))
    await refusal(device.stub, window=minute, start_time=start, end_time=late)
    month = {"count_unique": True, "start_time": stamp(NOON - 31 * day)}
    await points(device.stub, end_time=stamp(NOON), **month)
    await refusal(device.stub, end_time=late, **month)
    await cloud.subscribed(device.tenant_id, NOON)
    period = {"window": pb.USAGE_WINDOW_PERIOD, "end_time": stamp(NOON)}
    await points(device.stub, start_time=stamp(NOON.replace(year=2015)), **period)
    await refusal(device.stub, start_time=stamp(NOON.replace(year=2015, hour=11)), **period)


async def test_billing_periods_begin_at_the_subscriptions_hour(cloud: Cloud) -> None:
    device = await cloud.device()
    anchor = datetime(2025, 1, 31, 9, 45, tzinfo=NOON.tzinfo)
    await cloud.subscribed(device.tenant_id, anchor)
    renewed = datetime(2025, 4, 30, 9, tzinfo=NOON.tzinfo)
    before = renewed - timedelta(minutes=1)
    await used(device, *(("sms", at, 100_000) for at in (before, renewed, NOON)))
    assert await points(device.stub, window=pb.USAGE_WINDOW_PERIOD) == [("sms", renewed, "2", 2)]
    march = datetime(2025, 3, 31, 9, tzinfo=NOON.tzinfo)
    everything = await points(
        device.stub, window=pb.USAGE_WINDOW_PERIOD, start_time=stamp(march + timedelta(days=9))
    )
    assert everything == [("sms", march, "1", 1), ("sms", renewed, "2", 2)]
