"""`brinkbyte usage` against a real cloud."""

from uuid import uuid4

from brinkbyte.usage.v1 import usage_service_pb2, usage_service_pb2_grpc

from rights.journal import GENESIS, head
from tests.billing.cloud_harness import Cloud, Tenant
from tests.billing.usage.callers import payload
from tests.deploy.test_subscription_cli import brinkbyte, said


async def test_problems_are_shown_and_held_batches_decided_about(
    cloud: Cloud, tenant: Tenant
) -> None:
    assert await said(cloud, tenant, "usage", "problems") == ["everything that was reported counts"]
    assert await said(cloud, tenant, "usage", "held") == ["nothing is held"]
    bad = usage_service_pb2.UsageEvent(event_id="run-17", event_type="warp_core", resource_id="x")
    stub = usage_service_pb2_grpc.UsageServiceStub(tenant.admin)
    await stub.ReportUsage(usage_service_pb2.ReportUsageRequest(events=[bad], device_id="gate 7"))
    (line,) = await said(cloud, tenant, "usage", "problems", "--kind", "rejected")
    what = "event_type: the catalogue has no metric 'warp_core'"
    assert line.endswith(f"rejected 1x {tenant.tenant_id} 'run-17' from gate 7: {what}")
    other = usage_service_pb2.UsageEvent(event_id="run-18", event_type="warp_core", resource_id="x")
    await stub.ReportUsage(usage_service_pb2.ReportUsageRequest(events=[other]))
    shown = await said(cloud, tenant, "usage", "problems")
    assert any(f" {tenant.tenant_id} 'run-18': {what}" in line for line in shown)
    journal = await held(cloud, tenant)
    (waiting,) = await said(cloud, tenant, "usage", "held")
    assert f" {journal} 5-6 of device " in waiting and waiting.endswith(": waits")
    assert len(await said(cloud, tenant, "usage", "problems")) == 3
    done = await said(cloud, tenant, "usage", "accept", journal, "--reason", "swapped disk")
    assert done == [f"{journal}: 1 batch accepted, 2 events recorded, 0 known, 0 rejected"]
    (decided,) = await said(cloud, tenant, "usage", "held")
    assert decided.endswith(": accepted (swapped disk)")
    again = await said(cloud, tenant, "usage", "discard", journal, "--reason", "too late")
    assert again[0].startswith(f"{journal}: 0 batches discarded, 0 events recorded")
    assert (await brinkbyte(cloud, tenant, "usage", "problems", "--kind", "odd")).returncode == 2
    assert (await brinkbyte(cloud, tenant, "usage", "reconcile", "--help")).returncode == 0


async def held(cloud: Cloud, tenant: Tenant) -> str:
    """A forked journal of the tenant and what it sent: two events."""
    device, journal = await cloud.device(tenant), uuid4()
    payloads = [payload(at=cloud.clock.now(), resource_id=name) for name in ("a", "b")]
    async with cloud.server.db.worker() as conn:
        await conn.execute(
            "insert into usage_journals (tenant_id, journal_id, device_id, stream_id, last_seq, "
            "last_hash, state, opened_at, updated_at) values ($1, $2, $3, $2, 4, $4, 'forked', "
            "now(), now())",
            tenant.uuid,
            journal,
            device.uuid,
            GENESIS,
        )
        await conn.execute(
            "insert into usage_journal_holds (tenant_id, journal_id, first_seq, head_hash, "
            "previous_hash, payloads, held_at) values ($1, $2, 5, $3, $4, $5, now())",
            tenant.uuid,
            journal,
            head(GENESIS, payloads),
            GENESIS,
            payloads,
        )
    return str(journal)
