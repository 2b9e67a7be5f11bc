"""A customer of Stripe's: buys there, pays late or never, leaves; and its licence all the while."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from brinkbyte.license.v1 import license_service_pb2 as licenses
from brinkbyte.license.v1 import license_service_pb2_grpc
from brinkbyte.subscription.v1 import subscription_service_pb2 as pb
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc

from tests.chaos.calls import Caller
from tests.chaos.checks import Unequal
from tests.chaos.customers import Customer
from tests.chaos.plan import Payment
from tests.chaos.post import PostOffice
from tests.chaos.world import LADDER, World
from tests.stripe_simulator.resources import invoices

BEFORE = timedelta(days=46)
"""So long before its use a customer bought: the oldest of it is of a period that is closed."""

_DEVICE = "edge_device"
_URL = "https://chaos.example/billing"
_PLANS = subscription_service_pb2_grpc.SubscriptionServiceStub
_LICENSES = license_service_pb2_grpc.LicenseServiceStub
_HOUR = timedelta(hours=1)
_SUSPENDED = LADDER.past_due + LADDER.grace
_CANCELED = _SUSPENDED + LADDER.suspended
Object = dict[str, Any]


@dataclass(slots=True)
class Sale:
    """One customer at Stripe."""

    world: World
    customer: Customer
    office: PostOffice
    caller: Caller
    seen: str = "nothing"
    joining: timedelta = timedelta(0)
    """What was bought after the first thing was bought within that long."""

    @property
    def payer(self) -> str:
        """The one customer that Stripe has of the tenant."""
        metadata = {"tenant": self.customer.name}
        found = self.world.stripe.world.find("customer", metadata=metadata)
        if len(found) != 1:
            raise Unequal(f"the tenant is {len(found)} customers at Stripe")
        return str(found[0]["id"])

    @property
    def sold(self) -> Object:
        """Its one subscription."""
        found = self.world.stripe.world.find("subscription", customer=self.payer)
        if len(found) != 1:
            raise Unequal(f"the customer has {len(found)} subscriptions")
        return found[0]

    @property
    def invoice(self) -> Object:
        """Of the period that ended last."""
        found = self.world.stripe.world.find(
            "invoice", customer=self.payer, billing_reason="subscription_cycle"
        )
        return found[-1]

    async def begin(self) -> None:
        """A camera is bought on Stripe's page, the metered plan joins it."""
        bought = await self._open_page()
        began = self.world.now()
        self.world.stripe.complete_checkout(bought.url.rsplit("/", 1)[-1])
        await self.office.deliver()
        await self.runs(licenses.LICENSE_STATUS_ACTIVE)
        await self._use_camera()
        joined = await self._call(
            "Checkout", pb.CheckoutRequest(family="metered", plan="standard", **self._where)
        )
        if joined.url != _URL:
            raise Unequal("the metered plan is paid on a page of its own")
        await self._charge()
        self.joining = self.world.now() - began
        await self.office.deliver()

    def refuse_card(self) -> None:
        """Whatever is due from now on is not paid."""
        self.world.stripe.refuse_card(self.payer)

    async def settle(self, payment: Payment) -> None:
        """What becomes of the last period's invoice, which was issued now, and of the licence."""
        await self.office.deliver()
        if payment is Payment.PAID:
            await self.owes(pb.DUNNING_STAGE_UNSPECIFIED)
            await self.runs(licenses.LICENSE_STATUS_ACTIVE)
            return
        await self.owes(pb.DUNNING_STAGE_PAST_DUE)
        await self.runs(licenses.LICENSE_STATUS_ACTIVE)
        if payment is Payment.NEVER:
            await self._wait_unpaid(_CANCELED)
            await self.owes(pb.DUNNING_STAGE_CANCELED)
            await self.runs(licenses.LICENSE_STATUS_EXPIRED, licenses.LICENSE_STATUS_SUSPENDED)
            return
        await self._wait_unpaid(_SUSPENDED)
        await self.owes(pb.DUNNING_STAGE_SUSPENDED)
        await self.runs(licenses.LICENSE_STATUS_SUSPENDED)
        await self._pay()
        await self.owes(pb.DUNNING_STAGE_UNSPECIFIED)
        await self.runs(licenses.LICENSE_STATUS_ACTIVE)

    async def leave(self) -> None:
        """Cancels what is held, unless it was ended for it."""
        for family in ("vision", "metered"):
            await self._call(
                "CancelSubscription",
                pb.CancelSubscriptionRequest(family=family, when=pb.CHANGE_TIME_NOW, **self._who),
            )
        await self.office.deliver()
        await self.runs(licenses.LICENSE_STATUS_EXPIRED, licenses.LICENSE_STATUS_SUSPENDED)
        if self.sold["status"] != "canceled":
            raise Unequal(f"what was cancelled is {self.sold['status']} at Stripe")

    async def owes(self, stage: "pb.DunningStage") -> None:
        """Waits until its late payment is at a stage; unspecified: until nothing is late."""
        request = pb.GetSubscriptionRequest(family="metered", **self._who)
        wanted = pb.DunningStage.Name(stage)
        while True:
            found = (await self._call("GetSubscription", request)).late_payment.stage
            self.seen = f"{pb.DunningStage.Name(found)} instead of {wanted}"
            if found == stage:
                return
            await self.world.work("dun")
            await asyncio.sleep(0.05)

    async def runs(self, *statuses: "licenses.LicenseStatus") -> None:
        """Waits until the licence has one of these statuses."""
        request = licenses.GetLicenseRequest(**self._who)
        while True:
            answer = await self.caller.insist(_LICENSES, "GetLicense", request)
            found = answer.license.status
            self.seen = f"{licenses.LicenseStatus.Name(found)} instead of {statuses}"
            if found in statuses:
                return
            await asyncio.sleep(0.05)

    async def waits(self) -> str:
        """What was seen last."""
        return f"the licence or late payment is {self.seen}; {await self.office.waits()}"

    async def _open_page(self) -> Any:
        """Another one may be opened each hour, however often the answer is lost."""
        hour = f"{self.world.now():%H}"
        bought = await self._call(
            "Checkout",
            pb.CheckoutRequest(family="vision", plan="base", cameras=1, **self._where),
        )
        pages = self.world.stripe.world.find("checkout.session", customer=self.payer)
        if len(pages) > 1 and hour == f"{self.world.now():%H}":
            raise Unequal(f"{len(pages)} pages are open on which to pay for the same")
        return bought

    async def _use_camera(self) -> None:
        camera = licenses.ValidateCameraRequest(camera_id="camera", **self._who)
        found = await self.caller.insist(_LICENSES, "ValidateCamera", camera)
        if not found.is_valid:
            raise Unequal(f"the camera that was paid for does not run: {found}")

    async def _charge(self) -> None:
        """Stripe is told of the device, and holds all that is charged."""
        while not any(
            _DEVICE in each["price"]["lookup_key"] for each in self.sold["items"]["data"]
        ):
            await self.world.work("charge")
            await asyncio.sleep(0.02)

    async def _wait_unpaid(self, age: timedelta) -> None:
        created = datetime.fromtimestamp(self.invoice["created"], UTC)
        await self.world.advance(created + age + _HOUR - self.world.now())
        await self.office.deliver()

    async def _pay(self) -> None:
        stripe = self.world.stripe
        stripe.accept_card(self.payer)
        for each in stripe.world.find("invoice", customer=self.payer, status="open"):
            invoices.pay(stripe.world, each["id"], {})
        await self.office.deliver()

    async def _call(self, name: str, request: Any) -> Any:
        return await self.caller.insist(_PLANS, name, request)

    @property
    def _who(self) -> dict[str, Any]:
        return {"tenant_id": self.customer.name}

    @property
    def _where(self) -> dict[str, Any]:
        return {"success_url": _URL, **self._who}
