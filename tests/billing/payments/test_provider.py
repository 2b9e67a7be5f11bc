"""What the server asks of Stripe, against the simulator."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from billing.payments.goods import MeterGood, PriceGood, ProductGood, Tier, fingerprint
from billing.payments.stripe.provider import StripeProvider
from billing.payments.values import CheckoutSession, Customer, WantedItem
from mesh.clock import ManualClock
from mesh.errors import FailedPrecondition, NotFound, Unauthenticated, Unavailable
from tests.stripe_simulator.faults import Outcome
from tests.stripe_simulator.server import SECRET_KEY, Simulator

PLAN = ProductGood("platform_starter", "Starter")
SMS = ProductGood("metric_sms", "Text messages", "messages")
METER = MeterGood("brinkbyte_sms", "Text messages", 1)
MONTHLY = PriceGood("starter_month", PLAN.name, "USD", "month", Decimal(2900))
METERED = PriceGood(
    "sms_standard",
    SMS.name,
    "USD",
    "month",
    meter=METER.name,
    tiers=(Tier(100, Decimal(0)), Tier(None, Decimal(5))),
)


async def sold(provider: StripeProvider) -> dict[str, str]:
    """Everything is for sale; Stripe's ids by our names."""
    goods = (PLAN, SMS, METER, MONTHLY, METERED)
    made = {good.name: await provider.goods.make(good, key=f"make-{good.name}") for good in goods}
    return {name: stored.stripe_id for name, stored in made.items()}


async def acme(provider: StripeProvider) -> Customer:
    return await provider.customers.create(
        email="pay@acme.example", name="Acme", metadata={"tenant": "t1"}, key="customer-t1"
    )


async def checkout(
    provider: StripeProvider, customer: Customer, ids: dict[str, str], **more: datetime
) -> CheckoutSession:
    return await provider.checkouts.create(
        customer_id=customer.customer_id,
        items=(WantedItem(ids["starter_month"], 1), WantedItem(ids["sms_standard"])),
        success_url="https://acme.example/ok",
        cancel_url="https://acme.example/no",
        client_reference="t1",
        metadata={"tenant": "t1"},
        key="checkout-1",
        **more,
    )


async def send(
    provider: StripeProvider, customer: Customer, value: int, minute: datetime, identifier: str
) -> None:
    await provider.meters.send(
        meter=METER.name,
        customer_id=customer.customer_id,
        value=value,
        minute=minute,
        identifier=identifier,
    )


async def test_a_subscription_is_bought_used_and_invoiced(
    provider: StripeProvider, stripe: Simulator, clock: ManualClock
) -> None:
    ids, customer = await sold(provider), await acme(provider)
    session = await checkout(provider, customer, ids)
    assert (session.status, session.subscription_id) == ("open", "")
    stripe.complete_checkout(session.session_id)
    done = await provider.checkouts.get(session.session_id)
    bought = await provider.subscriptions.get(done.subscription_id)
    assert (done.status, bought.status, bought.metadata) == ("complete", "active", {"tenant": "t1"})
    item = bought.item("sms_standard")
    assert item is not None and item.metered
    assert item.period_end == datetime(2026, 2, 28, 10, tzinfo=UTC)

    minute = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
    clock.turn_to(minute + timedelta(minutes=2))
    await send(provider, customer, 130, minute, "a")
    mine = {"meter_id": ids[METER.name], "customer_id": customer.customer_id}
    after, hour = minute + timedelta(minutes=1), minute.replace(minute=0)
    day = timedelta(days=1)
    assert await provider.meters.summed(**mine, start=minute, end=after) == Decimal(130)
    assert await provider.meters.summed(**mine, start=after, end=after + day) == Decimal(0)
    hours = await provider.meters.summed_by_hour(**mine, start=hour - 5 * day, end=hour + day)
    assert hours == {hour: Decimal(130)}
    with pytest.raises(FailedPrecondition):
        await provider.meters.summed_by_hour(**mine, start=minute, end=hour + day)
    stripe.world.summary_lag_s = 300
    assert await provider.meters.summed(**mine, start=minute, end=after) == Decimal(0), "later"
    stripe.world.summary_lag_s = 0

    clock.turn_to(datetime(2026, 2, 28, 12, tzinfo=UTC))
    stripe.settle()
    first, *_ = await provider.invoices.of_customer(customer.customer_id)
    assert (first.status, first.billing_reason) == ("paid", "subscription_cycle")
    assert first.subtotal == first.total == 2900 + 30 * 5
    lines = await provider.invoices.lines(first.invoice_id)
    assert [(each.lookup_key, each.quantity, each.amount) for each in lines] == [
        ("sms_standard", 100, 0),
        ("sms_standard", 30, 150),
        ("starter_month", 1, 2900),
    ]
    again = (await provider.subscriptions.get(bought.subscription_id)).items[0]
    assert again.period_end == datetime(2026, 3, 31, 10, tzinfo=UTC)


async def test_a_trial_ends_a_plan_changes_and_a_subscription_ends(
    provider: StripeProvider, stripe: Simulator, clock: ManualClock
) -> None:
    ids, customer = await sold(provider), await acme(provider)
    trial_end = clock.now() + timedelta(days=14)
    session = await checkout(provider, customer, ids, trial_end=trial_end)
    started = stripe.complete_checkout(session.session_id)
    bought = await provider.subscriptions.get(started["id"])
    assert (bought.status, bought.trial_end) == ("trialing", trial_end)
    clock.turn_to(trial_end + timedelta(hours=2))
    stripe.settle()
    bought = await provider.subscriptions.get(bought.subscription_id)
    assert (bought.status, bought.anchor) == ("active", trial_end)

    plan = bought.item("starter_month")
    assert plan is not None
    clock.turn_to(plan.period_start + (plan.period_end - plan.period_start) / 2)
    await provider.subscriptions.change_items(
        bought.subscription_id,
        [WantedItem(item_id=plan.item_id, quantity=2)],
        prorate=True,
        key="more",
    )
    waiting = await provider.invoices.waiting_items(customer.customer_id)
    assert [each.amount for each in waiting] == [2900, -1450]

    ending = await provider.subscriptions.cancel_at_period_end(
        bought.subscription_id, True, key="end"
    )
    assert ending.cancel_at == plan.period_end
    clock.turn_to(plan.period_end + timedelta(hours=2))
    stripe.settle()
    ended, *_ = await provider.subscriptions.of_customer(customer.customer_id)
    assert (ended.status, ended.ended_at) == ("canceled", plan.period_end)
    last, *_ = await provider.invoices.of_customer(customer.customer_id)
    assert (last.total, last.status) == (1450, "paid")


async def test_a_refused_card_is_tried_again_until_somebody_pays(
    provider: StripeProvider, stripe: Simulator, clock: ManualClock
) -> None:
    ids, customer = await sold(provider), await acme(provider)
    started = stripe.complete_checkout((await checkout(provider, customer, ids)).session_id)
    stripe.refuse_card(customer.customer_id)
    clock.turn_to(datetime(2026, 3, 4, tzinfo=UTC))
    stripe.settle()
    assert (await provider.subscriptions.get(started["id"])).status == "past_due"
    owed, *_ = await provider.invoices.of_customer(customer.customer_id)
    assert (owed.status, owed.attempt_count, owed.amount_due) == ("open", 2, 2900)
    with pytest.raises(FailedPrecondition) as refused:
        await provider.invoices.pay(owed.invoice_id, key="pay-1")
    assert refused.value.reason == "PAYMENT_FAILED"
    assert refused.value.metadata == {"code": "card_declined"}
    stripe.accept_card(customer.customer_id)
    assert (await provider.invoices.pay(owed.invoice_id, key="pay-2")).status == "paid"
    assert (await provider.subscriptions.get(started["id"])).status == "active"


async def test_what_was_done_and_not_answered_is_done_once(
    provider: StripeProvider, stripe: Simulator, clock: ManualClock
) -> None:
    stripe.faults.add("POST", "/customers", Outcome.LOST_ANSWER)
    stripe.faults.add("POST", "/customers", Outcome.DONE_AND_500)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await acme(provider)
    customer = await acme(provider)
    assert len(stripe.world.all("customer")) == 1
    await sold(provider)
    minute = clock.now().replace(second=0)
    for outcome in (Outcome.CUT, Outcome.RATE_LIMITED, Outcome.SERVER_ERROR, Outcome.LOST_ANSWER):
        stripe.faults.add("POST", "/billing/meter_events", outcome)
        with pytest.raises(Unavailable):
            await send(provider, customer, 7, minute, "one")
    await send(provider, customer, 7, minute, "one")
    assert [each["payload"]["value"] for each in stripe.world.meter_events] == ["7"]


async def test_stripe_refuses_as_it_does(
    provider: StripeProvider, stripe: Simulator, clock: ManualClock
) -> None:
    with pytest.raises(NotFound):
        await provider.subscriptions.get("sub_nobody")
    customer = await acme(provider)
    with pytest.raises(FailedPrecondition, match="refused"):
        await provider.customers.create(email="b@c.de", name="B", metadata={}, key="customer-t1")
    ids = await sold(provider)
    for minute in (clock.now() - timedelta(days=36), clock.now() + timedelta(minutes=6)):
        with pytest.raises(FailedPrecondition) as refused:
            await send(provider, customer, 1, minute, f"at-{minute}")
        assert refused.value.metadata["code"].startswith("timestamp_")
    await send(provider, customer, 1, clock.now(), "once")
    clock.advance(timedelta(hours=25))
    await send(provider, customer, 1, clock.now() - timedelta(hours=25), "once")
    then = clock.now() - timedelta(hours=25)
    assert await provider.meters.summed(
        meter_id=ids[METER.name],
        customer_id=customer.customer_id,
        start=then,
        end=then + timedelta(minutes=1),
    ) == Decimal(2)
    async with httpx.AsyncClient(base_url=stripe.url) as http:
        key = {"authorization": f"Bearer {SECRET_KEY}"}
        for form, code in (
            ({"colour": "red"}, "parameter_unknown"),
            ({"address[planet]": "earth"}, "parameter_unknown"),
            ({"tax_exempt": "maybe"}, None),
        ):
            answer = await http.post("/v1/customers", data=form, headers=key)
            assert (answer.status_code, answer.json()["error"].get("code")) == (400, code)
        assert (await http.get("/v1/customers")).status_code == 401


async def test_a_price_is_made_anew_and_takes_the_name(
    provider: StripeProvider, stripe: Simulator
) -> None:
    ids = await sold(provider)
    dearer = PriceGood(MONTHLY.name, PLAN.name, "USD", "month", Decimal(3900))
    before = await provider.goods.find(MONTHLY)
    assert before is not None and before.fingerprint == fingerprint(MONTHLY)
    made = await provider.goods.make(dearer, key="dearer")
    await provider.goods.archive(ids[MONTHLY.name], MONTHLY, key="archive")
    found = await provider.goods.find(dearer)
    assert found == made and found.fingerprint == fingerprint(dearer)
    assert not stripe.world.get("price", ids[MONTHLY.name])["active"]
    meter = await provider.goods.find(METER)
    assert meter is not None and meter.fingerprint == fingerprint(METER)
    assert await provider.goods.find(ProductGood("nothing", "Nothing")) is None


async def test_an_event_is_believed_by_its_signature_and_time(
    provider: StripeProvider, stripe: Simulator, clock: ManualClock
) -> None:
    customer = await acme(provider)
    (event,) = stripe.deliveries.waiting()
    body = stripe.deliveries.payload(event)
    good = stripe.deliveries.signature(body)
    told = provider.events.verify(body, good, clock.now())
    assert (told.type, told.customer_id) == ("customer.created", customer.customer_id)
    assert [each.event_id async for each in provider.events.since(clock.now())] == [told.event_id]
    now = int(clock.now().timestamp())
    for payload, signature in (
        (body + b" ", good),
        (body, stripe.deliveries.signature(body, secret="whsec_other")),
        (body, stripe.deliveries.signature(body, at=now - 301)),
        (body, stripe.deliveries.signature(body, at=now + 301)),
        (body, ""),
        (b"\xff", good),
    ):
        with pytest.raises(Unauthenticated):
            provider.events.verify(payload, signature, clock.now())
