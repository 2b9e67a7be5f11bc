"""Usage reaches the cloud once, in order, through crashes, outages and restored disks."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from edge.usage import positions
from mesh.clock import ManualClock
from mesh.database import Database, Role
from rights.journal import GENESIS, head
from tests.edge.cloud_double.cloud import Cloud, Journal
from tests.edge.cloud_double.server import CloudServer
from tests.edge.uplink.conftest import NOON


def recorded(cloud: Cloud) -> Journal:
    (journal,) = cloud.journals.values()
    return journal


async def acked(position: Any, seq: int) -> None:
    async with asyncio.timeout(25):
        while (await position()).acked_seq != seq:
            await asyncio.sleep(0.01)


async def test_everything_arrives_and_is_marked(
    cloud: Cloud, use: Any, syncing: Any, position: Any, new_database: Database
) -> None:
    await use(0, 25)
    async with syncing(batch=10):
        await acked(position, 25)
    assert recorded(cloud).batches == 3
    async with new_database.transaction(Role.APP) as conn:
        rows = await conn.fetch("select payload, synced_to_billing from usage_events order by seq")
    assert [row["payload"] for row in rows] == recorded(cloud).payloads
    assert all(row["synced_to_billing"] for row in rows)
    at = await position()
    assert (at.duplicates, at.last_error) == (0, None)
    assert at.last_acked_at is not None


async def test_what_is_journalled_later_follows_at_once(
    cloud: Cloud, use: Any, syncing: Any, position: Any
) -> None:
    await use(0, 1)
    async with syncing() as sync:
        await acked(position, 1)
        await use(1, 1)
        sync.journalled()
        await acked(position, 2)
    assert recorded(cloud).batches == 2


async def test_a_lost_ack_is_sent_again_and_shows_as_duplicates(
    cloud: Cloud, use: Any, syncing: Any, position: Any
) -> None:
    await use(0, 30)
    cloud.lose_acks = 1
    cloud.window = 1
    async with syncing(batch=10):
        await acked(position, 30)
    assert len(recorded(cloud).payloads) == 30
    assert (await position()).duplicates == 10


async def test_at_most_one_batch_is_sent_twice(
    use: Any, syncing: Any, position: Any, new_database: Database
) -> None:
    await use(0, 35)
    async with syncing(batch=10):
        await acked(position, 35)
    await forget_acks(new_database)
    async with syncing(batch=10):
        await acked(position, 35)
    assert (await position()).duplicates == 10


async def forget_acks(database: Database) -> None:
    """The node's marks are lost, as if it had died before every one of them."""
    async with database.transaction(Role.APP) as conn:
        await conn.execute("update billing_sync_status set acked_seq = 0, acked_hash = $1", GENESIS)
        await conn.execute("update usage_events set synced_to_billing = false")


async def test_an_outage_is_waited_out(
    cloud_server: CloudServer, cloud: Cloud, use: Any, syncing: Any, position: Any
) -> None:
    await use(0, 5)
    await cloud_server.down()
    async with syncing():
        await use(5, 5)
        await cloud_server.up()
        await acked(position, 10)
    assert len(recorded(cloud).payloads) == 10


async def test_a_cloud_that_lost_events_gets_them_again(
    cloud: Cloud, use: Any, syncing: Any, position: Any
) -> None:
    await use(0, 20)
    async with syncing(batch=10):
        await acked(position, 20)
    journal = recorded(cloud)
    before = list(journal.payloads)
    del journal.payloads[7:]
    journal.last_hash = head(GENESIS, journal.payloads)
    await use(20, 1)
    async with syncing(batch=10):
        await acked(position, 21)
    assert journal.payloads[:20] == before
    assert len(journal.payloads) == 21


async def test_a_cloud_restored_from_a_backup_gets_them_from_an_idle_node(
    cloud_server: CloudServer, use: Any, syncing: Any, position: Any, eventually: Any
) -> None:
    """Nothing new is used, and the stream ends while the node has nothing to send."""
    await use(0, 20)
    async with syncing(batch=10):
        await acked(position, 20)
        await cloud_server.down()
        journal = recorded(cloud_server.cloud)
        del journal.payloads[7:]
        journal.last_hash = head(GENESIS, journal.payloads)
        await cloud_server.up()
        await eventually(lambda: len(journal.payloads) == 20)


async def test_a_gap_is_filled_on_request(
    cloud: Cloud, use: Any, syncing: Any, position: Any
) -> None:
    await use(0, 20)
    async with syncing(batch=5):
        await acked(position, 20)
        await use(20, 5)
        cloud.ask_resync_from = 11
        async with syncing(batch=5):
            await acked(position, 25)
    assert len(recorded(cloud).payloads) == 25
    assert (await position()).duplicates >= 10


async def test_the_vendor_can_have_everything_again(
    cloud: Cloud, use: Any, syncing: Any, position: Any, eventually: Any
) -> None:
    await use(0, 20)
    async with syncing(batch=10) as sync:
        await acked(position, 20)
        batches = recorded(cloud).batches
        sync.resync(1)
        await eventually(lambda: recorded(cloud).batches == batches + 2)
    at = await position()
    assert at.acked_seq == 20
    assert len(recorded(cloud).payloads) == 20


@pytest.mark.parametrize("new_events", [0, 1])
async def test_a_clone_is_a_fork_and_stops(
    cloud: Cloud, use: Any, syncing: Any, position: Any, new_events: int
) -> None:
    await use(0, 5)
    async with syncing():
        await acked(position, 5)
    journal = recorded(cloud)
    journal.payloads[4] = b"another life"
    journal.last_hash = head(GENESIS, journal.payloads)
    if new_events:
        await use(5, new_events)
    async with syncing():
        await told_error(position)
    assert "JOURNAL_FORKED" in ((await position()).last_error or "")
    assert len(journal.payloads) == 5
    assert (await position()).acked_seq == 5


async def test_a_restored_disk_is_a_fork(
    cloud: Cloud, use: Any, syncing: Any, position: Any
) -> None:
    await use(0, 2)
    at = await position()
    journal = cloud.journals.setdefault(str(at.journal_id), Journal())
    journal.payloads = [b"one", b"two", b"three"]
    journal.last_hash = head(GENESIS, journal.payloads)
    async with syncing():
        await told_error(position)
    assert "JOURNAL_FORKED" in ((await position()).last_error or "")
    assert (await position()).acked_seq == 0


async def told_error(position: Any) -> None:
    async with asyncio.timeout(25):
        while (await position()).last_error is None:
            await asyncio.sleep(0.01)


async def test_old_acked_events_are_dropped_and_the_rest_still_goes(
    use: Any, syncing: Any, position: Any, new_database: Database, clock: ManualClock
) -> None:
    await use(0, 10)
    async with syncing():
        await acked(position, 10)
    clock.advance(timedelta(days=1))
    await use(10, 5)
    async with new_database.transaction(Role.APP) as conn:
        first = await positions.first_recent(conn, clock.now(), clock.now())
        assert first == 11
        dropped = await positions.forget_acked(conn, 16, 1000)
    assert dropped == 10, "what is not acked is never dropped"
    async with syncing():
        await acked(position, 15)


async def test_a_clock_that_was_wrong_leaves_no_gap_in_what_is_kept(
    use: Any, syncing: Any, position: Any, new_database: Database, clock: ManualClock
) -> None:
    minute, years = timedelta(minutes=1), timedelta(days=365)
    for number, at in enumerate((0, 1, -50 * 365, 2, 50 * 365, 3)):
        clock.turn_to(NOON + (at * minute if abs(at) < 10 else at / 365 * years))
        await use(number, 1)
    async with syncing():
        await acked(position, 6)
    async with new_database.transaction(Role.APP) as conn:
        latest = NOON + 3 * minute
        for before, kept in ((NOON, 6), (NOON + minute, 5), (latest, 1)):
            first = await positions.first_recent(conn, before, latest)
            await positions.forget_acked(conn, first, 1000)
            rows = await conn.fetch("select seq from usage_events order by seq")
            assert [row["seq"] for row in rows] == list(range(7 - kept, 7))
