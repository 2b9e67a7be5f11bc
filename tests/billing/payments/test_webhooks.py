"""What Stripe tells has one effect or none: forged, altered, old, early, doubled, shuffled, lost."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import grpc
import pytest
from brinkbyte.audit.v1 import audit_service_pb2, audit_service_pb2_grpc
from brinkbyte.payment.v1 import webhook_service_pb2 as webhooks
from brinkbyte.subscription.v1 import subscription_service_pb2 as pb

from mesh.clock import ManualClock
from mesh.faults import ArmedFaults, Fault
from tests.billing.cloud_harness import Authorities, Cloud, Tenant, refused
from tests.billing.conftest import NewDatabase
from tests.billing.payments.shop import (
    OTHER_SECRET,
    Shop,
    license_of,
    open_shop,
    plan_of,
    until,
)
from tests.stripe_simulator.faults import Outcome
from tests.stripe_simulator.server import Simulator


@pytest.fixture
async def shop(
    new_database: NewDatabase, authorities: Authorities, stripe: Simulator, clock: ManualClock
) -> AsyncIterator[Shop]:
    async with open_shop(authorities, await new_database(), stripe, clock) as shop:
        yield shop


async def bought(shop: Shop) -> tuple[Tenant, list[Any]]:
    """A tenant that paid, and what Stripe has to tell of it."""
    tenant = await shop.cloud.tenant()
    await shop.buy(tenant, "platform", "starter")
    return tenant, shop.stripe.deliveries.waiting()


async def changes(tenant: Tenant) -> int:
    """How often the audit log says that a plan followed Stripe."""
    stub = audit_service_pb2_grpc.AuditServiceStub(tenant.admin)
    listed = await stub.ListAuditEvents(
        audit_service_pb2.ListAuditEventsRequest(
            page_size=1000, action="subscription.followed"
        )
    )
    return len(listed.events)


async def test_only_what_stripe_signed_just_now_is_believed(
    shop: Shop, stripe: Simulator
) -> None:
    tenant, (first, *_) = await bought(shop)
    now = stripe.world.now
    body = stripe.deliveries.payload(first)
    good = stripe.deliveries.signature(body)
    old = stripe.deliveries.signature(body, at=now - 301)
    for what, payload, signature in (
        ("forged", body, stripe.deliveries.signature(body, secret="whsec_wrong")),  # noqa: S106
        ("altered", body.replace(b"starter", b"enterpr"), good),
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
    assert await shop.events() == []
    assert (await plan_of(tenant)).plan == "trial"
    for at in (now - 299, now + 299):
        await shop.send({**first, "id": f"evt_at_{at}"}, at=at)
    await shop.send({**first, "id": "evt_other"}, secret=OTHER_SECRET)
    await shop.worked()
    assert (await plan_of(tenant)).plan == "starter"


async def test_doubled_shuffled_and_replayed_events_have_one_effect(
    shop: Shop, stripe: Simulator
) -> None:
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


async def test_an_old_event_that_comes_late_brings_nothing_back(
    shop: Shop, stripe: Simulator
) -> None:
    tenant, events = await bought(shop)
    (sold,) = stripe.world.all("subscription").values()
    created = [each for each in events if each["type"] == "customer.subscription.created"]
    await shop.deliver()
    for event in events:
        if event not in created:
            await shop.send(event)
    await shop.worked()
    await shop.cloud.server.db.ping()
    stripe.world.get("subscription", sold["id"])
    from tests.stripe_simulator import subscribing

    subscribing.end(stripe.world, sold)
    await shop.deliver()
    assert (await plan_of(tenant)).status == pb.SUBSCRIPTION_STATUS_CANCELED
    await shop.send(created[0])
    await shop.worked()
    assert (await plan_of(tenant)).status == pb.SUBSCRIPTION_STATUS_CANCELED


async def test_unknown_types_and_strangers_are_kept_and_ignored(
    shop: Shop, stripe: Simulator
) -> None:
    _, (first, *_) = await bought(shop)
    strange = {**first, "id": "evt_strange", "type": "radar.early_fraud_warning.created"}
    about = {**first["data"]["object"], "customer": "cus_nobody", "object": "invoice"}
    other = {**first, "id": "evt_stranger", "type": "invoice.paid", "data": {"object": about}}
    for event in (strange, other):
        await shop.send(event)
    await shop.worked()
    ignored = {each.event_id for each in await shop.events(webhooks.WEBHOOK_STATE_IGNORED)}
    assert ignored == {"evt_strange", "evt_stranger"}
    shown = await shop.vendor.GetWebhookEvent(
        webhooks.GetWebhookEventRequest(event_id="evt_strange")
    )
    assert "radar" in shown.payload
    async with refused(grpc.StatusCode.NOT_FOUND):
        await shop.vendor.ReplayWebhookEvent(
            webhooks.ReplayWebhookEventRequest(event_id="evt_never")
        )


async def test_an_event_waits_while_stripe_is_away_and_is_dead_when_it_never_works(
    shop: Shop, stripe: Simulator
) -> None:
    tenant, events = await bought(shop)
    stripe.faults.add("GET", "/customers/.*", Outcome.SERVER_ERROR, times=3)
    await shop.send(events[0])

    async def tried(times: int) -> bool:
        (event,) = await shop.events()
        return event.attempts >= times

    await until(lambda: tried(1))
    assert (await shop.events())[0].state == webhooks.WEBHOOK_STATE_WAITING
    for _ in range(6):
        shop.cloud.clock.advance(timedelta(minutes=10))
        await asyncio.sleep(0.05)
    await shop.worked()
    assert (await plan_of(tenant)).plan == "starter"

    (sold,) = stripe.world.all("subscription").values()
    sold["items"]["data"][0]["current_period_end"] = None
    await shop.send({**events[0], "id": "evt_bad"})

    async def dead() -> bool:
        shop.cloud.clock.advance(timedelta(minutes=10))
        return bool(await shop.events(webhooks.WEBHOOK_STATE_DEAD))

    await until(dead)
    (lost,) = await shop.events(webhooks.WEBHOOK_STATE_DEAD)
    assert (lost.event_id, lost.attempts) == ("evt_bad", 8)
    assert lost.last_error == "TypeError"


@pytest.mark.parametrize(
    "point",
    [
        "webhooks.before_store",
        "webhooks.after_store_before_answer",
        "webhooks.after_fetch_before_commit",
    ],
)
async def test_a_death_at_any_step_has_one_effect(
    new_database: NewDatabase,
    authorities: Authorities,
    stripe: Simulator,
    clock: ManualClock,
    point: str,
) -> None:
    faults = ArmedFaults({point: Fault(point, "error", 1)}, None)
    async with open_shop(authorities, await new_database(), stripe, clock, faults) as shop:
        tenant, events = await bought(shop)
        epoch = (await license_of(tenant)).epoch.number
        for event in events:
            try:
                await shop.send(event)
            except grpc.aio.AioRpcError:
                await shop.send(event)

        async def followed() -> bool:
            shop.cloud.clock.advance(timedelta(seconds=5))
            return (await plan_of(tenant)).plan == "starter"

        await until(followed)
        await until(lambda: _quiet(shop))
        assert (await license_of(tenant)).epoch.number == epoch + 1
        assert len(await shop.events()) == len(events)


async def _quiet(shop: Shop) -> bool:
    shop.cloud.clock.advance(timedelta(seconds=5))
    return not await shop.events(webhooks.WEBHOOK_STATE_WAITING)


async def test_without_stripe_no_event_is_believed(billing: Cloud) -> None:
    from brinkbyte.payment.v1 import webhook_service_pb2_grpc

    stub = webhook_service_pb2_grpc.WebhookServiceStub(billing.anonymous)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "PAYMENT_PROVIDER_MISSING"):
        await stub.ReceiveStripeEvent(
            webhooks.ReceiveStripeEventRequest(payload=b"{}", signature="t=1,v1=a")
        )
