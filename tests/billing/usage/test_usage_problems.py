"""What does not count is seen by whoever runs the cloud, and held batches are decided about."""

import json
from datetime import timedelta
from typing import Any

import grpc
import pytest
from brinkbyte.usage.v1 import instance_report_service_pb2 as instances
from brinkbyte.usage.v1 import instance_report_service_pb2_grpc as instances_rpc
from brinkbyte.usage.v1 import usage_problem_service_pb2 as pb
from brinkbyte.usage.v1 import usage_problem_service_pb2_grpc as rpc

from billing.usage.problems import service as problems
from rights.ids import render_tenant
from tests.billing.usage.callers import NOON, Cloud, DeviceCaller, Journal, many, payload
from tests.billing.usage.test_usage_report import event, report

ACCEPT, DISCARD = pb.HELD_RESOLUTION_ACCEPT, pb.HELD_RESOLUTION_DISCARD


async def listed(stub: rpc.UsageProblemServiceStub, **request: Any) -> list[pb.UsageProblem]:
    found, token = list[pb.UsageProblem](), ""
    while True:
        answer = await stub.ListUsageProblems(
            pb.ListUsageProblemsRequest(page_size=2, page_token=token, **request)
        )
        found += answer.problems
        token = answer.next_page_token
        if not token:
            return found


async def test_what_is_refused_is_kept_once_and_counted(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    over = await cloud.tenant_channel(tenant)
    stub, asked = await cloud.caller(tenant), rpc.UsageProblemServiceStub(over)
    bad = event("x" * 300 + "\0", event_type="warp\0core", quantity="-1", dimensions={"k": "v"})
    await report(stub, event("a"), device_id="gate 7")
    for _ in range(2):
        cloud.clock.advance(timedelta(minutes=1))
        await report(stub, bad, bad, event("a", quantity="9"), event("b"), device_id="gate 7")
    conflict, rejected = sorted(await listed(asked), key=lambda each: each.kind, reverse=True)
    assert (rejected.kind, conflict.kind) == (1, 2)
    assert (rejected.times, conflict.times) == (4, 2)
    assert rejected.reason.startswith("event_id: ")
    assert {rejected.reporter, conflict.reporter} == {"gate 7"}
    assert rejected.event_id == "x" * 255
    assert rejected.event_type == "warp\N{REPLACEMENT CHARACTER}core"
    assert json.loads(conflict.payload)["quantity"] == "9"
    assert rejected.first_seen_at.ToDatetime(NOON.tzinfo) == NOON + timedelta(minutes=1)
    assert rejected.last_seen_at.ToDatetime(NOON.tzinfo) == NOON + timedelta(minutes=2)
    assert await listed(asked, kind=pb.USAGE_PROBLEM_KIND_CONFLICT) == [conflict]
    cloud.clock.advance(timedelta(days=89))
    await cloud.server.upkeep.run_once()
    assert len(await listed(asked)) == 2
    cloud.clock.advance(timedelta(days=2))
    await cloud.server.upkeep.run_once()
    assert await listed(asked) == []


async def test_who_sends_rubbish_without_end_fills_no_disk(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "KEPT_A_TENANT", 5)
    tenant = await cloud.tenant()
    over = await cloud.tenant_channel(tenant)
    stub = await cloud.caller(tenant)
    for step in range(10):
        await report(stub, *(event(f"{step}-{at}", event_type=f"t{step}{at}") for at in range(4)))
        await report(stub, event(f"{step}", quantity="x"))
    found = await listed(rpc.UsageProblemServiceStub(over))
    assert len(found) <= 5 + 2
    assert sum(each.times for each in found) == 50


async def test_the_vendor_sees_every_tenant_and_a_tenant_its_own(cloud: Cloud) -> None:
    vendor = rpc.UsageProblemServiceStub(await cloud.vendor())
    device, tenant = await cloud.device(), await cloud.tenant()
    absurd = payload(10**18 + 7)
    journal = Journal().add(payload(-5), payload(), absurd, payload(1, "warp_core"), b"rubbish")
    ack = await device.sync(journal)
    assert [each.seq for each in ack.exceptions] == [1, 3, 4, 5]
    assert ack.exceptions[1].reason == "quantity_e5: has more than 15 digits"
    over = await cloud.tenant_channel(tenant)
    await report(await cloud.caller(tenant), event("", quantity="1"))
    (own,) = await listed(rpc.UsageProblemServiceStub(over))
    assert own.tenant_id == render_tenant(tenant)
    other = rpc.UsageProblemServiceStub(await cloud.tenant_channel(device.tenant_id))
    uncounted = await listed(other)
    assert {each.event_id for each in uncounted} == {
        f"{journal.journal_id}:{seq}" for seq in (1, 3, 4, 5)
    }
    assert {each.reporter for each in uncounted} == {str(device.device_id)}
    everything = await listed(vendor)
    assert own in everything
    assert all(each in everything for each in uncounted)
    assert await listed(vendor, tenant_id=render_tenant(tenant)) == [own]


async def forked(cloud: Cloud, device: DeviceCaller) -> tuple[Journal, Journal]:
    """A journal of ten on record and its clone from the seventh on, which sent twice in pieces."""
    journal = Journal().add(*many(10))
    await device.sync(journal)
    clone = journal.copy(through=7).add(*many(6, start=900), payload(-1))
    stream, _ = await device.open(clone)
    for first, last in ((5, 12), (8, 14), (5, 12), (11, 14)):
        await stream.ask(clone.batch(first, last))
    await stream.close()
    return journal, clone


async def resolve(
    cloud: Cloud, device: DeviceCaller, journal: Journal, resolution: pb.HeldResolution
) -> pb.ResolveHeldBatchesResponse:
    stub = rpc.UsageProblemServiceStub(await cloud.vendor())
    return await stub.ResolveHeldBatches(
        pb.ResolveHeldBatchesRequest(
            tenant_id=render_tenant(device.tenant_id),
            journal_id=str(journal.journal_id),
            resolution=resolution,
            reason="the disk was swapped",
        )
    )


async def test_accepted_held_events_count_once_each(cloud: Cloud) -> None:
    device = await cloud.device()
    _, clone = await forked(cloud, device)
    asked = rpc.UsageProblemServiceStub(await cloud.tenant_channel(device.tenant_id))
    assert [each.kind for each in await listed(asked)] == [pb.USAGE_PROBLEM_KIND_HELD] * 3
    done = await resolve(cloud, device, clone, ACCEPT)
    assert (done.batches, done.recorded, done.rejected, done.remaining) == (3, 6, 1, 0)
    assert await cloud.counted(device.tenant_id) == ("16.00000", 16)
    rows = await cloud.rows(
        "select event_id, resource_id, reporter from usage_events "
        "where tenant_id = $1 and event_id is not null order by resource_id",
        device.tenant_id,
    )
    assert [row["resource_id"] for row in rows] == [f"camera-{at}" for at in range(900, 906)]
    assert {row["reporter"] for row in rows} == {str(device.device_id)}
    assert rows[0]["event_id"].startswith(f"{clone.journal_id}:")
    (problem,) = await listed(asked)
    assert (problem.kind, problem.reason) == (1, "quantity_e5: negative")
    again = await resolve(cloud, device, clone, ACCEPT)
    assert (again.batches, again.recorded) == (0, 0)
    batches = (await asked.ListHeldBatches(pb.ListHeldBatchesRequest())).batches
    assert {(each.resolution, each.reason) for each in batches} == {
        (ACCEPT, "the disk was swapped")
    }
    (audited,) = await cloud.rows(
        "select details from audit_log where tenant_id = $1 and action = 'usage.held_resolved'",
        device.tenant_id,
    )
    assert json.loads(audited["details"])["recorded"] == "6"


async def test_discarded_held_events_never_count(cloud: Cloud) -> None:
    device = await cloud.device()
    _, clone = await forked(cloud, device)
    done = await resolve(cloud, device, clone, DISCARD)
    assert (done.batches, done.recorded, done.remaining) == (3, 0, 0)
    assert (await resolve(cloud, device, clone, ACCEPT)).recorded == 0
    assert await cloud.counted(device.tenant_id) == ("10.00000", 10)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await resolve(cloud, device, Journal(), ACCEPT)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_instances_tell_of_themselves(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    stub = instances_rpc.InstanceReportServiceStub(await cloud.tenant_channel(tenant))
    for day in range(3):
        cloud.clock.turn_to(NOON + timedelta(days=day))
        for name in ("plant", "yard")[: 1 + (day < 2)]:
            request = instances.ReportInstanceRequest(
                instance_id=name, active_devices=day, total_devices=9
            )
            await stub.ReportInstance(request)

    async def told(**request: Any) -> list[tuple[str, int]]:
        answer = await stub.ListInstanceReports(instances.ListInstanceReportsRequest(**request))
        return [(each.instance_id, each.active_devices) for each in answer.reports]

    history = [("plant", 2), ("yard", 1), ("plant", 1), ("yard", 0), ("plant", 0)]
    assert await told() == history
    assert await told(instance_id="yard") == [("yard", 1), ("yard", 0)]
    page = await stub.ListInstanceReports(instances.ListInstanceReportsRequest(page_size=2))
    assert await told(page_token=page.next_page_token) == history[2:]
    latest = await stub.GetLatestInstanceReports(instances.GetLatestInstanceReportsRequest())
    assert [(each.instance_id, each.active_devices) for each in latest.reports] == [
        ("plant", 2),
        ("yard", 1),
    ]
    cloud.clock.turn_to(NOON + timedelta(days=91, hours=1))
    vendor = instances_rpc.InstanceReportServiceStub(await cloud.vendor())
    request = instances.CleanUpInstanceReportsRequest()
    assert (await vendor.CleanUpInstanceReports(request)).deleted == 4
    assert await told() == [("plant", 2)]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.CleanUpInstanceReports(request)
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
