"""Nothing that a journal's event says makes the cloud refuse it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from brinkbyte.usage.v1 import usage_service_pb2 as pb

from tests.billing.usage.callers import NOON, Cloud, Journal, many, micros, payload

FAR_AHEAD = 2**63 - 1
FAR_BACK = -(2**63)


async def test_an_event_keeps_all_it_says(cloud: Cloud) -> None:
    device = await cloud.device()
    at = NOON - timedelta(days=40, microseconds=1)
    journal = Journal().add(
        payload(
            quantity_e5=3_000_001,
            resource_id="camera-7",
            at=at,
            dimensions={"pack": "base", "model": "näher"},
            request_id="req-1",
        )
    )
    await device.sync(journal)
    (row,) = await cloud.rows(
        "select * from usage_events where journal_id = $1", journal.journal_id
    )
    assert row["tenant_id"] == device.tenant_id
    assert (row["event_type"], row["resource_id"]) == ("inference_frame", "camera-7")
    assert row["quantity"] == Decimal("30.00001")
    assert row["event_time"] == row["billing_time"] == at
    assert row["received_at"] == NOON
    assert not row["billing_corrected"]
    assert (row["seq"], row["request_id"], row["event_id"]) == (1, "req-1", None)
    assert row["dimensions"] == '{"pack": "base", "model": "näher"}'


@pytest.mark.parametrize(
    ("sent", "stored", "billed"),
    [
        pytest.param(
            micros(NOON) + 300_000_000, NOON + timedelta(minutes=5), None, id="a little ahead"
        ),
        pytest.param(
            micros(NOON) + 300_000_001,
            NOON + timedelta(minutes=5, microseconds=1),
            NOON,
            id="too far ahead",
        ),
        pytest.param(0, datetime(1970, 1, 1, tzinfo=UTC), NOON, id="a clock never set"),
        pytest.param(
            FAR_AHEAD,
            datetime(2200, 1, 1, tzinfo=UTC) - timedelta(microseconds=1),
            NOON,
            id="beyond every calendar",
        ),
        pytest.param(FAR_BACK, datetime(1900, 1, 1, tzinfo=UTC), NOON, id="before every calendar"),
    ],
)
async def test_a_time_that_cannot_be_believed_is_kept_and_billed_when_received(
    cloud: Cloud, sent: int, stored: datetime, billed: datetime | None
) -> None:
    device = await cloud.device()
    journal = Journal().add(payload(event_time_us=sent), payload())
    ack = await device.sync(journal)
    assert not ack.exceptions
    row = (
        await cloud.rows(
            "select * from usage_events where journal_id = $1 order by seq", journal.journal_id
        )
    )[0]
    assert row["event_time"] == stored
    assert row["billing_time"] == (billed or stored)
    assert row["billing_corrected"] == (billed is not None)
    hours = await cloud.rows(
        "select sum(events) as n from usage_deltas where tenant_id = $1 and window_start = $2",
        device.tenant_id,
        (billed or stored).replace(minute=0, second=0, microsecond=0),
    )
    assert hours[0]["n"] == (2 if (billed or stored).hour == NOON.hour else 1)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param(b"\xff\xff\xff", "payload:", id="not an event"),
        pytest.param(b"\x0a\x02\xff\xfe", "payload:", id="not UTF-8"),
        pytest.param(payload(event_type="warp_core"), "event_type:", id="unknown metric"),
        pytest.param(payload(event_type=""), "event_type:", id="no metric"),
        pytest.param(payload(quantity_e5=-1), "quantity_e5:", id="negative"),
        pytest.param(payload(resource_id="a\0b"), "resource_id:", id="NUL in a resource"),
        pytest.param(payload(request_id="a\0b"), "request_id:", id="NUL in a request"),
        pytest.param(payload(dimensions={"a": "\0"}), "dimensions:", id="NUL in a label"),
    ],
)
async def test_what_cannot_be_counted_is_kept_and_named(
    cloud: Cloud, bad: bytes, reason: str
) -> None:
    device = await cloud.device()
    journal = Journal().add(*many(3), bad, *many(3, start=3), bad)
    stream, _ = await device.open(journal)
    ack = await stream.ask(journal.batch(1, 8))
    await stream.close()
    assert ack.through_seq == 8
    assert [each.seq for each in ack.exceptions] == [4, 8]
    assert all(each.reason.startswith(reason) for each in ack.exceptions)
    assert all(each.status == pb.EVENT_STATUS_REJECTED for each in ack.exceptions)
    assert await cloud.counted(device.tenant_id) == ("6.00000", 6)
    kept = await cloud.rows(
        "select seq, reason, payload from usage_exceptions where journal_id = $1 order by seq",
        journal.journal_id,
    )
    assert [(row["seq"], row["payload"]) for row in kept] == [(4, bad), (8, bad)]
    assert kept[0]["reason"] == ack.exceptions[0].reason
    (told,) = await cloud.rows(
        "select facts ->> 'problem' as problem, facts ->> 'events' as events from notifications "
        "where tenant_id = $1 and kind = 'usage_problem'",
        device.tenant_id,
    )
    assert tuple(told) == (ack.exceptions[0].reason, "2")
    seqs = await cloud.rows(
        "select seq from usage_events where journal_id = $1 order by seq", journal.journal_id
    )
    assert [row["seq"] for row in seqs] == [1, 2, 3, 5, 6, 7]


async def test_a_batch_of_nothing_but_bad_events_moves_the_journal(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal().add(*[b"\xff"] * 1000)
    ack = await device.sync(journal)
    assert (ack.through_seq, len(ack.exceptions)) == (1000, 1000)
    assert (await device.sync(journal.add(payload()))).through_seq == 1001
    assert await cloud.counted(device.tenant_id) == ("1.00000", 1)


async def test_the_largest_quantities_add_up_exactly(cloud: Cloud) -> None:
    device = await cloud.device()
    largest = 92_233_720_368_547 * 100_000  # fifteen digits, and all that 64 bits hold
    journal = Journal().add(*[payload(quantity_e5=largest)] * 3)
    await device.sync(journal)
    total = Decimal(largest) * 3 / 100_000
    assert await cloud.counted(device.tenant_id) == (f"{total:.5f}", 3)
