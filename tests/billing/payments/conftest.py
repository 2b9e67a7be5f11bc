"""Stripe's simulator, and our provider on it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from billing.payments.stripe.provider import StripeProvider
from mesh.clock import ManualClock
from tests.billing.cloud_harness import Authorities
from tests.billing.conftest import NewDatabase
from tests.billing.payments.shop import Shop, open_shop
from tests.stripe_simulator.server import Simulator, running_simulator


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 1, 31, 10, tzinfo=UTC))


@pytest.fixture
async def stripe(clock: ManualClock) -> AsyncIterator[Simulator]:
    async with running_simulator(clock) as simulator:
        yield simulator


@pytest.fixture
async def provider(stripe: Simulator) -> AsyncIterator[StripeProvider]:
    provider = StripeProvider(stripe.settings)
    yield provider
    await provider.aclose()


@pytest.fixture(scope="module")
async def shop(new_database: NewDatabase, authorities: Authorities) -> AsyncIterator[Shop]:
    """A cloud that sells through a Stripe of its own; tests of a module share both, and time goes
    on for all of them."""
    clock = ManualClock(datetime(2026, 1, 31, 10, tzinfo=UTC))
    async with (
        running_simulator(clock) as simulator,
        open_shop(authorities, await new_database(), simulator, clock) as shop,
    ):
        yield shop
