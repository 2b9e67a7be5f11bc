"""A tenant whose use is told to Stripe, and a database that is put back."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from brinkbyte.payment.v1 import stripe_service_pb2 as pb
from brinkbyte.payment.v1 import stripe_service_pb2_grpc
from brinkbyte.usage.v1 import usage_service_pb2 as usage_pb
from brinkbyte.usage.v1 import usage_service_pb2_grpc
from prometheus_client import CollectorRegistry

from billing.audit.tallies import TallyLog
from billing.catalog.live import Catalogs, shipped_document
from billing.payments.meters.maker import SubmissionMaker
from billing.payments.meters.periods import IssuedPeriod
from billing.payments.meters.recall import Recall
from billing.payments.meters.sender import SubmissionSender
from billing.payments.meters.worker import SubmissionMetrics, SubmissionWorker
from billing.payments.objects import store as objects_store
from billing.payments.objects.row import ObjectRow, ObjectState
from billing.payments.objects.service import ObjectsService
from billing.payments.objects.wanted import wanted
from billing.payments.stripe.provider import StripeProvider
from billing.tenants.resolver import TenantResolver
from billing.unit import Units
from billing.usage.service import UsageService
from mesh.cache import MemoryCache
from mesh.clock import ManualClock
from mesh.faults import Faults, NoFaults
from mesh.telemetry import Metrics
from mesh.wakeup import Wakeups
from rights.catalog.load import load_catalog
from rights.periods import Period
from tests.billing.cloud_harness import Cloud, Tenant
from tests.stripe_simulator.server import Simulator, running_simulator

START = datetime(2026, 1, 31, 10, tzinfo=UTC)
END = datetime(2026, 2, 28, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Metering:
    """A cloud, a tenant whose period Stripe issues, and workers over them."""

    cloud: Cloud
    stripe: Simulator
    provider: StripeProvider
    tenant: Tenant
    period: IssuedPeriod | None
    clock: ManualClock

    async def open(self) -> tuple[IssuedPeriod, ...]:
        """As `IssuedPeriods` says."""
        return (self.period,) if self.period is not None else ()

    async def use(self, metric: str, quantity: str, at: datetime | None = None) -> None:
        """One event."""
        event = usage_pb.UsageEvent(
            event_id=uuid4().hex, event_type=metric, quantity=quantity, resource_id="r"
        )
        event.event_time.FromDatetime(at or self.clock.now())
        stub = usage_service_pb2_grpc.UsageServiceStub(self.tenant.admin)
        answer = await stub.ReportUsage(usage_pb.ReportUsageRequest(events=[event]))
        assert answer.results[0].status == usage_pb.EVENT_STATUS_ACCEPTED, answer

    async def worker(
        self, faults: Faults | None = None, *, settles_after: timedelta = timedelta(0)
    ) -> SubmissionWorker:
        """One replica's."""
        db, clock = self.cloud.server.db, self.clock
        catalogs = await Catalogs.open(db, clock, Wakeups(None))
        known = MemoryCache[str, Any](10, HOUR, clock)
        units = Units(db, TenantResolver(db, known), clock, Wakeups(None), TallyLog(db, clock))
        counts = SubmissionMetrics(Metrics(CollectorRegistry()))
        objects = ObjectsService(enabled=True)
        recall = Recall(
            db,
            units,
            self.provider,
            objects,
            catalogs,
            clock=clock,
            settles_after=settles_after,
        )
        sender = SubmissionSender(
            db,
            self.provider,
            objects,
            clock=clock,
            faults=faults or NoFaults(),
            outcome=counts.outcome,
        )
        maker = SubmissionMaker(units, UsageService(catalogs), catalogs, clock)
        return SubmissionWorker(
            db,
            self,
            recall,
            maker,
            sender,
            clock=clock,
            metrics=counts,
            every=timedelta(minutes=5),
            settles_after=settles_after,
        )

    async def listed(self, state: int = 0) -> Sequence[pb.Submission]:
        stub = stripe_service_pb2_grpc.StripeServiceStub(self.cloud.vendor)
        answer = await stub.ListSubmissions(
            pb.ListSubmissionsRequest(tenant_id=self.tenant.tenant_id, state=state)
        )
        found: Sequence[pb.Submission] = answer.submissions
        return found

    def landed(self, metric: str) -> int:
        """What Stripe has summed."""
        return sum(
            int(each["payload"]["value"])
            for each in self.stripe.world.meter_events
            if each["event_name"] == f"brinkbyte_{metric}"
        )

    def wait(self, step: timedelta) -> None:
        """Time passes."""
        self.clock.advance(step)


@asynccontextmanager
async def open_metering(cloud: Cloud) -> AsyncIterator[Metering]:
    """A tenant of the cloud's, and a Stripe of its own that has every meter."""
    clock = cloud.clock
    async with running_simulator(clock) as stripe:
        provider = StripeProvider(stripe.settings)
        tenant = await cloud.tenant()
        customer = await provider.customers.create(
            email="a@b.example", name="A", metadata={}, key="customer"
        )
        meters = [each for each in wanted(load_catalog(shipped_document())) if each.kind == "meter"]
        for good in meters:
            made = await provider.goods.make(good, key=good.name)
            row = ObjectRow(
                "meter",
                good.name,
                made.stripe_id,
                made.fingerprint,
                ObjectState.CURRENT,
                1,
                (),
                0,
                "",
                clock.now(),
            )
            async with cloud.server.db.worker() as conn:
                await objects_store.save(conn, row)
        period = IssuedPeriod(tenant.uuid, 2, Period(START, END), customer.customer_id, "sub_1")
        metering = Metering(cloud, stripe, provider, tenant, period, clock)
        await another(metering)
        yield metering
        await provider.aclose()


RESTORED = ("stripe_memory", "stripe_meter_sums", "stripe_submissions")


async def another(metering: Metering) -> None:
    """An operator says that the cloud has another history from now on."""
    async with metering.cloud.superuser() as connection:
        await connection.execute("update cloud set incarnation = gen_random_uuid()")


async def back_up(metering: Metering) -> None:
    async with metering.cloud.superuser() as connection:
        for table in RESTORED:
            await connection.execute(f"create table kept_{table} as table {table}")


async def restore(metering: Metering) -> None:
    """As loading a dump does; usage events are all there again, as their nodes sent them."""
    async with metering.cloud.superuser() as connection, connection.transaction():
        for table in reversed(RESTORED):
            await connection.execute(f"delete from {table}")
        for table in RESTORED:
            await connection.execute(f"insert into {table} select * from kept_{table}")
            await connection.execute(f"drop table kept_{table}")
