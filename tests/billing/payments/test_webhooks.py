"""What Stripe tells has one effect or none: forged, altered, old, early, doubled, shuffled."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import grpc
import pytest
from brinkbyte.audit.v1 import audit_service_pb2, audit_service_pb2_grpc
from brinkbyte.payment.v1 import webhook_service_pb2 as webhooks
from brinkbyte.payment.v1 import webhook_service_pb2_grpc
from brinkbyte.subscription.v1 import subscription_service_pb2 as pb

from tests.billing.cloud_harness import Cloud, Tenant, refused
from tests.billing.payments.shop import (
    OTHER_SECRET,
    Shop,
    license_of,
    plan_of,
    until,
)
from tests.stripe_simulator import subscribing
from tests.stripe_simulator.faults import Outcome

CREATED = "customer.subscription.created"


async def bought(shop: Shop) -> tuple[Tenant, list[Any]]:
    """A tenant that paid, and what Stripe has to tell of it, first that it did."""
    tenant = await shop.cloud.tenant()
    shop.stripe.deliveries.waiting()
    await shop.buy(tenant, "platform", "starter")
    events = shop.stripe.deliveries.waiting()
    return tenant, sorted(events, key=lambda each: each["type"] != CREATED)


async def changes(tenant: Tenant) -> int:
    """How often the audit log says that a plan followed Stripe."""
    stub = audit_service_pb2_grpc.AuditServiceStub(tenant.admin)
    listed = await stub.ListAuditEvents(
        audit_service_pb2.ListAuditEventsRequest(page_size=1000, action="subscription.followed")
    )
    return len(listed.events)


async def test_only_what_stripe_signed_just_now_is_believed(shop: Shop) -> None:
    tenant, (first, *_) = await bought(shop)
    stripe = shop.stripe
    now = stripe.world.now
    body = stripe.deliveries.payload(first)
    good = stripe.deliveries.signature(body)
    old = stripe.deliveries.signature(body, at=now - 301)
    for what, payload, signature in (
        ("forged", body, stripe.deliveries.signature(body, secret="whsec_wrong")),
        ("altered", body.replace(b"evt_", b"evt-"), good),
        ("a byte more", body + b" ", good),
        ("old", body, old),
        ("old, made young", body, f"{old},t={now}"),
        ("from the future", body, stripe.deliveries.signature(body, at=now + 301)),
        ("unsigned", body, f"t={now}"),
        ("nonsense", body, "nonsense"),
        ("no event", b"[]", stripe.deliveries.signature(b"[]")),
    ):
        request = webhooks.ReceiveStripeEventRequest(payload=payload, signature=signature)
        async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
            await shop.hooks.ReceiveStripeEvent(request)
        assert errors[0].violations[0].field == "signature", what  # type: ignore[attr-defined]
    assert not {first["id"]} & {each.event_id for each in await shop.events()}
    assert (await plan_of(tenant)).plan == "trial"
    for at in (now - 299, now + 299):
        await shop.send({**first, "id": f"evt_at_{at}"}, at=at)
    await shop.send({**first, "id": "evt_other"}, secret=OTHER_SECRET)
    await shop.worked()
    assert (await plan_of(tenant)).plan == "starter"


async def test_doubled_shuffled_and_replayed_events_have_one_effect(shop: Shop) -> None:
    tenant, events = await bought(shop)
    epoch = (await license_of(tenant)).epoch.number
    told = events * 10
    random.Random(7).shuffle(told)
    known = await asyncio.gather(*(shop.send(event) for event in told))
    assert known.count(False) == len(events), "each is kept once"
    await shop.worked()
    assert (await plan_of(tenant)).plan == "starter"
    assert (await license_of(tenant)).epoch.number == epoch + 1
    assert await changes(tenant) == 1
    for event in events:
        await shop.vendor.ReplayWebhookEvent(
            webhooks.ReplayWebhookEventRequest(event_id=event["id"])
        )
    await shop.worked()
    assert (await license_of(tenant)).epoch.number == epoch + 1


async def test_an_old_event_that_comes_late_brings_nothing_back(shop: Shop) -> None:
    tenant, events = await bought(shop)
    sold = shop.sold(tenant)
    for event in events[1:]:
        await shop.send(event)
    await shop.worked()
    subscribing.end(shop.stripe.world, sold, arrears=False)
    await shop.deliver()
    assert (await plan_of(tenant)).status == pb.SUBSCRIPTION_STATUS_CANCELED
    await shop.send(events[0])
    await shop.worked()
    assert (await plan_of(tenant)).status == pb.SUBSCRIPTION_STATUS_CANCELED


async def test_unknown_types_and_strangers_are_kept_and_ignored(shop: Shop) -> None:
    _, (first, *_) = await bought(shop)
    strange = {**first, "id": "evt_strange", "type": "radar.early_fraud_warning.created"}
    about = {**first["data"]["object"], "customer": "cus_nobody", "object": "invoice"}
    other = {**first, "id": "evt_stranger", "type": "invoice.paid", "data": {"object": about}}
    for event in (strange, other):
        await shop.send(event)
    await shop.worked()
    ignored = {each.event_id for each in await shop.events(webhooks.WEBHOOK_STATE_IGNORED)}
    assert ignored >= {"evt_strange", "evt_stranger"}
    shown = await shop.vendor.GetWebhookEvent(
        webhooks.GetWebhookEventRequest(event_id="evt_strange")
    )
    assert "radar" in shown.payload
    async with refused(grpc.StatusCode.NOT_FOUND):
        await shop.vendor.ReplayWebhookEvent(
            webhooks.ReplayWebhookEventRequest(event_id="evt_never")
        )


async def test_an_event_waits_while_stripe_is_away_and_dies_of_defects(
    shop: Shop,
) -> None:
    tenant, events = await bought(shop)
    shop.stripe.faults.add("GET", "/customers/.*", Outcome.SERVER_ERROR, times=6)
    await shop.send(events[0])

    async def tried(times: int) -> bool:
        waiting = await shop.events(webhooks.WEBHOOK_STATE_WAITING)
        return any(each.attempts >= times for each in waiting)

    await until(lambda: tried(1))
    await until(lambda: _quiet(shop))
    assert (await plan_of(tenant)).plan == "starter"

    shop.trips.armed.add("webhooks.after_fetch_before_commit")
    shop.stripe.faults.add("GET", "/customers/.*", Outcome.SERVER_ERROR, times=9)
    await shop.send({**events[0], "id": "evt_bad"})

    async def dead() -> bool:
        shop.trips.armed.add("webhooks.after_fetch_before_commit")
        shop.cloud.clock.advance(timedelta(minutes=10))
        return bool(await shop.events(webhooks.WEBHOOK_STATE_DEAD))

    await until(dead)
    shop.trips.armed.clear()
    (lost,) = await shop.events(webhooks.WEBHOOK_STATE_DEAD)
    assert lost.event_id == "evt_bad"
    assert lost.attempts > 8, "while Stripe was away none was a fault of ours"
    assert lost.last_error == "INTERNAL"
    await shop.vendor.ReplayWebhookEvent(webhooks.ReplayWebhookEventRequest(event_id="evt_bad"))
    await shop.worked()
    assert not await shop.events(webhooks.WEBHOOK_STATE_DEAD)


async def test_a_flood_about_one_customer_is_one_question(shop: Shop) -> None:
    tenant, (first, *_) = await bought(shop)
    shop.stripe.faults.add("GET", "/customers/.*", Outcome.SERVER_ERROR, times=3)
    async with shop.cloud.superuser() as conn:
        await conn.execute(
            "insert into webhook_events (event_id, event_type, customer, created_at, received_at, "
            "payload, state, next_try_at) select 'evt_flood_' || at, $1, $2, $3, $3, '{}', "
            "'waiting', $3 from generate_series(1, 20) at",
            first["type"],
            first["data"]["object"]["customer"],
            shop.cloud.clock.now(),
        )

    async def flood() -> list[tuple[int, int]]:
        every = [each for each in await shop.events() if "flood" in each.event_id]
        return [(each.state, each.attempts) for each in every]

    async def tried() -> bool:
        return all(attempts for _, attempts in await flood())

    await until(tried)
    assert await flood() == [(webhooks.WEBHOOK_STATE_WAITING, 1)] * 20, "one answer is for all"
    await until(lambda: _quiet(shop))
    assert await flood() == [(webhooks.WEBHOOK_STATE_DONE, 2)] * 20
    assert (await plan_of(tenant)).plan == "starter"


@pytest.mark.parametrize(
    "point",
    [
        "webhooks.before_store",
        "webhooks.after_store_before_answer",
        "webhooks.after_answer_before_follow",
        "webhooks.after_fetch_before_commit",
        "webhooks.after_follow_before_record",
    ],
)
async def test_a_death_at_any_step_has_one_effect(shop: Shop, point: str) -> None:
    tenant, events = await bought(shop)
    epoch = (await license_of(tenant)).epoch.number
    shop.trips.armed.add(point)
    try:
        await shop.send(events[0])
    except grpc.aio.AioRpcError:
        await shop.send(events[0])
    await until(lambda: _quiet(shop))
    assert not shop.trips.armed, "it was reached"
    assert (await plan_of(tenant)).plan == "starter", "the one event was enough"
    for event in events:
        await shop.send(event)
    await until(lambda: _quiet(shop))
    assert (await license_of(tenant)).epoch.number == epoch + 1
    kept = [each.event_id for each in await shop.events()]
    assert all(kept.count(event["id"]) == 1 for event in events)


async def _quiet(shop: Shop) -> bool:
    shop.cloud.clock.advance(timedelta(seconds=5))
    return not await shop.events(webhooks.WEBHOOK_STATE_WAITING)


async def test_without_stripe_no_event_is_believed(billing: Cloud) -> None:
    stub = webhook_service_pb2_grpc.WebhookServiceStub(billing.anonymous)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "PAYMENT_PROVIDER_MISSING"):
        await stub.ReceiveStripeEvent(
            webhooks.ReceiveStripeEventRequest(payload=b"{}", signature="t=1,v1=a")
        )
