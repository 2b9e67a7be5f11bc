"""The simulator on a free port."""

import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from billing.payments.stripe.client import StripeSettings
from gateway.listener import Listener
from mesh.clock import Clock
from tests.stripe_simulator import cycle
from tests.stripe_simulator.app import Call, StripeApp
from tests.stripe_simulator.faults import FaultPlan
from tests.stripe_simulator.resources import checkouts
from tests.stripe_simulator.webhooks import Deliveries
from tests.stripe_simulator.world import Object, World

SECRET_KEY = "sk_test_simulator"
WEBHOOK_SECRET = "whsec_simulator"


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running one. `url` is for BRINKBYTE_STRIPE_API_URL; time is that of its clock."""

    url: str
    app: StripeApp
    deliveries: Deliveries

    @property
    def world(self) -> World:
        """What it knows."""
        return self.app.world

    @property
    def faults(self) -> FaultPlan:
        """What will fail."""
        return self.app.faults

    @property
    def settings(self) -> StripeSettings:
        """For a provider that talks to it, without waiting between retries."""
        return StripeSettings(SECRET_KEY, self.url, (WEBHOOK_SECRET,), retries=0)

    def calls(self, method: str, path: str) -> list[Call]:
        """The calls so far that were made to a path below /v1."""
        return [
            each for each in self.app.calls if (each.method, each.path) == (method, f"/v1{path}")
        ]

    def settle(self) -> None:
        """After its clock moved: what is due happens, in order: trials end, periods are invoiced,
        drafts are finalised and collected, failed payments tried again, sessions expire."""
        cycle.settle(self.world)

    def complete_checkout(self, session_id: str) -> Object:
        """Somebody pays on the page; returns the subscription."""
        return checkouts.complete(self.world, session_id)

    def refuse_card(self, customer_id: str, times: int = 1_000_000) -> None:
        """The customer's next payments fail."""
        self.world.refusing_cards[customer_id] = times

    def accept_card(self, customer_id: str) -> None:
        """The customer's payments succeed again."""
        self.world.refusing_cards.pop(customer_id, None)


@contextlib.asynccontextmanager
async def running_simulator(clock: Clock) -> AsyncIterator[Simulator]:
    """Starts with nothing in it, and goes at the end."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it complains of what is cut
    app = StripeApp(World(clock), SECRET_KEY)
    listener = Listener(app, "127.0.0.1:0", drain_s=1)
    await listener.start()
    deliveries = Deliveries(app.world, WEBHOOK_SECRET)
    try:
        yield Simulator(f"http://127.0.0.1:{listener.port}", app, deliveries)
    finally:
        await deliveries.aclose()
        await listener.stop()
