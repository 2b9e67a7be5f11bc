"""Background work done once, by a command, on the database that a configuration names."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from billing.config import BillingConfig
from billing.invoices.closer import Closed, InvoiceCloser
from billing.main import BillingServer
from billing.payments.meters.worker import SubmissionWorker
from mesh.clock import SystemClock
from mesh.errors import ConfigError
from mesh.faults import load_faults

_ANY_PORT = {
    "billing_addr": "127.0.0.1:0",
    "billing_api_addr": "127.0.0.1:0",
    "billing_plaintext_addr": None,
    "metrics_addr": None,
}


def close_invoices(config: BillingConfig) -> Closed:
    """Finalises every period that is due, and ends.

    Raises ConfigError, StartError and Unavailable.
    """
    return asyncio.run(_close(config))


def submit_use(config: BillingConfig) -> list[str]:
    """Makes what was used into submissions, sends what waits, and ends; one line for a person.

    Raises ConfigError without a key of Stripe's, StartError and Unavailable.
    """
    if config.stripe_secret_key is None:
        raise ConfigError("BRINKBYTE_STRIPE_SECRET_KEY is not set: invoices are local")
    return asyncio.run(_submit(config))


async def _submit(config: BillingConfig) -> list[str]:
    async with _parts(config) as server:
        made, landed = await server.background_of(SubmissionWorker).run_once()
    return [f"{made} submissions made, {landed} landed"]


async def _close(config: BillingConfig) -> Closed:
    async with _parts(config) as server:
        return await server.background_of(InvoiceCloser).run_once()


@asynccontextmanager
async def _parts(config: BillingConfig) -> AsyncIterator[BillingServer]:
    """The server's parts, which serve nobody."""
    alone = config.model_copy(update=_ANY_PORT)
    server = await BillingServer.build(alone, SystemClock(), load_faults(os.environ))
    try:
        yield server
    finally:
        await server.drain()
