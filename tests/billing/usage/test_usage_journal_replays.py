"""However a journal is cut, repeated and mixed up, the ledger is what the journal says."""

import json
import random
from decimal import Decimal

import asyncpg
import pytest
from brinkbyte.usage.v1 import usage_service_pb2 as pb

from tests.billing.usage.callers import Cloud, DeviceCaller, Journal, payload

METRICS = ("inference_frame", "api_call", "sms")


def random_journal(dice: random.Random, count: int) -> Journal:
    return Journal().add(
        *(
            payload(
                quantity_e5=dice.randint(0, 10_000_000),
                event_type=dice.choice(METRICS),
                resource_id=f"camera-{dice.randint(1, 9)}",
                request_id=dice.choice(["", "r-1", "r-2"]),
                dimensions=dice.choice([{}, {"pack": "base"}, {"pack": "base", "model": "m"}]),
            )
            for _ in range(count)
        )
    )


async def replay(device: DeviceCaller, journal: Journal, dice: random.Random) -> None:
    """Sends random runs from anywhere up to just past the known end, over several streams,
    until all is acked; every answer must be an ack that tells the truth, or a resync."""
    last = len(journal.payloads)
    through = 0
    while through < last:
        stream, ready = await device.open(journal)
        assert ready.through_seq == through
        for _ in range(dice.randint(1, 6)):
            first = dice.randint(max(1, through - 60), min(last, through + 3))
            until = min(last, first + dice.randint(0, 80))
            answer = await stream.ask(journal.batch(first, until))
            if first > through + 1:
                assert answer.resync_from_seq == through + 1
                continue
            assert answer.duplicates == min(until, through) - first + 1
            through = max(through, until)
            assert answer.through_seq == through
        await stream.close()


@pytest.mark.parametrize("seed", range(6))
async def test_the_ledger_equals_the_journal(cloud: Cloud, seed: int) -> None:
    dice = random.Random(seed)
    device = await cloud.device()
    journal = random_journal(dice, 400)
    await replay(device, journal, dice)
    rows = await cloud.rows(
        "select seq, event_type, resource_id, quantity, request_id, dimensions "
        "from usage_events where journal_id = $1 order by seq",
        journal.journal_id,
    )
    assert [row["seq"] for row in rows] == list(range(1, 401))
    assert [_said(row) for row in rows] == [_oracle(each) for each in journal.payloads]
    total = sum((_oracle(each)[2] for each in journal.payloads), Decimal(0))
    assert await cloud.counted(device.tenant_id) == (f"{total:.5f}", 400)


def _oracle(sent: bytes) -> tuple:
    event = pb.JournalEvent.FromString(sent)
    return (
        event.event_type,
        event.resource_id,
        Decimal(event.quantity_e5) / 100_000,
        event.request_id,
        dict(event.dimensions),
    )


def _said(row: asyncpg.Record) -> tuple:
    return (
        row["event_type"],
        row["resource_id"],
        row["quantity"],
        row["request_id"] or "",
        json.loads(row["dimensions"] or "{}"),
    )
