"""An invoice that is not paid in time stops the cameras in the end, and a payment heals it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from brinkbyte.invoice.v1 import invoice_service_pb2 as invoice_pb
from brinkbyte.license.v1 import license_service_pb2 as licenses
from brinkbyte.license.v1 import license_service_pb2_grpc
from brinkbyte.subscription.v1 import subscription_service_pb2 as pb
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc as rpc

from billing.dunning.worker import DunningWorker
from rights.dunning import DunningStage, Ladder
from tests.billing.cloud_harness import Authorities, Cloud, Tenant, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.invoices.stories import NEW_YEAR, after, close, listed, vendor
from tests.billing.invoices.test_preview import assign, preview
from tests.billing.locks import somebody_waits

DAY = timedelta(days=1)


@pytest.fixture
async def cloud(new_database: NewDatabase, authorities: Authorities) -> AsyncIterator[Cloud]:
    dsns, superuser = await new_database()
    async with running_cloud(
        authorities,
        dsns,
        superuser,
        dunning_past_due_days=2,
        dunning_grace_days=3,
        dunning_suspend_days=4,
    ) as found:
        found.clock.turn_to(NEW_YEAR)
        yield found


def test_the_ladder_is_climbed_by_days_and_skips_what_has_no_time() -> None:
    due = datetime(2026, 1, 31, tzinfo=UTC)
    ladder = Ladder(2 * DAY, 3 * DAY, 4 * DAY)
    told = [ladder.stage(due, due + day * DAY) for day in (0, 1.999, 2, 4.999, 5, 8.999, 9, 99)]
    first, second, third, last = DunningStage
    assert told == [first, first, second, second, third, third, last, last]
    assert ladder.next_at(due, due + DAY) == due + 2 * DAY
    assert ladder.next_at(due, due + 9 * DAY) is None
    assert Ladder(0 * DAY, 0 * DAY, DAY).stage(due, due) is DunningStage.SUSPENDED


async def details(tenant: Tenant, family: str = "metered") -> pb.GetSubscriptionResponse:
    stub = rpc.SubscriptionServiceStub(tenant.admin)
    return await stub.GetSubscription(pb.GetSubscriptionRequest(family=family))


async def reaches(tenant: Tenant, stage: int) -> pb.GetSubscriptionResponse:
    """Waits until the payment is at a stage; 0 is that nothing is late."""
    async with asyncio.timeout(60):
        while (await details(tenant)).late_payment.stage != stage:
            await asyncio.sleep(0.05)
    return await details(tenant)


async def runs(tenant: Tenant) -> bool:
    stub = license_service_pb2_grpc.LicenseServiceStub(tenant.admin)
    found = await stub.ValidateCamera(licenses.ValidateCameraRequest(camera_id="cam"))
    return found.is_valid


async def pay(cloud: Cloud, tenant: Tenant) -> None:
    for invoice in await listed(cloud, tenant):
        if invoice.status == invoice_pb.INVOICE_STATUS_OPEN:
            await vendor(cloud).RecordPayment(
                invoice_pb.RecordPaymentRequest(
                    tenant_id=tenant.tenant_id,
                    invoice_id=invoice.invoice_id,
                    reference=f"bank {invoice.number}",
                    amount=invoice.amount_due.minor_units,
                )
            )


async def late(cloud: Cloud) -> tuple[Tenant, datetime]:
    """A tenant with a running camera and one open invoice, and when that is due."""
    tenant = await cloud.tenant()
    await cloud.issue_license(tenant, valid_for=timedelta(days=900))
    await assign(cloud, tenant, "cam")
    await rpc.SubscriptionServiceStub(tenant.admin).ChangePlan(
        pb.ChangePlanRequest(family="metered", plan="standard")
    )
    await close(cloud, after(await preview(tenant.read)))
    (invoice, *_) = await listed(cloud, tenant, status=invoice_pb.INVOICE_STATUS_OPEN)
    return tenant, invoice.due_at.ToDatetime(UTC)


async def told(cloud: Cloud, tenant: Tenant) -> list[tuple[str, str]]:
    """What the tenant was told of its payment, and what it was told to expect."""
    async with cloud.superuser() as conn:
        rows = await conn.fetch(
            "select kind, coalesce(facts ->> 'suspends_at', facts ->> 'cancels_at') as next "
            "from notifications where tenant_id = $1 and facts ? 'number' "
            "and kind <> 'invoice_finalized' order by created_at, kind",
            tenant.uuid,
        )
    return [(row["kind"], row["next"]) for row in rows]


async def test_a_late_invoice_climbs_the_ladder_and_a_payment_heals_all_of_it(
    cloud: Cloud,
) -> None:
    tenant, due = await late(cloud)
    assert not (await details(tenant)).HasField("late_payment")
    cloud.clock.turn_to(due + DAY)
    found = await reaches(tenant, pb.DUNNING_STAGE_PAST_DUE)
    assert found.subscription.status == pb.SUBSCRIPTION_STATUS_PAST_DUE
    assert found.late_payment.invoice.startswith("INV-2026-")
    assert found.late_payment.next_stage_at.ToDatetime(UTC) == due + 2 * DAY
    cloud.clock.turn_to(due + 2 * DAY)
    await reaches(tenant, pb.DUNNING_STAGE_GRACE)
    assert await runs(tenant)
    cloud.clock.turn_to(due + 5 * DAY)
    found = await reaches(tenant, pb.DUNNING_STAGE_SUSPENDED)
    assert found.subscription.status == pb.SUBSCRIPTION_STATUS_UNPAID
    assert not await runs(tenant)
    assert await told(cloud, tenant) == [
        ("subscription_past_due", (due + 5 * DAY).isoformat()),
        ("suspended", (due + 9 * DAY).isoformat()),
    ]
    await pay(cloud, tenant)
    await reaches(tenant, 0)
    assert (await details(tenant)).subscription.status == pb.SUBSCRIPTION_STATUS_ACTIVE
    assert await runs(tenant)


async def test_what_the_vendor_stopped_is_not_healed_and_what_ended_is_bought_again(
    cloud: Cloud,
) -> None:
    tenant, due = await late(cloud)
    stub = license_service_pb2_grpc.LicenseServiceStub(cloud.vendor)
    named = licenses.SuspendLicenseRequest(tenant_id=tenant.tenant_id, reason="abuse")
    await stub.SuspendLicense(named)
    cloud.clock.turn_to(due + 6 * DAY)
    await reaches(tenant, pb.DUNNING_STAGE_SUSPENDED)
    cloud.clock.turn_to(due + 9 * DAY)
    found = await reaches(tenant, pb.DUNNING_STAGE_CANCELED)
    assert found.subscription.plan == "free"
    vision = (await details(tenant, "vision")).subscription
    assert vision.status == pb.SUBSCRIPTION_STATUS_CANCELED
    await pay(cloud, tenant)
    await reaches(tenant, 0)
    assert not await runs(tenant)
    license_ = (
        await license_service_pb2_grpc.LicenseServiceStub(tenant.admin).GetLicense(
            licenses.GetLicenseRequest()
        )
    ).license
    assert license_.status_reason == "abuse"


async def test_what_is_paid_while_somebody_looks_stops_nothing(cloud: Cloud) -> None:
    """Stripe tells of a payment in the moment in which the next stage begins."""
    tenant = await cloud.tenant()
    await cloud.issue_license(tenant, valid_for=timedelta(days=90))
    await assign(cloud, tenant, "cam")
    async with cloud.superuser() as paying, cloud.superuser() as other:
        async with paying.transaction():
            await paying.execute(
                "select from licenses where tenant_id = $1 for update", tenant.uuid
            )
            await other.execute(
                "insert into dunning_cases (tenant_id, source, invoice, due_since, stage, "
                "changed_at) values ($1, 'stripe', 'in_1', $2, 'grace', $3)",
                tenant.uuid,
                cloud.clock.now() - 6 * DAY,
                cloud.clock.now(),
            )
            looking = asyncio.create_task(cloud.server.background_of(DunningWorker).look_once())
            await somebody_waits(other)
            await paying.execute("delete from dunning_cases where tenant_id = $1", tenant.uuid)
        await looking
    assert not (await details(tenant)).HasField("late_payment")
    assert await runs(tenant)
