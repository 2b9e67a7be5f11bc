"""A close and an ingest see each other: what was acked is in it, what comes after is late."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from brinkbyte.usage.v1 import usage_service_pb2 as pb

from billing.accounts.service import AccountsService
from billing.catalog.live import Catalogs
from billing.notifications.service import NotificationsService
from billing.paging import PageRequest
from billing.unit import Unit
from billing.usage.events import ReportedEvent
from billing.usage.journals.service import JournalService, Stream
from billing.usage.journals.unpack import Unpacker
from billing.usage.service import UsageService
from billing.usage.windows import HourSum, RecordedEvent
from mesh.errors import FailedPrecondition
from mesh.principal import ANONYMOUS, Principal, PrincipalKind
from mesh.wakeup import Wakeups
from rights.journal import GENESIS
from tests.billing.usage.callers import NOON, Cloud, DeviceCaller, Journal, micros, payload

ACCOUNTS = AccountsService()
HOUR = timedelta(hours=1)
Record = Callable[[Unit, DeviceCaller], Awaitable[object]]


@asynccontextmanager
async def unit_of(
    cloud: Cloud, tenant_id: UUID, principal: Principal = ANONYMOUS
) -> AsyncIterator[Unit]:
    async with cloud.server.db.tenant(tenant_id) as conn:
        yield Unit(conn, tenant_id, principal, cloud.clock.now())


async def catalogs(cloud: Cloud) -> Catalogs:
    return await Catalogs.open(cloud.server.db, cloud.clock, Wakeups(None))


async def use(device: DeviceCaller, journal: Journal, quantity_e5: int, hours: int) -> None:
    """One more event of sms, so many hours after noon."""
    await device.sync(journal.add(payload(quantity_e5, "sms", at=NOON + hours * HOUR)))


async def sums(cloud: Cloud, tenant_id: UUID, revision: int) -> list[HourSum]:
    usage = UsageService(await catalogs(cloud))
    async with unit_of(cloud, tenant_id) as unit:
        if revision:
            return await usage.late(unit, revision)
        return await usage.windows(unit, NOON - 9 * HOUR, NOON + 9 * HOUR, 0)


async def blocked(cloud: Cloud, backend: int) -> None:
    """Waits until somebody waits for what that connection holds."""
    async with asyncio.timeout(60), cloud.server.db.worker() as conn:
        while not await conn.fetchval(
            "select count(*) from pg_locks where not granted and $1 = any(pg_blocking_pids(pid))",
            backend,
        ):
            await asyncio.sleep(0.01)


def late_sms(hour: int, quantity: str, events: int = 1) -> HourSum:
    return HourSum("sms", NOON + hour * HOUR, Decimal(quantity), events)


async def by_id(cloud: Cloud, unit: Unit, _: DeviceCaller) -> None:
    event = ReportedEvent("one", "sms", "gate", "2", "", micros(NOON), "", {})
    (result,) = await UsageService(await catalogs(cloud)).report(unit, "", [event])
    assert result.reason == ""


async def by_journal(cloud: Cloud, unit: Unit, device: DeviceCaller) -> None:
    journal = Journal()
    opened, _ = await device.open(journal)
    (row,) = await cloud.rows(
        "select stream_id from usage_journals where journal_id = $1", journal.journal_id
    )
    batch = Unpacker().unpack(1, GENESIS, [payload(200_000, "sms")])
    told = NotificationsService(cloud.clock, {})
    ack = await JournalService(await catalogs(cloud), told).take(
        unit, Stream(journal.journal_id, row["stream_id"]), batch
    )
    assert ack is not None
    await opened.close()


@pytest.mark.parametrize("record", [by_id, by_journal])
async def test_a_close_waits_for_an_ingest_in_flight_and_holds_it(
    cloud: Cloud, record: Callable[[Cloud, Unit, DeviceCaller], Awaitable[None]]
) -> None:
    device = await cloud.device()
    caller = Principal(PrincipalKind.DEVICE, device.tenant_id, device.device_id, "", frozenset())
    usage = UsageService(await catalogs(cloud))

    async def close() -> list[HourSum]:
        async with unit_of(cloud, device.tenant_id) as unit:
            await ACCOUNTS.lock(unit)
            found = await usage.windows(unit, NOON, NOON + HOUR, 0)
            await ACCOUNTS.close(unit, NOON + HOUR)
            return found

    async with unit_of(cloud, device.tenant_id, caller) as ingest:
        await record(cloud, ingest, device)
        closing = asyncio.create_task(close())
        await blocked(cloud, await ingest.conn.fetchval("select pg_backend_pid()"))
    assert await closing == [late_sms(0, "2")]
    assert await sums(cloud, device.tenant_id, 1) == []


async def test_an_ingest_does_not_overtake_a_close_that_waits(cloud: Cloud) -> None:
    device = await cloud.device()
    usage = UsageService(await catalogs(cloud))

    async def close(unit: Unit) -> list[HourSum]:
        await ACCOUNTS.lock(unit)
        found = await usage.windows(unit, NOON, NOON + HOUR, 0)
        await ACCOUNTS.close(unit, NOON + HOUR)
        return found

    async with unit_of(cloud, device.tenant_id) as closing:
        async with unit_of(cloud, device.tenant_id) as ingest:
            await by_id(cloud, ingest, device)
            backend = await closing.conn.fetchval("select pg_backend_pid()")
            close_task = asyncio.create_task(close(closing))
            await blocked(cloud, await ingest.conn.fetchval("select pg_backend_pid()"))
            behind = asyncio.create_task(use(device, Journal(), 300_000, 0))
            await blocked(cloud, backend)
        assert await close_task == [late_sms(0, "2")]
    await behind
    assert await sums(cloud, device.tenant_id, 1) == [late_sms(0, "3")]


async def test_an_ingest_waits_for_a_close_and_is_late(cloud: Cloud) -> None:
    device = await cloud.device()
    stub = await cloud.caller(device.tenant_id)
    event = pb.UsageEvent(event_id="late", event_type="sms", resource_id="gate")
    event.event_time.FromDatetime(NOON)
    async with unit_of(cloud, device.tenant_id) as closing:
        await ACCOUNTS.lock(closing)
        ingest = [
            asyncio.create_task(use(device, Journal(), 300_000, 0)),
            asyncio.ensure_future(stub.ReportUsage(pb.ReportUsageRequest(events=[event]))),
        ]
        await blocked(cloud, await closing.conn.fetchval("select pg_backend_pid()"))
        await ACCOUNTS.close(closing, NOON + HOUR)
    await asyncio.gather(*ingest)
    assert await sums(cloud, device.tenant_id, 0) == []
    assert await sums(cloud, device.tenant_id, 1) == [late_sms(0, "4", 2)]


async def test_each_event_lies_in_one_revision_of_its_hour(cloud: Cloud) -> None:
    device = await cloud.device()
    journal = Journal()
    cloud.clock.advance(2 * HOUR)
    await use(device, journal, 100_000, 0)
    async with unit_of(cloud, device.tenant_id) as unit:
        await ACCOUNTS.lock(unit)
        assert (await ACCOUNTS.close(unit, NOON)).closes == 1
    await use(device, journal, 200_000, -1)
    await use(device, journal, 400_000, 0)
    await cloud.server.worker.fold_once()
    await use(device, journal, 800_000, -1)
    async with unit_of(cloud, device.tenant_id) as unit:
        await ACCOUNTS.lock(unit)
        assert (await ACCOUNTS.close(unit, NOON + HOUR)).closes == 2
    await use(device, journal, 1_600_000, -1)
    await use(device, journal, 3_200_000, 0)
    await use(device, journal, 6_400_000, 1)
    for _ in range(2):
        tenant = device.tenant_id
        assert await sums(cloud, tenant, 0) == [late_sms(0, "5", 2), late_sms(1, "64")]
        assert await sums(cloud, tenant, 1) == [late_sms(-1, "10", 2)]
        assert await sums(cloud, tenant, 2) == [late_sms(-1, "16"), late_sms(0, "32")]
        assert await cloud.counted(tenant) == ("127.00000", 7)
        (total,) = (
            await device.stub.QueryUsage(pb.QueryUsageRequest(window=pb.USAGE_WINDOW_MONTH))
        ).points
        assert (total.quantity, total.events) == ("127", 7)
        await cloud.server.worker.fold_once()


async def test_the_events_of_an_hour_come_in_pages(cloud: Cloud) -> None:
    device = await cloud.device()
    stub = await cloud.caller(device.tenant_id)
    journal = Journal()
    cloud.clock.advance(2 * HOUR)
    for minute in range(5):
        journal.add(payload(100_000, "sms", at=NOON + minute * timedelta(minutes=1)))
    await device.sync(journal.add(payload(100_000, "sms", at=NOON + HOUR)))
    event = pb.UsageEvent(event_id="own", event_type="sms", resource_id="gate", quantity="7")
    event.event_time.FromDatetime(NOON)
    await stub.ReportUsage(pb.ReportUsageRequest(device_id="desk", events=[event]))
    usage = UsageService(await catalogs(cloud))
    seen, token = list[RecordedEvent](), ""
    async with unit_of(cloud, device.tenant_id) as unit:
        while True:
            page = await usage.events_of(unit, "sms", NOON, 0, PageRequest.read(2, token))
            seen += page.rows
            token = page.next_token
            if not token:
                break
    ids = {f"{journal.journal_id}:{seq}" for seq in range(1, 6)} | {"own"}
    assert len(seen) == 6 and {each.event_id for each in seen} == ids
    own = next(each for each in seen if each.event_id == "own")
    assert (own.quantity, own.reporter, own.resource_id) == (Decimal(7), "desk", "gate")
    assert sum(each.quantity for each in seen) == 12


async def test_an_account_closes_forward_only_at_full_hours(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    async with unit_of(cloud, tenant) as unit:
        assert (await ACCOUNTS.read(unit)).closed_before is None
        closed = await ACCOUNTS.close(unit, NOON)
        assert closed == await ACCOUNTS.read(unit)
        assert (closed.closed_before, closed.closes) == (NOON, 1)
        with pytest.raises(FailedPrecondition):
            await ACCOUNTS.close(unit, NOON)
        with pytest.raises(ValueError, match="full hour"):
            await ACCOUNTS.close(unit, NOON + timedelta(minutes=90))
