"""Stripe's simulator, and our provider on it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from billing.payments.stripe.provider import StripeProvider
from mesh.clock import ManualClock
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
