"""A cloud that sells through Stripe's simulator, and what a tenant and Stripe do there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc
from brinkbyte.payment.v1 import (
    stripe_service_pb2,
    stripe_service_pb2_grpc,
    webhook_service_pb2_grpc,
)
from brinkbyte.payment.v1 import webhook_service_pb2 as webhooks
from brinkbyte.subscription.v1 import subscription_service_pb2 as pb
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc as rpc

from mesh.clock import ManualClock
from mesh.database import Role
from mesh.faults import InjectedFault
from tests.billing.cloud_harness import Authorities, Cloud, Tenant, running_cloud
from tests.stripe_simulator.server import SECRET_KEY, WEBHOOK_SECRET, Simulator

URL = "https://acme.example/billing"
OTHER_SECRET = "whsec_next"


class Trips:
    """Fault points that a test arms; each fails once."""

    def __init__(self) -> None:
        self.armed: set[str] = set()

    def hit(self, point: str) -> None:
        if point in self.armed:
            self.armed.discard(point)
            raise InjectedFault(f"injected at {point}")


@dataclass
class Shop:
    """The cloud and Stripe, at one time."""

    cloud: Cloud
    stripe: Simulator
    trips: Trips

    @property
    def hooks(self) -> webhook_service_pb2_grpc.WebhookServiceStub:
        """As Stripe calls: without a key."""
        return webhook_service_pb2_grpc.WebhookServiceStub(self.cloud.anonymous)

    @property
    def vendor(self) -> webhook_service_pb2_grpc.WebhookServiceStub:
        return webhook_service_pb2_grpc.WebhookServiceStub(self.cloud.vendor)

    async def open(self) -> None:
        """Waits until everything is for sale."""
        stub = stripe_service_pb2_grpc.StripeServiceStub(self.cloud.vendor)
        async with asyncio.timeout(120):
            while True:
                found = await stub.GetStripeObjects(stripe_service_pb2.GetStripeObjectsRequest())
                if found.objects and not any(each.to_do for each in found.objects):
                    return
                await asyncio.sleep(0.05)

    async def send(
        self, event: Mapping[str, Any], *, secret: str | None = None, at: int | None = None
    ) -> bool:
        """Delivers an event; whether it came before."""
        payload = self.stripe.deliveries.payload(dict(event))
        signature = self.stripe.deliveries.signature(payload, secret=secret, at=at)
        request = webhooks.ReceiveStripeEventRequest(payload=payload, signature=signature)
        return (await self.hooks.ReceiveStripeEvent(request)).duplicate

    async def deliver(self) -> list[Mapping[str, Any]]:
        """Delivers all that wait, and waits until nothing is left to do."""
        events = self.stripe.deliveries.waiting()
        for event in events:
            await self.send(event)
        await self.worked()
        return events

    async def worked(self) -> None:
        """Nothing waits any more."""
        async with asyncio.timeout(120):
            while await self.events(webhooks.WEBHOOK_STATE_WAITING):
                await asyncio.sleep(0.02)

    async def events(self, state: webhooks.WebhookState = 0) -> list[webhooks.WebhookEvent]:  # type: ignore[assignment]
        listed = await self.vendor.ListWebhookEvents(webhooks.ListWebhookEventsRequest(state=state))
        return list(listed.events)

    async def buy(self, tenant: Tenant, family: str, plan: str, **more: Any) -> Mapping[str, Any]:
        """A tenant pays on Stripe's page; nothing is told yet."""
        bought = await rpc.SubscriptionServiceStub(tenant.admin).Checkout(
            pb.CheckoutRequest(family=family, plan=plan, success_url=URL, **more)
        )
        assert bought.url != URL, "it is paid on Stripe's page"
        session = bought.url.rsplit("/", 1)[-1]
        return self.stripe.complete_checkout(session)

    def sold(self, tenant: Tenant) -> dict[str, Any]:
        """The tenant's one subscription at Stripe."""
        every = self.stripe.world.all("subscription").values()
        (found,) = [each for each in every if each["metadata"]["tenant"] == tenant.tenant_id]
        return found

    async def later(self, seconds: float) -> None:
        """Time passes here and there, and what Stripe says of it is told."""
        self.cloud.clock.advance(timedelta(seconds=seconds))
        self.stripe.settle()
        await self.deliver()


async def plan_of(tenant: Tenant, family: str = "platform") -> pb.Subscription:
    found = await rpc.SubscriptionServiceStub(tenant.admin).GetSubscription(
        pb.GetSubscriptionRequest(family=family)
    )
    return found.subscription


async def license_of(tenant: Tenant) -> license_service_pb2.GetLicenseResponse:
    stub = license_service_pb2_grpc.LicenseServiceStub(tenant.admin)
    return await stub.GetLicense(license_service_pb2.GetLicenseRequest())


async def until(true: Callable[[], Any]) -> None:
    """Waits for it; so long only where the machine is busy."""
    async with asyncio.timeout(120):
        while not await true():
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def open_shop(
    authorities: Authorities,
    database: tuple[Mapping[Role, str], str],
    stripe: Simulator,
    clock: ManualClock,
) -> AsyncIterator[Shop]:
    dsns, superuser = database
    trips = Trips()
    async with running_cloud(
        authorities,
        dsns,
        superuser,
        clock=clock,
        faults=trips,
        stripe_secret_key=SECRET_KEY,
        stripe_api_url=stripe.url,
        stripe_settle_seconds=0,
        stripe_webhook_secrets=f"{OTHER_SECRET}, {WEBHOOK_SECRET}",
    ) as cloud:
        shop = Shop(cloud, stripe, trips)
        await shop.open()
        yield shop
