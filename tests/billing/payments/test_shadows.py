"""Stripe's invoice of a period waits for ours, takes late use along, and is compared with it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from brinkbyte.payment.v1 import stripe_service_pb2 as pb
from brinkbyte.payment.v1 import stripe_service_pb2_grpc

from billing.payments.goods import MeterGood, PriceGood, ProductGood, Tier
from billing.payments.meters import memory_store
from billing.payments.meters.periods import IssuedPeriod
from billing.payments.objects.service import ObjectsService
from billing.payments.shadows.compare import DifferenceKind, LineSum, compare
from billing.payments.shadows.finisher import InvoiceFinisher
from billing.payments.shadows.periods import ClosedPeriod, LateLine
from billing.payments.shadows.untold import UntoldUse
from billing.payments.stripe.provider import StripeProvider
from billing.payments.values import WantedItem
from mesh.clock import ManualClock
from mesh.faults import ArmedFaults, Fault, Faults, NoFaults
from rights.periods import Period
from tests.billing.cloud_harness import Authorities, Cloud, Tenant, running_cloud
from tests.billing.conftest import NewDatabase
from tests.stripe_simulator.faults import Outcome
from tests.stripe_simulator.server import Simulator

START = datetime(2026, 1, 31, 10, tzinfo=UTC)
END = datetime(2026, 2, 28, 10, tzinfo=UTC)
PRODUCT = ProductGood("thing", "Thing")
METER = MeterGood("brinkbyte_sms", "Text messages", 1)
PLAN = PriceGood("starter_month", "thing", "USD", "month", Decimal(2900))
TIERS = (Tier(100, Decimal(0)), Tier(None, Decimal(5)))
SMS = PriceGood("sms_standard", "thing", "USD", "month", meter=METER.name, tiers=TIERS)
LATE = LateLine("1/sms/1", "Late text messages of period 1", 35, START, START)


@dataclass
class Ours:
    """What is known here, as `ClosedPeriods` says."""

    over: tuple[IssuedPeriod, ...] = ()
    done: list[ClosedPeriod] = field(default_factory=list)
    broken: tuple[IssuedPeriod, ...] = ()

    async def ended(self) -> tuple[IssuedPeriod, ...]:
        return self.over

    async def closed(self) -> tuple[IssuedPeriod, ...]:
        return (*self.broken, *(each.issued for each in self.done))

    async def read(self, closed: IssuedPeriod) -> ClosedPeriod:
        if closed in self.broken:
            raise ValueError("lines that nobody can read")
        (found,) = (each for each in self.done if each.issued == closed)
        return found


@dataclass
class Month:
    """A tenant's month at Stripe, over by now: a plan and 130 text messages."""

    cloud: Cloud
    stripe: Simulator
    provider: StripeProvider
    ours: Ours
    closed: ClosedPeriod

    def finisher(self, faults: Faults | None = None) -> InvoiceFinisher:
        return InvoiceFinisher(
            self.cloud.server.db,
            self.provider,
            self.ours,
            UntoldUse(
                self.cloud.server.db,
                self.provider,
                ObjectsService(enabled=True),
                clock=self.cloud.clock,
                settles_after=timedelta(0),
            ),
            clock=self.cloud.clock,
            faults=faults or NoFaults(),
        )

    def invoice(self) -> Any:
        return list(self.stripe.world.all("invoice").values())[-1]

    async def shown(self) -> pb.ShadowInvoice:
        stub = stripe_service_pb2_grpc.StripeServiceStub(self.cloud.vendor)
        answer = await stub.ListShadowInvoices(pb.ListShadowInvoicesRequest())
        (found,) = answer.invoices
        return found

    def wait(self, step: timedelta) -> None:
        self.cloud.clock.advance(step)
        self.stripe.settle()


async def bought(provider: StripeProvider, stripe: Simulator) -> tuple[str, str]:
    """A customer with its subscription."""
    goods = (PRODUCT, METER, PLAN, SMS)
    ids = {good.name: (await provider.goods.make(good, key=good.name)).stripe_id for good in goods}
    who = await provider.customers.create(email="a@b.example", name="A", metadata={}, key="c")
    session = await provider.checkouts.create(
        customer_id=who.customer_id,
        items=[WantedItem(ids[PLAN.name], 1), WantedItem(ids[SMS.name])],
        success_url="https://a.example",
        cancel_url="https://a.example",
        client_reference="t",
        metadata={},
        key="checkout",
    )
    return who.customer_id, stripe.complete_checkout(session.session_id)["id"]


@pytest.fixture
async def month(
    new_database: NewDatabase,
    authorities: Authorities,
    clock: ManualClock,
    stripe: Simulator,
    provider: StripeProvider,
) -> AsyncIterator[Month]:
    clock.turn_to(START + timedelta(minutes=37))
    customer, subscription = await bought(provider, stripe)
    clock.turn_to(END)
    await provider.meters.send(
        meter=METER.name,
        customer_id=customer,
        value=130,
        minute=END - timedelta(hours=1),
        identifier="i",
    )
    clock.turn_to(END + timedelta(minutes=40))
    stripe.settle()
    dsns, superuser = await new_database()
    async with running_cloud(authorities, dsns, superuser, clock=clock) as cloud:
        tenant: Tenant = await cloud.tenant()
        async with cloud.server.db.worker() as conn:
            await memory_store.look(conn, clock.now())
        issued = IssuedPeriod(tenant.uuid, 2, Period(START, END), customer, subscription)
        lines = (
            LineSum(SMS.name, Decimal(130), 150),
            LineSum(PLAN.name, Decimal(1), 2900),
        )
        closed = ClosedPeriod(issued, "USD", lines, ())
        yield Month(cloud, stripe, provider, Ours((issued,)), closed)


async def test_a_draft_waits_for_our_close_and_takes_late_use_along(month: Month) -> None:
    assert await month.finisher().run_once() == 0
    month.wait(timedelta(days=3))
    assert month.invoice()["status"] == "draft"
    assert (await month.shown()).state == pb.SHADOW_STATE_HELD

    credit = replace(LATE, reference="1/api_call/1", amount=-10)
    month.ours.over, month.ours.done = (), [replace(month.closed, late=(LATE, credit))]
    points = ("stripe.before_finalize", "stripe.after_finalize_before_record")
    crashing = ArmedFaults({each: Fault(each, "error", 1) for each in points}, None)
    for path in ("/invoiceitems", "/invoices/.*/finalize"):
        month.stripe.faults.add("POST", path, Outcome.LOST_ANSWER)
    for _ in range(6):
        await month.finisher(crashing).run_once()
        month.wait(timedelta(hours=25))
    invoice = month.invoice()
    assert (invoice["status"], invoice["total"]) == ("paid", 2900 + 150 + 35 - 10)
    assert len(month.stripe.world.all("invoiceitem")) == 2
    found = await month.shown()
    assert (found.state, found.our_amount) == (pb.SHADOW_STATE_MATCHES, found.their_amount)
    assert found.our_amount == 2900 + 150 + 35 - 10 and not found.differences


async def test_late_use_of_an_invoice_that_another_hand_finalised_is_on_the_next(
    month: Month,
) -> None:
    month.ours.over = ()
    await month.provider.invoices.finalize(month.invoice()["id"], key="by hand")
    month.ours.done = [replace(month.closed, late=(LATE,))]
    month.stripe.faults.add("POST", "/invoiceitems", Outcome.LOST_ANSWER)
    for _ in range(3):
        await month.finisher().run_once()
        month.wait(timedelta(hours=25))
    (item,) = month.stripe.world.all("invoiceitem").values()
    assert (item["amount"], item["invoice"], item["metadata"]) == (35, None, {"late": "1/sms/1"})
    found = await month.shown()
    assert [(each.name, each.our_amount, each.their_amount) for each in found.differences] == [
        ("1/sms/1", 35, 0)
    ]


async def test_a_period_that_cannot_be_read_keeps_no_other_waiting(month: Month) -> None:
    month.ours.broken = (replace(month.closed.issued, number=1),)
    month.ours.done = [month.closed]
    assert await month.finisher().run_once() == 1


async def test_what_differs_is_shown_line_by_line(month: Month) -> None:
    ours = (LineSum(SMS.name, Decimal(131), 155), LineSum("starter_year", Decimal(1), 100))
    month.ours.done = [replace(month.closed, lines=ours)]
    assert await month.finisher().run_once() == 1
    found = await month.shown()
    assert found.state == pb.SHADOW_STATE_DIFFERS
    assert [
        (each.name, each.our_quantity, each.their_quantity, each.our_amount, each.their_amount)
        for each in found.differences
    ] == [
        ("sms_standard", "131", "130", 155, 150),
        ("starter_month", "0", "1", 0, 2900),
        ("starter_year", "1", "0", 100, 0),
    ]


def test_lines_of_one_price_are_compared_together() -> None:
    tiers = (LineSum("sms", Decimal(100), 0), LineSum("sms", Decimal(30), 150))
    assert compare((LineSum("sms", Decimal(130), 150),), tiers) == ()
    (found,) = compare((LineSum("sms", Decimal(130), 151),), tiers)
    assert (found.our_amount, found.their_amount) == (151, 150)
    assert compare((LineSum("free", Decimal(9), 0),), ()) == (), "what is free need not be sold"
    assert compare((), (LineSum("free", Decimal(9), 0),)), "what is told of nothing is no use"


def test_what_changed_within_the_period_may_be_a_days_price_apart() -> None:
    days, seconds = LineSum("camera", Decimal(1), 6000), LineSum("camera", Decimal("0.98"), 5900)
    kinds = [
        [each.kind for each in compare((days,), (seconds,), allowed)]
        for allowed in ({"camera": 100}, {"camera": 99}, {"pack": 100}, {})
    ]
    odd = [DifferenceKind.UNEXPLAINED]
    assert kinds == [[DifferenceKind.PRORATION], odd, odd, odd]
    same = replace(seconds, amount=6000)
    assert compare((days,), (same,), {"camera": 100}) == ()
    assert compare((days,), (same,))[0].kind is DifferenceKind.UNEXPLAINED
