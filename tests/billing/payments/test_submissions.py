"""Use reaches Stripe's meters once, whatever is lost on the way: the submissions sum to the use."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from brinkbyte.payment.v1 import stripe_service_pb2 as pb
from brinkbyte.payment.v1 import stripe_service_pb2_grpc
from pydantic import SecretStr

from billing.accounts.service import AccountsService
from billing.once import submit_use
from billing.payments.stripe.provider import StripeProvider
from billing.unit import Unit
from mesh.clock import ManualClock
from mesh.errors import ConfigError
from mesh.faults import ArmedFaults, Fault, InjectedFault
from mesh.principal import ANONYMOUS
from tests.billing.cloud_harness import Authorities, Cloud, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.payments.metering import (
    END,
    HOUR,
    START,
    Metering,
    another,
    back_up,
    open_metering,
    restore,
)
from tests.stripe_simulator.faults import Outcome
from tests.stripe_simulator.server import SECRET_KEY, Simulator


@pytest.fixture(scope="module")
async def cloud(new_database: NewDatabase, authorities: Authorities) -> AsyncIterator[Cloud]:
    """For all tests, each with a tenant, a Stripe and a time of its own."""
    dsns, superuser = await new_database()
    clock = ManualClock(START)
    async with running_cloud(authorities, dsns, superuser, clock=clock) as cloud:
        yield cloud


@pytest.fixture
async def metering(cloud: Cloud) -> AsyncIterator[Metering]:
    cloud.clock.turn_to(START + timedelta(days=3, minutes=7))
    async with open_metering(cloud) as metering:
        yield metering


async def test_use_is_submitted_and_no_part_of_it_is_lost_by_rounding(metering: Metering) -> None:
    worker = await metering.worker()
    await metering.use("sms", "130")
    await metering.use("storage_gb_day", "0.0014")
    await metering.use("inference_frame", "5000")
    assert await worker.run_once() == (2, 2)
    assert await worker.run_once() == (0, 0)
    metering.wait(timedelta(minutes=5))
    await metering.use("sms", "20")
    await metering.use("storage_gb_day", "0.0006")
    assert await worker.run_once() == (2, 2)
    assert (metering.landed("sms"), metering.landed("storage_gb_day")) == (150, 2)
    found = await metering.listed()
    assert {each.state for each in found} == {pb.SUBMISSION_STATE_SENT}
    assert len({(each.metric, each.minute.ToSeconds()) for each in found}) == 4
    for each in metering.stripe.world.meter_events:
        moment = datetime.fromtimestamp(each["timestamp"], UTC)
        assert START + HOUR <= moment < END and not moment.second


async def test_use_after_a_close_is_never_submitted(metering: Metering) -> None:
    worker = await metering.worker()
    await metering.use("sms", "3")
    metering.clock.turn_to(END + timedelta(days=3))
    await metering.use("sms", "4", END - HOUR)
    assert await worker.run_once() == (1, 1)
    async with metering.cloud.server.db.tenant(metering.tenant.uuid) as conn:
        unit = Unit(conn, metering.tenant.uuid, ANONYMOUS, metering.clock.now())
        await AccountsService().close(unit, END)
    await metering.use("sms", "5", END - HOUR)
    assert await worker.run_once() == (0, 0)
    assert metering.landed("sms") == 7


@pytest.mark.parametrize("outcome", [Outcome.LOST_ANSWER, Outcome.CUT, Outcome.DONE_AND_500])
@pytest.mark.parametrize("away", [timedelta(hours=2), timedelta(hours=26)])
async def test_a_lost_answer_loses_and_doubles_nothing(
    metering: Metering, outcome: Outcome, away: timedelta
) -> None:
    worker = await metering.worker()
    metering.stripe.faults.add("POST", "/billing/meter_events", outcome)
    await metering.use("sms", "130")
    assert await worker.run_once() == (1, 0)
    (waiting,) = await metering.listed(pb.SUBMISSION_STATE_PENDING)
    assert (waiting.attempts, waiting.last_error) == (1, "DEPENDENCY_UNAVAILABLE")
    metering.wait(away)
    for _ in range(3):
        await worker.run_once()
    assert metering.landed("sms") == 130
    (settled,) = await metering.listed()
    asked = outcome is not Outcome.CUT and away > timedelta(hours=24)
    known = pb.SUBMISSION_STATE_CONFIRMED if asked else pb.SUBMISSION_STATE_SENT
    assert settled.state == known


async def test_a_crash_at_any_step_loses_and_doubles_nothing(metering: Metering) -> None:
    points = (
        "stripe.before_submit",
        "stripe.after_submit_before_record",
        "stripe.after_record",
    )
    crashing = ArmedFaults({each: Fault(each, "error", 1) for each in points}, None)
    for number in range(1, 5):
        worker = await metering.worker(crashing)
        await metering.use("sms", "10")
        try:
            await worker.run_once()
        except InjectedFault:
            metering.wait(timedelta(minutes=4))
        assert metering.landed("sms") <= 10 * number
    await (await metering.worker()).run_once()
    assert metering.landed("sms") == 40
    assert not await metering.listed(pb.SUBMISSION_STATE_PENDING)


async def test_replicas_share_the_work_and_one_call_is_in_flight(metering: Metering) -> None:
    workers = [await metering.worker() for _ in range(4)]
    hold = metering.stripe.faults.add("POST", "/billing/meter_events", Outcome.HOLD)
    await metering.use("sms", "10")
    first = asyncio.create_task(workers[0].run_once())
    await hold.hit.wait()
    await metering.use("sms", "20")
    assert [await each.run_once() for each in workers[1:3]] == [(1, 0), (0, 0)]
    assert len(metering.stripe.calls("POST", "/billing/meter_events")) == 0
    hold.release.set()
    assert await first == (1, 1)
    await asyncio.gather(*(metering.use("sms", "1") for _ in range(5)))
    done = await asyncio.gather(*(each.run_once() for each in workers))
    assert sum(made for made, _ in done) == 1
    await workers[3].run_once()
    assert metering.landed("sms") == 35
    calls = metering.stripe.calls("POST", "/billing/meter_events")
    assert len(calls) == len({each.key for each in calls}) == 3


async def test_what_stripe_refuses_is_shown_to_the_operator(metering: Metering) -> None:
    worker = await metering.worker()
    metering.stripe.faults.add("POST", "/billing/meter_events", Outcome.CUT)
    await metering.use("sms", "10")
    await worker.run_once()
    metering.wait(timedelta(days=40))
    for _ in range(3):
        await worker.run_once()
    (failed,) = await metering.listed(pb.SUBMISSION_STATE_FAILED)
    assert (failed.value, failed.last_error) == (10, "timestamp_too_far_in_past")
    assert failed.metric == "sms" and failed.tenant_id == metering.tenant.tenant_id


async def test_a_restored_cloud_tells_nothing_twice(metering: Metering) -> None:
    """Whatever is put back is known for it, even within one database; Stripe's sums lag behind."""
    stripe, hour = metering.stripe, timedelta(hours=1)
    stripe.world.summary_lag_s = 1200
    worker = await metering.worker(settles_after=hour)
    await metering.use("sms", "100")
    assert await worker.run_once() == (0, 0), "another database than it was before the test"
    metering.wait(hour)
    assert await worker.run_once() == (1, 1)
    stripe.faults.add("POST", "/billing/meter_events", Outcome.CUT)
    await metering.use("sms", "30")
    await worker.run_once()
    await back_up(metering)
    for used in ("7", "8", "9"):
        metering.wait(timedelta(minutes=5))
        await metering.use("sms", used)
        await worker.run_once()
    assert metering.landed("sms") == 154
    await restore(metering)
    assert sum(each.value for each in await metering.listed()) == 130
    await metering.use("sms", "1000")
    for _ in range(2):
        assert await worker.run_once() == (0, 0), "Stripe's sums may not show everything yet"
        metering.wait(timedelta(minutes=30))
    assert await worker.run_once() == (1, 2), "what is new, and again what waits in the backup"
    assert metering.landed("sms") == 1154
    found = await metering.listed(pb.SUBMISSION_STATE_FOUND)
    assert sorted(each.value for each in found) == [7, 8, 9]
    async with metering.cloud.superuser() as connection:
        told = await connection.fetchval(
            "select details::jsonb->>'value' from audit_log "
            "where tenant_id = $1 and action = 'stripe.submissions_found'",
            metering.tenant.uuid,
        )
    assert told == "24"
    assert await worker.run_once() == (0, 0)


async def test_what_a_restored_cloud_was_about_to_send_is_asked_for(metering: Metering) -> None:
    """Made and not sent when the backup was taken, and back when Stripe forgot its identifier."""
    worker = await metering.worker()
    metering.stripe.faults.add("POST", "/billing/meter_events", Outcome.CUT)
    await metering.use("sms", "30")
    assert await worker.run_once() == (1, 0)
    async with metering.cloud.superuser() as connection:
        await connection.execute("update stripe_submissions set first_sent_at = null")
    await back_up(metering)
    metering.wait(timedelta(minutes=5))
    assert await worker.run_once() == (0, 1)
    metering.wait(timedelta(hours=25))
    await restore(metering)
    await metering.use("sms", "5")
    assert await worker.run_once() == (1, 2)
    assert metering.landed("sms") == 35


async def test_use_that_a_restored_cloud_lost_is_not_taken_back(metering: Metering) -> None:
    """What nobody sends again was told all the same: as much of later use is not told."""
    worker = await metering.worker()
    await metering.use("sms", "30")
    await worker.run_once()
    await another(metering)
    async with metering.cloud.superuser() as connection:
        for table in ("stripe_submissions", "stripe_meter_sums"):
            await connection.execute(
                f"delete from {table} where tenant_id = $1", metering.tenant.uuid
            )
    customer = metering.period.customer_id if metering.period else ""
    minute = (metering.clock.now() - HOUR).replace(second=0)
    await metering.provider.meters.send(
        meter="brinkbyte_sms", customer_id=customer, value=4, minute=minute, identifier="lost"
    )
    assert await worker.run_once() == (0, 0)
    await metering.use("sms", "5")
    assert await worker.run_once() == (1, 1)
    assert metering.landed("sms") == 35


async def test_the_command_submits_and_ends(metering: Metering) -> None:
    config = metering.cloud.authorities.config(metering.cloud.dsns)
    with pytest.raises(ConfigError, match="STRIPE_SECRET_KEY"):
        submit_use(config)
    keyed = config.model_copy(
        update={
            "stripe_secret_key": SecretStr(SECRET_KEY),
            "stripe_api_url": metering.stripe.url,
            "stripe_settle_seconds": 0,
        }
    )
    assert await asyncio.to_thread(submit_use, keyed) == ["0 submissions made, 0 landed"]


async def test_a_server_with_a_key_submits_what_stripe_issues(
    new_database: NewDatabase,
    authorities: Authorities,
    stripe: Simulator,
    provider: StripeProvider,
    clock: ManualClock,
) -> None:
    dsns, superuser = await new_database()
    who = await provider.customers.create(email="a@b.example", name="A", metadata={}, key="c")
    async with running_cloud(
        authorities,
        dsns,
        superuser,
        clock=clock,
        stripe_secret_key=SECRET_KEY,
        stripe_api_url=stripe.url,
        stripe_submit_seconds=0.1,
        stripe_settle_seconds=0,
    ) as cloud:
        mine, local = await cloud.tenant(), await cloud.tenant()
        async with cloud.superuser() as connection:
            await connection.execute(
                "update tenants set stripe_customer_id = $2 where tenant_id = $1",
                mine.uuid,
                who.customer_id,
            )
            await connection.execute(
                "insert into stripe_subscriptions (tenant_id, subscription_id) values ($1, 'sub')",
                mine.uuid,
            )
            for tenant, issuer in ((mine, "stripe"), (local, "local")):
                await connection.execute(
                    "insert into billing_periods (tenant_id, number, anchor, starts_at, ends_at, "
                    "planned_end, issuer) values ($1, 1, $2, $2, $3, $3, $4) "
                    "on conflict (tenant_id, number) do update set issuer = excluded.issuer",
                    tenant.uuid,
                    START,
                    END,
                    issuer,
                )
        shown = stripe_service_pb2_grpc.StripeServiceStub(cloud.vendor)
        async with asyncio.timeout(150):
            while any(
                each.to_do
                for each in (await shown.GetStripeObjects(pb.GetStripeObjectsRequest())).objects
            ):
                await asyncio.sleep(0.2)
        clock.turn_to(START + timedelta(days=3))
        for tenant in (local, mine):
            metering = Metering(cloud, stripe, provider, tenant, None, clock)
            await metering.use("sms", "12")
        async with asyncio.timeout(60):
            while not metering.landed("sms"):
                await asyncio.sleep(0.05)
        found = await metering.listed()
        assert [(each.value, each.state) for each in found] == [(12, pb.SUBMISSION_STATE_SENT)]
        assert metering.landed("sms") == 12
