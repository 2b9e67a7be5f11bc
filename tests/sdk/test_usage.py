"""Usage is durable here first, then counted once by the cloud, or refused loudly."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mesh.clock import SystemClock
from mesh.errors import (
    FailedPrecondition,
    InvalidArgument,
    MeshError,
    StartError,
    StorageFull,
    TooLarge,
    Unavailable,
)
from mesh.faults import ArmedFaults, Fault, NoFaults
from mesh.ids import uuid7
from sdk.event import EventStatus, UsageResult, Use, pack
from sdk.spool import Spool
from sdk.usage import UsageReporter
from tests.billing.cloud_harness import Cloud
from tests.sdk.conftest import CloudAgain
from tests.sdk.instance import NOON, Site

Results = list[UsageResult]


async def ledger(cloud: Cloud, site: Site) -> dict[str, Decimal]:
    """What was reported and the cloud has on record: event id to quantity. Sums agree with it, and
    with the calls that the cloud counted itself."""
    async with cloud.superuser() as connection:
        rows = await connection.fetch(
            "select event_id, quantity from usage_events where tenant_id = $1", site.tenant.uuid
        )
        summed = await connection.fetchval(
            "select coalesce(sum(quantity), 0) from (select tenant_id, quantity from usage_deltas "
            "union all select tenant_id, quantity from usage_aggregates) s where tenant_id = $1",
            site.tenant.uuid,
        )
    found = {row["event_id"]: row["quantity"] for row in rows}
    assert len(found) == len(rows)
    assert sum(found.values()) == summed
    return {name: each for name, each in found.items() if not name.startswith("api:")}


async def flushed(reporter: UsageReporter) -> None:
    async with asyncio.timeout(60):
        await reporter.flush()


async def test_what_is_tracked_is_counted_once_and_answered_for(billing: Cloud, site: Site) -> None:
    results: Results = []
    async with site.mesh(on_result=results.append, instance_id="shop 7") as mesh:
        tracking = [
            mesh.usage.track("api_call", "GET /x"),
            mesh.usage.track("llm_token", "chat", 1200, request_id="r-1"),
            mesh.usage.track("storage_gb_day", "disk", Decimal("0.12500"), unit="GB-days"),
            mesh.usage.track("sms", "gate", "2", dimensions={"to": "AU"}),
        ]
        ids = list(await asyncio.gather(*tracking))
        assert all(UUID(each).version == 7 for each in ids)
        await flushed(mesh.usage)
        assert mesh.usage.unsent == 0
    assert [(each.event_id, each.status) for each in results] == [
        (each, EventStatus.ACCEPTED) for each in ids
    ]
    counted = await ledger(billing, site)
    assert [counted[each] for each in ids] == [1, 1200, Decimal("0.125"), 2]


async def test_a_lost_answer_is_asked_for_again_under_the_same_ids(
    billing: Cloud, site: Site
) -> None:
    results: Results = []
    fault = Fault("sdk.usage.after_answer", "error", 1)
    faults = ArmedFaults({fault.point: fault}, None)
    async with site.mesh(faults=faults, on_result=results.append) as mesh:
        await asyncio.gather(*[mesh.usage.track("sms", f"gate-{at}") for at in range(10)])
        await flushed(mesh.usage)
    assert {each.status for each in results} == {EventStatus.DUPLICATE}
    assert len(await ledger(billing, site)) == 10


async def test_usage_waits_for_a_cloud_that_is_away_restarts_included(
    cloud_again: CloudAgain, tmp_path: Path
) -> None:
    async with cloud_again() as cloud:
        site = await Site.at(cloud, tmp_path)
        async with site.mesh() as mesh:
            first = await mesh.usage.track("sms", "gate")
            await flushed(mesh.usage)
    async with site.mesh() as mesh:
        second = await mesh.usage.track("sms", "gate")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await mesh.usage.flush()
        assert mesh.usage.unsent == 1
    async with site.mesh() as mesh:
        assert mesh.usage.unsent == 1
        third = await mesh.usage.track("sms", "gate")
        async with cloud_again() as cloud:
            await flushed(mesh.usage)
            assert set(await ledger(cloud, site)) == {first, second, third}


async def test_a_full_spool_refuses_loudly_and_keeps_what_it_took(
    cloud_again: CloudAgain, tmp_path: Path
) -> None:
    async with cloud_again() as cloud:
        site = await Site.at(cloud, tmp_path)
    taken: list[str] = []
    async with site.mesh(usage_spool_bytes=4096) as mesh:
        with pytest.raises(StorageFull, match="unsent"):
            while len(taken) < 1000:
                taken.append(await mesh.usage.track("sms", "gate"))
        assert 10 < len(taken) < 100
        async with cloud_again() as cloud:
            await flushed(mesh.usage)
            taken.append(await mesh.usage.track("sms", "gate"))
            await flushed(mesh.usage)
            assert set(await ledger(cloud, site)) == set(taken)


async def test_a_bad_event_hurts_no_other(billing: Cloud, site: Site) -> None:
    results: Results = []
    async with site.mesh(on_result=results.append) as mesh:
        good = await mesh.usage.track("sms", "gate")
        bad = await mesh.usage.track("no_such_metric", "gate")
        nul = await mesh.usage.track("sms", "ga\0te")
        also = await mesh.usage.track("sms", "gate")
        await flushed(mesh.usage)
    by_id = {each.event_id: each for each in results}
    assert by_id[bad].status is EventStatus.REJECTED
    assert "no_such_metric" in by_id[bad].reason
    assert not by_id[nul].counted
    assert set(await ledger(billing, site)) == {good, also}


async def test_a_failing_callback_stops_nothing(billing: Cloud, site: Site) -> None:
    def fail(_: UsageResult) -> None:
        raise RuntimeError("a bad callback")

    async with site.mesh(on_result=fail) as mesh:
        await mesh.usage.track("sms", "gate")
        await flushed(mesh.usage)
    assert len(await ledger(billing, site)) == 1


@pytest.mark.parametrize(
    "quantity", [1.5, True, "-1", "1e3", "", Decimal("NaN"), 10**15, "0.123456"]
)
def test_an_inexact_quantity_is_refused_at_once(quantity: Any) -> None:
    with pytest.raises(InvalidArgument, match="quantity"):
        pack(Use("sms", "gate", quantity), "id", NOON)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("resource_id", "x" * 256),
        ("event_type", "\ud800"),
        ("request_id", "x" * 129),
        ("dimensions", {str(at): "" for at in range(17)}),
        ("dimensions", {"k": "v" * 256}),
    ],
)
def test_what_the_cloud_would_refuse_is_refused_at_once(field: str, value: Any) -> None:
    fields: dict[str, Any] = {"event_type": "sms", "resource_id": "gate"}
    with pytest.raises(InvalidArgument, match=field):
        pack(Use(**(fields | {field: value})), "id", NOON)
    with pytest.raises(InvalidArgument, match="event_time"):
        pack(Use(**fields), "id", datetime(2026, 1, 1))  # noqa: DTZ001


class Sink:
    """A cloud that refuses a whole batch for one event, or is away."""

    def __init__(self) -> None:
        self.refuse: Callable[[Sequence[bytes]], MeshError | None] = lambda _: None
        self.batches: list[int] = []
        self.known: dict[bytes, str] = {}
        self.received: list[str] = []

    async def report(self, events: Sequence[bytes]) -> list[UsageResult]:
        self.batches.append(len(events))
        error = self.refuse(events)
        if error is not None:
            raise error
        ids = [event_id(each) for each in events]
        self.received += ids
        return [UsageResult(each, EventStatus.ACCEPTED) for each in ids]


def event_id(payload: bytes) -> str:
    from brinkbyte.usage.v1 import usage_service_pb2 as pb

    return pb.ReportUsageRequest.FromString(payload).events[0].event_id


@pytest.fixture
def make_reporter(tmp_path: Path) -> Callable[..., UsageReporter]:
    def make(sink: Sink, results: Results | None = None, **more: Any) -> UsageReporter:
        options: dict[str, Any] = {
            "clock": SystemClock(),
            "faults": NoFaults(),
            "max_bytes": 10**9,
            "linger_s": 0.01,
            "on_result": None if results is None else results.append,
        }
        return UsageReporter(sink, Spool(tmp_path, "customer"), **(options | more))

    return make


@pytest.mark.parametrize("error", [InvalidArgument.field("events", "bad"), TooLarge()])
async def test_one_event_that_spoils_a_batch_is_found_and_told(
    make_reporter: Callable[..., UsageReporter], error: MeshError
) -> None:
    sink, results = Sink(), []
    reporter = make_reporter(sink, results)
    sink.refuse = lambda events: error if any(b"poison" in each for each in events) else None
    await reporter.start()
    tracking = [reporter.track("sms", "poison" if at == 333 else f"gate-{at}") for at in range(700)]
    ids = await asyncio.gather(*tracking)
    await flushed(reporter)
    await reporter.stop()
    assert sink.received == ids[:333] + ids[334:]
    assert [each.event_id for each in results] == ids
    assert results[333].status is EventStatus.REJECTED
    assert len(sink.batches) < 40


async def test_batches_hold_a_thousand_events_and_three_megabytes(
    make_reporter: Callable[..., UsageReporter],
) -> None:
    sink = Sink()
    reporter = make_reporter(sink)
    await reporter.start()
    await asyncio.gather(*[reporter.track("sms", "gate") for _ in range(2500)])
    await flushed(reporter)
    assert max(sink.batches) == 1000
    assert sum(sink.batches) == 2500
    sizes: list[int] = []
    sink.refuse = lambda events: sizes.append(sum(map(len, events)))
    labels = {f"label-{at}": "x" * 255 for at in range(16)}
    await asyncio.gather(*[reporter.track("sms", "g", dimensions=labels) for _ in range(1000)])
    await flushed(reporter)
    await reporter.stop()
    assert len(sizes) > 1
    assert max(sizes) <= 3 * 1024 * 1024


async def test_a_cloud_that_asks_for_time_gets_it(
    make_reporter: Callable[..., UsageReporter],
) -> None:
    sink = Sink()
    reporter = make_reporter(sink)
    away = [Unavailable("cloud", timedelta(seconds=0.5))]
    sink.refuse = lambda _: away.pop() if away else None
    await reporter.start()
    began = asyncio.get_running_loop().time()
    await reporter.track("sms", "gate")
    await flushed(reporter)
    await reporter.stop()
    assert asyncio.get_running_loop().time() - began >= 0.5
    assert len(sink.batches) == 2


async def test_a_disk_that_is_full_is_said_and_nothing_half_kept(
    make_reporter: Callable[..., UsageReporter], tmp_path: Path
) -> None:
    sink = Sink()
    sink.refuse = lambda _: Unavailable("cloud")
    reporter = make_reporter(sink)
    await reporter.start()
    first = await reporter.track("sms", "gate")
    reporter._spool._db.execute("pragma max_page_count = 20")
    tracking = [reporter.track("sms", "x" * 255) for _ in range(1000)]
    answers = await asyncio.gather(*tracking, return_exceptions=True)
    assert all(isinstance(each, StorageFull) for each in answers)
    assert reporter.unsent == 1
    sink.refuse = lambda _: None
    await flushed(reporter)
    await reporter.stop()
    assert sink.received == [first]


async def test_tracking_outside_a_run_is_refused_and_an_end_keeps_everything(
    make_reporter: Callable[..., UsageReporter], tmp_path: Path
) -> None:
    sink = Sink()
    sink.refuse = lambda _: Unavailable("cloud")
    reporter = make_reporter(sink)
    with pytest.raises(FailedPrecondition):
        reporter.track("sms", "gate")
    await reporter.start()
    tracking = [reporter.track("sms", "gate") for _ in range(5)]
    await reporter.stop()
    assert all(each.done() for each in tracking)
    with pytest.raises(FailedPrecondition):
        reporter.track("sms", "gate")
    again = Spool(tmp_path, "customer")
    assert again.size()[0] == 5
    again.close()
    with pytest.raises(StartError, match="of the customer"):
        Spool(tmp_path, "somebody-else")


async def test_a_caller_that_gives_up_waiting_loses_no_event(
    make_reporter: Callable[..., UsageReporter],
) -> None:
    sink = Sink()
    reporter = make_reporter(sink)
    await reporter.start()
    reporter.track("sms", "gate").cancel()
    await reporter.track("sms", "gate")
    await flushed(reporter)
    await reporter.stop()
    assert len(sink.received) == 2


async def test_a_file_that_is_no_spool_is_explained(tmp_path: Path) -> None:
    (tmp_path / "usage.sqlite3").write_bytes(b"nonsense" * 1000)
    with pytest.raises(StartError, match="cannot be opened"):
        Spool(tmp_path, "customer")


def test_ids_are_made_before_anything_is_tried() -> None:
    when = datetime.now(UTC)
    made = str(uuid7(SystemClock()))
    assert pack(Use("sms", "g"), made, when) == pack(Use("sms", "g"), made, when)
