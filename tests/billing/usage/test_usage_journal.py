"""A device's journal reaches the cloud: each event once, whatever the link does."""

import grpc
import pytest
from brinkbyte.common.v1 import error_reason_pb2
from brinkbyte.usage.v1 import usage_service_pb2 as pb

from rights.journal import GENESIS, head
from tests.billing.usage.callers import Cloud, Journal, many, payload


async def test_a_new_journal_begins_at_nothing(cloud: Cloud) -> None:
    device = await cloud.device()
    stream, ready = await device.open(Journal())
    assert (ready.through_seq, ready.through_hash) == (0, GENESIS)
    assert ready.window >= 1
    await stream.close()


async def test_events_count_when_acked_and_the_position_is_kept(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(1000), *many(1000), *many(7))
    stream, _ = await device.open(journal)
    for first, last in ((1, 1000), (1001, 2000), (2001, 2007)):
        ack = await stream.ask(journal.batch(first, last))
        assert (ack.through_seq, ack.duplicates, len(ack.exceptions)) == (last, 0, 0)
        assert await cloud.counted(device.tenant_id) == (f"{last}.00000", last)
    await stream.close()
    again, ready = await device.open(journal)
    assert ready.through_seq == 2007
    assert ready.through_hash == head(GENESIS, journal.payloads)
    await again.close()


async def test_batches_in_flight_are_acked_in_order(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(80))
    stream, ready = await device.open(journal)
    firsts = range(1, 80, 10)
    assert len(firsts) <= ready.window
    for first in firsts:
        await stream.write(journal.batch(first, first + 9))
    assert [(await stream.answer()).through_seq for _ in firsts] == list(range(10, 81, 10))
    await stream.close()


async def test_a_batch_sent_again_counts_as_duplicates(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(50))
    await device.sync(journal)
    stream, _ = await device.open(journal)
    ack = await stream.ask(journal.batch(1, 50))
    assert (ack.through_seq, ack.duplicates) == (50, 50)
    await stream.close()
    assert await cloud.counted(device.tenant_id) == ("50.00000", 50)


async def test_an_overlap_is_trimmed(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(30))
    await device.sync(journal)
    journal.add(*many(30, start=30))
    stream, _ = await device.open(journal)
    ack = await stream.ask(journal.batch(21, 60))
    assert (ack.through_seq, ack.duplicates) == (60, 10)
    await stream.close()
    assert await cloud.counted(device.tenant_id) == ("60.00000", 60)
    rows = await cloud.rows(
        "select resource_id from usage_events where journal_id = $1 order by seq",
        journal.journal_id,
    )
    assert [row["resource_id"] for row in rows] == [f"camera-{at}" for at in range(60)]


async def test_a_gap_is_asked_for(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(30))
    stream, _ = await device.open(journal)
    await stream.ask(journal.batch(1, 10))
    assert (await stream.ask(journal.batch(21, 30))).resync_from_seq == 11
    assert await cloud.counted(device.tenant_id) == ("10.00000", 10)
    assert (await stream.ask(journal.batch(11, 30))).through_seq == 30
    await stream.close()
    assert await cloud.counted(device.tenant_id) == ("30.00000", 30)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param(11, 15, id="follows on another history"),
        pytest.param(5, 15, id="overlaps with other content"),
        pytest.param(5, 10, id="ends where the record ends, with other content"),
        pytest.param(1, 5, id="wholly old, with other content"),
    ],
)
async def test_a_cloned_journal_is_a_fork_and_its_events_are_held(
    cloud: Cloud, first: int, last: int
) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(10))
    stream, _ = await device.open(journal)
    await stream.ask(journal.batch(1, 5))
    await stream.ask(journal.batch(6, 10))
    await stream.close()
    clone = journal.copy(through=min(first - 1, 3)).add(*many(20, start=900))
    stream, _ = await device.open(clone)
    fork = await stream.ask(clone.batch(first, last))
    assert fork.reason == error_reason_pb2.ERROR_REASON_JOURNAL_FORKED
    assert fork.seq < first
    assert "clone" in fork.message
    assert await cloud.counted(device.tenant_id) == ("10.00000", 10)
    again = await stream.ask(clone.batch(first, last))
    assert again.reason == error_reason_pb2.ERROR_REASON_JOURNAL_FORKED
    await stream.close()
    held = await cloud.rows(
        "select payloads from usage_journal_holds where journal_id = $1", clone.journal_id
    )
    assert [row["payloads"] for row in held] == [clone.payloads[first - 1 : last]]


async def test_a_forked_journal_stays_forked_and_loses_nothing(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(10))
    await device.sync(journal)
    clone = journal.copy(through=9).add(*many(3, start=900))
    stream, _ = await device.open(clone)
    await stream.ask(clone.batch(10, 12))
    await stream.close()
    journal.add(*many(5, start=10))
    stream, answer = await device.open(journal)
    assert answer.reason == error_reason_pb2.ERROR_REASON_JOURNAL_FORKED
    fork = await stream.ask(journal.batch(11, 15))
    assert fork.reason == error_reason_pb2.ERROR_REASON_JOURNAL_FORKED
    await stream.close()
    held = await cloud.rows(
        "select payloads from usage_journal_holds where journal_id = $1 order by first_seq",
        journal.journal_id,
    )
    assert [row["payloads"] for row in held] == [clone.payloads[9:], journal.payloads[10:]]
    assert await cloud.counted(device.tenant_id) == ("10.00000", 10)
    told = await cloud.rows(
        "select kind, subject_key from notifications where tenant_id = $1", device.tenant_id
    )
    assert [tuple(row) for row in told] == [("journal_forked", str(journal.journal_id))], "once"


async def test_a_disk_restored_from_a_backup_is_a_fork_at_hello(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(10))
    await device.sync(journal)
    stream, answer = await device.open(journal.copy(through=4))
    assert (answer.seq, answer.reason) == (4, error_reason_pb2.ERROR_REASON_JOURNAL_FORKED)
    await stream.close()


async def test_a_journal_belongs_to_one_device_and_one_tenant(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(10))
    await device.sync(journal)
    for stranger in (await cloud.device(device.tenant_id), await cloud.device()):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stranger.open(journal)
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    assert (await device.sync(journal.add(payload()))).through_seq == 11


async def test_a_retired_device_is_cut_off(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(10))
    stream, _ = await device.open(journal)
    await stream.ask(journal.batch(1, 5))
    await cloud.rows(
        "update devices set retired_at = now() where device_id = $1 returning device_id",
        device.device_id,
    )
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stream.ask(journal.batch(6, 10))
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await device.open(journal)
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert await cloud.counted(device.tenant_id) == ("5.00000", 5)


async def test_a_newer_stream_takes_over(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(10))
    older, _ = await device.open(journal)
    newer, _ = await device.open(journal)
    assert (await newer.ask(journal.batch(1, 5))).through_seq == 5
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        await older.ask(journal.batch(6, 10))
    assert ended.value.code() is grpc.StatusCode.ABORTED
    assert (await newer.ask(journal.batch(6, 10))).through_seq == 10
    await newer.close()
    assert await cloud.counted(device.tenant_id) == ("10.00000", 10)


async def test_a_batch_holds_at_most_a_thousand_events(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(1001))
    stream, _ = await device.open(journal)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stream.ask(journal.batch(1, 1001))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert await cloud.counted(device.tenant_id) == ("0.00000", 0)


@pytest.mark.parametrize(
    ("count", "first"),
    [
        pytest.param(1, 2**63 - 1, id="the last number of all"),
        pytest.param(5, 2**63 - 5, id="up to the last number of all"),
    ],
)
async def test_a_number_out_of_reach_is_a_gap(cloud: Cloud, count: int, first: int) -> None:
    device = await cloud.device()
    stream, _ = await device.open(Journal())
    batch = pb.JournalBatch(first_seq=first, previous_hash=GENESIS, payloads=many(count))
    assert (await stream.ask(pb.StreamUsageRequest(batch=batch))).resync_from_seq == 1
    await stream.close()


async def test_numbers_beyond_64_bits_are_refused(cloud: Cloud) -> None:
    device = await cloud.device()
    stream, _ = await device.open(Journal())
    batch = pb.JournalBatch(first_seq=2**63 - 4, previous_hash=GENESIS, payloads=many(5))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stream.ask(pb.StreamUsageRequest(batch=batch))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_hello_comes_first_and_once(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(1))
    stream = device.stream()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stream.ask(journal.batch(1, 1))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    stream, _ = await device.open(journal)
    hello = pb.JournalHello(journal_id=str(journal.journal_id), last_seq=1)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stream.ask(pb.StreamUsageRequest(hello=hello))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
