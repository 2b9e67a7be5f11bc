"""Slices of a quota in the hands of devices: lent, settled by the journal, ended, released."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import grpc
import pytest
from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb
from brinkbyte.usage.v1 import usage_service_pb2, usage_service_pb2_grpc

from rights.periods import add_months
from rights.quantity import UNITS_PER_ONE
from tests.billing.cloud_harness import Authorities, Cloud, Device, refused, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.quotas.callers import METRIC, figures, reserve, status, stub, use
from tests.billing.usage.callers import Journal, Stream, payload

EXHAUSTED = (grpc.StatusCode.RESOURCE_EXHAUSTED, "QUOTA_EXHAUSTED")


@pytest.fixture
async def hourly(new_database: NewDatabase, authorities: Authorities) -> AsyncIterator[Cloud]:
    """A cloud that lends for an hour."""
    dsns, superuser = await new_database()
    async with running_cloud(authorities, dsns, superuser, lease_seconds=3600) as cloud:
        yield cloud


class Node:
    """A device that spends what it was lent into its journal."""

    def __init__(self, cloud: Cloud, device: Device) -> None:
        self.cloud, self.device = cloud, device
        self.journal = Journal()
        self.lease = pb.Lease()
        self.spent = 0

    async def ask(self, wanted: str = "") -> pb.Lease:
        settlement = self.settlement() if self.lease.lease_id else None
        answer = await stub(self.device.channel).AcquireLease(
            pb.AcquireLeaseRequest(
                metric=METRIC,
                journal_id=str(self.journal.journal_id),
                wanted=wanted,
                settlement=settlement,
            )
        )
        if answer.lease.lease_id != self.lease.lease_id:
            self.spent = 0
        self.lease = answer.lease
        return answer.lease

    def settlement(self) -> pb.LeaseSettlement:
        return pb.LeaseSettlement(
            lease_id=self.lease.lease_id,
            spent=str(self.spent),
            through_seq=len(self.journal.payloads),
        )

    def spend(self, units: int) -> None:
        self.spent += units
        at = self.cloud.clock.now()
        self.journal.add(payload(units * UNITS_PER_ONE, METRIC, f"agent-{self.spent}", at))

    async def sync(self) -> None:
        calls = usage_service_pb2_grpc.UsageServiceStub(self.device.channel)
        stream = Stream(calls.StreamUsage())
        hello = usage_service_pb2.JournalHello(
            journal_id=str(self.journal.journal_id), last_seq=len(self.journal.payloads)
        )
        ready = await stream.ask(usage_service_pb2.StreamUsageRequest(hello=hello))
        first = getattr(ready, "through_seq", 0) + 1
        if first <= len(self.journal.payloads):
            await stream.ask(self.journal.batch(first, len(self.journal.payloads)))
        await stream.close()

    async def give_back(self) -> pb.Lease:
        request = pb.ReturnLeaseRequest(settlement=self.settlement())
        return (await stub(self.device.channel).ReturnLease(request)).lease


async def node(cloud: Cloud) -> Node:
    tenant = await cloud.tenant()
    return Node(cloud, await cloud.device(tenant))


async def test_a_slice_is_reserved_until_its_journal_has_arrived(billing: Cloud) -> None:
    one = await node(billing)
    read = one.device.tenant.read
    lease = await one.ask("20")
    assert lease.granted == "20"
    assert await figures(read) == ("0", "0", "20", "80")
    one.spend(15)
    await one.ask("20")
    assert await figures(read) == ("0", "0", "35", "65"), "told, and not yet recorded"
    await one.sync()
    assert await figures(read) == ("15", "0", "35", "50"), "recorded, and not yet told"
    lease = await one.ask("20")
    assert (lease.granted, lease.settled) == ("35", "15")
    assert await figures(read) == ("15", "0", "20", "65")
    one.spend(3)
    assert (await one.give_back()).state == pb.LEASE_STATE_ENDED, "its last use is on its way"
    assert await figures(read) == ("15", "0", "20", "65")
    await one.sync()
    closed = await one.give_back()
    assert closed.state == pb.LEASE_STATE_CLOSED
    assert await one.give_back() == closed
    assert await figures(read) == ("18", "0", "0", "82")


async def test_reservations_and_slices_share_one_cap(billing: Cloud) -> None:
    one = await node(billing)
    two = Node(billing, await billing.device(one.device.tenant))
    admin = one.device.tenant.admin
    await reserve(admin, "60")
    granted = [int((await each.ask("500")).granted) for each in (one, two, one, two, one, two)]
    assert max(granted) <= 40
    for each in (one, two):
        for _ in range(20):
            await each.ask("500")
    assert int(one.lease.granted) + int(two.lease.granted) == 40
    assert (await status(one.device.tenant.read)).remaining == "0"
    async with refused(*EXHAUSTED):
        await reserve(admin)
    late = Node(billing, await billing.device(one.device.tenant))
    async with refused(*EXHAUSTED):
        await late.ask()


async def test_what_a_lost_device_holds_stays_reserved_until_the_vendor_frees_it(
    hourly: Cloud,
) -> None:
    cloud = hourly
    one = await node(cloud)
    read, tenant_id = one.device.tenant.read, one.device.tenant.tenant_id
    await one.ask("20")
    one.spend(5)
    cloud.clock.advance(timedelta(hours=2))
    used, reserved, leased, _ = await figures(read)
    assert (used, reserved, leased) == ("0", "0", "20"), "its end frees nothing"
    vendor = stub(cloud.vendor)
    request = pb.ForceReleaseLeaseRequest(
        tenant_id=tenant_id, lease_id=one.lease.lease_id, reason="it burnt"
    )
    async with refused(grpc.StatusCode.PERMISSION_DENIED):
        await stub(one.device.tenant.admin).ForceReleaseLease(request)
    for _ in range(2):
        freed = (await vendor.ForceReleaseLease(request)).lease
    assert freed.state == pb.LEASE_STATE_RELEASED
    assert await figures(read) == ("0", "0", "0", "100")
    await one.sync()
    told = await one.give_back()
    assert (told.state, told.over_cap) == (pb.LEASE_STATE_RELEASED, "5")
    found = await status(read)
    assert (found.used, found.over_cap) == ("5", "5")
    listed = await stub(read).ListLeases(pb.ListLeasesRequest())
    assert [each.lease_id for each in listed.leases] == [one.lease.lease_id]


async def test_a_slice_belongs_to_its_period(hourly: Cloud) -> None:
    cloud = hourly
    one = await node(cloud)
    read = one.device.tenant.read
    ends = cloud.clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    async with cloud.superuser() as conn:
        await conn.execute(
            "update subscriptions set anchor = $2 where tenant_id = $1",
            one.device.tenant.uuid,
            add_months(ends, -48),
        )
    first = await one.ask("20")
    assert first.expires_at.ToDatetime(ends.tzinfo) == ends
    one.spend(5)
    cloud.clock.advance(timedelta(hours=2))
    old = one.settlement()
    await one.sync()
    second = await one.ask("20")
    assert second.lease_id != first.lease_id
    assert await figures(read) == ("0", "0", "20", "80")
    closed = await stub(one.device.channel).ReturnLease(pb.ReturnLeaseRequest(settlement=old))
    assert (closed.lease.state, closed.lease.settled) == (pb.LEASE_STATE_CLOSED, "5")


async def test_a_forked_journal_holds_nothing(billing: Cloud) -> None:
    one = await node(billing)
    read = one.device.tenant.read
    await one.ask("20")
    one.spend(5)
    await one.sync()
    one.journal = one.journal.copy(0)
    one.journal.add(payload(UNITS_PER_ONE, METRIC, "restored", billing.clock.now()))
    one.journal.add(payload(UNITS_PER_ONE, METRIC, "disk", billing.clock.now()))
    await one.sync()
    assert await figures(read) == ("5", "0", "0", "95")
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "JOURNAL_FORKED"):
        await one.ask()
    one.journal, one.lease = Journal(), pb.Lease()
    assert (await one.ask("20")).granted == "20"
    assert await figures(read) == ("5", "0", "20", "75")


async def test_a_report_beyond_the_slice_is_flagged(billing: Cloud) -> None:
    one = await node(billing)
    await one.ask("10")
    one.spend(13)
    await one.sync()
    lease = await one.give_back()
    assert (lease.settled, lease.over_cap) == ("10", "3")


async def test_only_the_device_itself_tells_of_its_lease(billing: Cloud) -> None:
    one = await node(billing)
    other = Node(billing, await billing.device(one.device.tenant))
    await one.ask("10")
    other.lease = one.lease
    async with refused(grpc.StatusCode.NOT_FOUND):
        await other.give_back()
    one.spend(1)
    await one.sync()
    other.journal, other.lease = one.journal, pb.Lease()
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await other.ask()
    async with refused(grpc.StatusCode.PERMISSION_DENIED):
        await stub(one.device.tenant.admin).AcquireLease(
            pb.AcquireLeaseRequest(metric=METRIC, journal_id=str(uuid4()))
        )


@pytest.mark.parametrize(("field", "value"), [("metric", "smiles"), ("wanted", "-1")])
async def test_a_wrong_wish_is_named(billing: Cloud, field: str, value: str) -> None:
    one = await node(billing)
    asked = {"metric": METRIC, "journal_id": str(uuid4()), field: value}
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await stub(one.device.channel).AcquireLease(pb.AcquireLeaseRequest(**asked))
    assert field in str(errors[0].violations)


async def test_a_metric_without_a_limit_needs_no_lease(billing: Cloud) -> None:
    one = await node(billing)
    answer = await stub(one.device.channel).AcquireLease(
        pb.AcquireLeaseRequest(metric="inference_frame", journal_id=str(uuid4()))
    )
    assert not answer.HasField("lease")
    assert answer.quota.cap == pb.QUOTA_CAP_NONE


async def test_use_beside_a_slice_is_never_refused(billing: Cloud) -> None:
    one = await node(billing)
    await one.ask("20")
    await use(billing, one.device.tenant, "150")
    assert (await figures(one.device.tenant.read))[3] == "0"
    lease = await one.ask("50")
    assert lease.granted == "20", "what it has stays its own"
