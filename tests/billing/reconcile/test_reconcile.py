"""Reconciling finds what was damaged by hand, mends what is safe, and leaves closed hours alone."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2 as heartbeat
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2_grpc
from brinkbyte.usage.v1 import reconcile_service_pb2 as pb
from brinkbyte.usage.v1 import reconcile_service_pb2_grpc as rpc
from brinkbyte.usage.v1 import usage_service_pb2, usage_service_pb2_grpc
from prometheus_client import CollectorRegistry

from billing.accounts.account import BillingAccount
from billing.accounts.service import AccountsService
from billing.audit.tallies import TallyLog
from billing.catalog.live import Catalogs
from billing.reconcile.findings import HourPair
from billing.reconcile.invoiced import InvoicedHour, compare_invoiced
from billing.reconcile.meters import Submission, compare_landed
from billing.reconcile.service import ReconcileService
from billing.reconcile.watch import DriftWatch
from billing.reconcile.wire import NodeWire
from billing.tenants.resolver import TenantResolver
from billing.unit import Units
from billing.usage.service import UsageService
from mesh.cache import MemoryCache
from mesh.telemetry import Metrics
from mesh.wakeup import Wakeups
from tests.billing.cloud_harness import Authorities, Cloud, Device, Tenant, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.usage.callers import Journal, Stream, payload

HOUR = timedelta(hours=1)


class Node:
    """A device that journals frames, sends them, and says what it counted."""

    def __init__(self, device: Device, journal: Journal) -> None:
        self.device = device
        self.journal = journal
        self.frames = 0

    async def use(self, frames: int, at: datetime) -> None:
        self.frames += frames
        self.journal.add(payload(frames * 100_000, at=at))
        last = len(self.journal.payloads)
        stub = usage_service_pb2_grpc.UsageServiceStub(self.device.channel)
        stream = Stream(stub.StreamUsage())
        hello = usage_service_pb2.JournalHello(
            journal_id=str(self.journal.journal_id), last_seq=last
        )
        await stream.ask(usage_service_pb2.StreamUsageRequest(hello=hello))
        ack = await stream.ask(self.journal.batch(last, last))
        assert ack.through_seq == last
        await stream.close()

    async def tell(self, inferred: int | None = None, **usage: Any) -> None:
        last = len(self.journal.payloads)
        counted = heartbeat.CountedUsage(
            journal_id=str(self.journal.journal_id),
            last_seq=usage.get("last_seq", last),
            acked_seq=usage.get("acked_seq", last),
            metrics=[
                heartbeat.CountedMetric(
                    event_type="inference_frame",
                    journalled_e5=usage.get("frames", self.frames) * 100_000,
                )
            ],
        )
        if inferred is not None:
            counted.inferences.inferred = inferred
            counted.inferences.counted = self.frames
            counted.inferences.since.GetCurrentTime()
        stub = heartbeat_service_pb2_grpc.HeartbeatServiceStub(self.device.channel)
        await stub.Heartbeat(
            heartbeat.HeartbeatRequest(status=heartbeat.DeviceStatus(usage=counted))
        )


@pytest.fixture(scope="module")
async def billing(new_database: NewDatabase, authorities: Authorities) -> AsyncIterator[Cloud]:
    """A server that folds at once."""
    dsns, superuser = await new_database()
    async with running_cloud(authorities, dsns, superuser, aggregation_seconds=0.05) as cloud:
        yield cloud


@pytest.fixture
async def tenant(billing: Cloud) -> Tenant:
    return await billing.tenant()


@pytest.fixture
async def node(billing: Cloud, tenant: Tenant) -> Node:
    return Node(await billing.device(tenant), Journal())


async def reconcile(
    billing: Cloud, tenant: Tenant, *, heal: bool = False
) -> pb.TenantReconciliation:
    answer = await rpc.ReconcileServiceStub(billing.vendor).ReconcileUsage(
        pb.ReconcileUsageRequest(tenant_id=tenant.tenant_id, heal=heal)
    )
    (found,) = answer.tenants
    return found


async def damage(billing: Cloud, tenant: Tenant, sql: str, *args: Any) -> None:
    """The operator's hand in the tenant's rows."""
    async with billing.superuser() as conn:
        await conn.execute(sql, tenant.uuid, *args)


async def folded(billing: Cloud, tenant: Tenant) -> None:
    """Waits until every delta is in its hour."""
    async with asyncio.timeout(60), billing.superuser() as conn:
        while await conn.fetchval(
            "select count(*) from usage_deltas where tenant_id = $1", tenant.uuid
        ):
            await asyncio.sleep(0.02)


def steps(found: pb.TenantReconciliation) -> dict[str, tuple[str, int]]:
    return {
        pb.UsageStep.Name(each.step).removeprefix("USAGE_STEP_"): (each.quantity, each.events)
        for each in found.sums
        if each.event_type == "inference_frame"
    }


async def test_what_agrees_is_said_step_by_step(billing: Cloud, tenant: Tenant, node: Node) -> None:
    await node.use(30, billing.clock.now() - HOUR)
    await node.use(12, billing.clock.now())
    await node.tell(inferred=45)
    found = await reconcile(billing, tenant)
    assert not found.drifts
    assert not found.notes
    assert steps(found) == {
        "INFERENCE": ("45", 0),
        "JOURNAL": ("42", 0),
        "LEDGER": ("42", 2),
        "AGGREGATE": ("42", 2),
    }


@pytest.mark.parametrize(
    "harm",
    [
        "update usage_aggregates set quantity = quantity + 5 where tenant_id = $1",
        "update usage_aggregates set events = events - 1 where tenant_id = $1",
        "delete from usage_aggregates where tenant_id = $1",
        "insert into usage_deltas (tenant_id, event_type, window_start, revision, quantity, "
        "events, largest) values ($1, 'sms', date_trunc('hour', now()), 0, 3, 1, 3)",
        "insert into usage_aggregates select tenant_id, 'sms', window_start, revision, quantity, "
        "events, largest from usage_aggregates where tenant_id = $1",
    ],
)
async def test_a_damaged_sum_is_found_and_rebuilt(
    billing: Cloud, tenant: Tenant, node: Node, harm: str
) -> None:
    await node.use(30, billing.clock.now())
    await node.tell()
    await folded(billing, tenant)
    await damage(billing, tenant, harm)
    (drift,) = (await reconcile(billing, tenant)).drifts
    assert (drift.from_step, drift.to_step) == (pb.USAGE_STEP_LEDGER, pb.USAGE_STEP_AGGREGATE)
    assert not drift.healed
    (mended,) = (await reconcile(billing, tenant, heal=True)).drifts
    assert mended.healed
    found = await reconcile(billing, tenant)
    assert not found.drifts
    assert steps(found)["AGGREGATE"] == ("30", 1)
    async with billing.superuser() as conn:
        told = await conn.fetch(
            "select action from audit_log where tenant_id = $1 and action = 'usage.sums_rebuilt'",
            tenant.uuid,
        )
    assert len(told) == 1


async def test_a_closed_hour_is_told_and_left_alone(
    billing: Cloud, tenant: Tenant, node: Node
) -> None:
    """What an invoice took stays as it took it, however wrong; late use of before stays open."""
    await node.use(30, billing.clock.now() - 3 * HOUR)
    await folded(billing, tenant)
    await damage(
        billing,
        tenant,
        "update billing_accounts set closes = 1, closed_before = date_trunc('hour', now(), 'UTC') "
        "where tenant_id = $1",
    )
    await node.use(4, billing.clock.now() - 3 * HOUR)
    await node.tell()
    await folded(billing, tenant)
    await damage(billing, tenant, "update usage_aggregates set quantity = 7 where tenant_id = $1")
    drifts = (await reconcile(billing, tenant, heal=True)).drifts
    assert [(drift.expected, drift.healed) for drift in drifts] == [("30", False), ("4", True)]
    (left,) = (await reconcile(billing, tenant)).drifts
    assert (left.expected, left.found) == ("30", "7")


async def test_rebuilding_waits_for_use_that_is_being_recorded(
    billing: Cloud, tenant: Tenant, node: Node
) -> None:
    """Use that comes while sums are rebuilt, folded or not, counts once."""
    await node.use(10, billing.clock.now())
    await node.tell(acked_seq=0, last_seq=0, frames=0)

    async def use() -> None:
        for _ in range(20):
            await node.use(1, billing.clock.now())

    async def harm_and_heal() -> None:
        for _ in range(10):
            await damage(
                billing, tenant, "update usage_aggregates set quantity = 1 where tenant_id = $1"
            )
            await reconcile(billing, tenant, heal=True)

    await asyncio.gather(use(), harm_and_heal())
    await reconcile(billing, tenant, heal=True)
    await node.tell()
    found = await reconcile(billing, tenant)
    assert not found.drifts
    assert steps(found)["AGGREGATE"] == steps(found)["LEDGER"] == ("30", 21)


async def test_a_node_is_asked_for_what_the_cloud_lost(
    billing: Cloud, tenant: Tenant, node: Node
) -> None:
    for _ in range(3):
        await node.use(5, billing.clock.now())
    await node.tell(last_seq=9, acked_seq=9, frames=45)
    (drift,) = (await reconcile(billing, tenant)).drifts
    assert "events 4 to 9 were acknowledged and are not recorded" in drift.message
    (asked,) = (await reconcile(billing, tenant, heal=True)).drifts
    assert asked.healed
    async with billing.superuser() as conn:
        command = await conn.fetchrow(
            "select kind, resync_from_seq from device_commands where device_id = $1",
            node.device.uuid,
        )
    assert tuple(command) == ("resync_usage", 4)


async def test_frames_nobody_inferred_and_sums_nobody_journalled_are_drift(
    billing: Cloud, tenant: Tenant, node: Node
) -> None:
    await node.use(1000, billing.clock.now())
    await node.tell(inferred=500, frames=998)
    first, second = (await reconcile(billing, tenant)).drifts
    assert "more frames were counted than Triton inferred" in first.message
    assert (second.from_step, second.expected, second.found) == (
        pb.USAGE_STEP_JOURNAL,
        "998",
        "1000",
    )


async def test_a_fork_is_drift_until_a_person_decided(
    billing: Cloud, tenant: Tenant, node: Node
) -> None:
    await node.use(5, billing.clock.now())
    await node.tell()
    name = node.journal.journal_id
    await damage(
        billing,
        tenant,
        "update usage_journals set state = 'forked' where tenant_id = $1 and journal_id = $2",
        name,
    )
    await damage(
        billing,
        tenant,
        "insert into usage_journal_holds (tenant_id, journal_id, first_seq, head_hash, "
        "previous_hash, payloads, held_at) values ($1, $2, 2, '', '', '{}', now())",
        name,
    )
    (drift,) = (await reconcile(billing, tenant)).drifts
    assert "1 batches are held, uncounted, until a person decides" in drift.message
    await damage(
        billing,
        tenant,
        "update usage_journal_holds set resolution = 'discard', resolved_at = now() "
        "where tenant_id = $1",
    )
    assert not (await reconcile(billing, tenant)).drifts


@pytest.mark.parametrize(
    ("made", "state", "said"),
    [
        (6, ("sent", ""), "do not add up"),
        (7, ("failed", "no_meter"), "Stripe refuses it (no_meter)"),
    ],
)
async def test_submissions_that_miss_or_were_refused_are_drift(
    billing: Cloud, tenant: Tenant, made: int, state: tuple[str, str], said: str
) -> None:
    await submitted(billing, tenant, made, *state)
    (drift,) = (await reconcile(billing, tenant)).drifts
    assert drift.to_step == pb.USAGE_STEP_STRIPE
    assert said in drift.message


async def test_what_stripe_summed_otherwise_is_drift(billing: Cloud) -> None:
    minute = billing.clock.now().replace(second=0, microsecond=0) - timedelta(minutes=5)
    told = [Submission("sms", minute, "cus_1", 7, "sent", "")]
    assert not compare_landed(told, {("sms", minute): Decimal(7)})
    (drift,) = compare_landed(told, {("sms", minute): Decimal(0)})
    assert (drift.expected, drift.found) == (7, 0)


def test_a_closed_hour_is_on_one_line_as_it_is() -> None:
    """A sum that was changed after its close, and one that no invoice took."""
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    account = BillingAccount(noon + HOUR, 2)
    three = Decimal(3)
    pairs = [
        HourPair("sms", noon, 0, three, 1, three, 1),
        HourPair("sms", noon - HOUR, 0, three, 1, three, 1),
        HourPair("sms", noon, 1, three, 1, three, 1),
        HourPair("sms", noon, 2, three, 1, three, 1),
        HourPair("sms", noon + HOUR, 0, three, 1, three, 1),
        HourPair("inference_frame", noon, 0, three, 1, three, 1),
    ]
    lines = [
        InvoicedHour("sms", noon, 0, "INV-2026-000001", Decimal(4), 1, three, 1),
        InvoicedHour("sms", noon, 1, "INV-2026-000002", three, 1, three, 1),
    ]
    found = compare_invoiced(account, pairs, lines)
    assert [(each.window_start, each.expected, each.found) for each in found.drifts] == [
        (noon, 3, 4),
        (noon - HOUR, 3, 0),
    ]
    assert not compare_invoiced(account, pairs[2:], lines[1:]).drifts


async def test_what_waits_for_stripe_is_sent_now(billing: Cloud, tenant: Tenant) -> None:
    await submitted(billing, tenant, 7, "pending", "")
    found = await reconcile(billing, tenant)
    assert not found.drifts
    assert list(found.notes) == ["1 submissions to Stripe's meters wait"]
    await reconcile(billing, tenant, heal=True)
    async with billing.superuser() as conn:
        due = await conn.fetchval(
            "select next_try_at from stripe_submissions where tenant_id = $1", tenant.uuid
        )
    assert due <= billing.clock.now()


async def submitted(billing: Cloud, tenant: Tenant, made: int, state: str, error: str) -> None:
    """A submission of 7 messages, out of so many."""
    await damage(
        billing,
        tenant,
        "insert into stripe_meter_sums (tenant_id, metric, period_start, quantity, value) "
        "values ($1, 'sms', date_trunc('hour', now()), $2::bigint, $2::bigint)",
        made,
    )
    await damage(
        billing,
        tenant,
        "insert into stripe_submissions (tenant_id, metric, minute, period_start, customer_id, "
        "value, identifier, state, next_try_at, last_error, created_at) values ($1, 'sms', "
        "date_trunc('minute', now()) - interval '5 minutes', date_trunc('hour', now()), 'cus_1', "
        "7, $2::text, $3, now() + interval '1 hour', $4, now())",
        str(tenant.uuid),
        state,
        error,
    )


async def test_the_daily_look_sets_the_gauge(billing: Cloud, tenant: Tenant, node: Node) -> None:
    await node.use(30, billing.clock.now())
    await folded(billing, tenant)
    await damage(billing, tenant, "delete from usage_aggregates where tenant_id = $1")
    db, clock, metrics = billing.server.db, billing.clock, Metrics(CollectorRegistry())
    catalogs = await Catalogs.open(db, clock, Wakeups(None))
    known = MemoryCache[str, UUID](10, HOUR, clock)
    units = Units(db, TenantResolver(db, known), clock, Wakeups(None), TallyLog(db, clock))
    service = ReconcileService(AccountsService(), UsageService(catalogs), None, None, NodeWire())
    watch = DriftWatch(db, units, service, clock, metrics)
    before = await watch.look_once()
    assert metrics.registry.get_sample_value("brinkbyte_usage_drift", {"step": "aggregate"})
    await reconcile(billing, tenant, heal=True)
    assert await watch.look_once() == before - 1


async def brinkbyte(cloud: Cloud, *words: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "deploy.cli", "usage", "reconcile", *words],
        env={
            "PATH": os.environ["PATH"],
            "BRINKBYTE_VENDOR_API_KEY": cloud.vendor_key,
            "BRINKBYTE_BILLING_API_ADDR": f"127.0.0.1:{cloud.server.ports.api}",
            "BRINKBYTE_CA_CERT": str(cloud.authorities.directory / "ca.pem"),
        },
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


async def test_the_command_ends_with_1_while_something_differs(
    billing: Cloud, tenant: Tenant, node: Node
) -> None:
    await node.use(30, billing.clock.now())
    await node.tell()
    await folded(billing, tenant)
    await damage(billing, tenant, "update usage_aggregates set quantity = 1 where tenant_id = $1")
    one = ("--tenant", tenant.tenant_id)
    found = await brinkbyte(billing, *one)
    assert found.returncode == 1, found.stderr
    assert "1 events add up to 30, their sum says 1 of 1" in found.stdout
    healed = await brinkbyte(billing, *one, "--heal")
    assert healed.returncode == 0, healed.stdout
    agreed = await brinkbyte(billing, *one, "--sums")
    assert agreed.returncode == 0
    assert f"{tenant.tenant_id}: every step agrees" in agreed.stdout
    assert "ledger    inference_frame: 30 (1 event)" in agreed.stdout
    assert " tenants compared, " in (await brinkbyte(billing)).stdout
