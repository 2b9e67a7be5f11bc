"""Background work done once, by a command, on the database that a configuration names."""

import asyncio
import os

from billing.config import BillingConfig
from billing.invoices.closer import InvoiceCloser
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


def close_invoices(config: BillingConfig) -> list[str]:
    """Finalises every period that is due, and ends; one line an invoice, for a person.

    Raises ConfigError, StartError and Unavailable.
    """
    return asyncio.run(_close(config.model_copy(update=_ANY_PORT)))


def submit_use(config: BillingConfig) -> list[str]:
    """Makes what was used into submissions, sends what waits, and ends; one line for a person.

    Raises ConfigError without a key of Stripe's, StartError and Unavailable.
    """
    if config.stripe_secret_key is None:
        raise ConfigError("BRINKBYTE_STRIPE_SECRET_KEY is not set: invoices are local")
    return asyncio.run(_submit(config.model_copy(update=_ANY_PORT)))


async def _submit(config: BillingConfig) -> list[str]:
    server = await BillingServer.build(config, SystemClock(), load_faults(os.environ))
    try:
        made, landed = await server.background_of(SubmissionWorker).run_once()
    finally:
        await server.drain()
    return [f"{made} submissions made, {landed} landed"]


async def _close(config: BillingConfig) -> list[str]:
    """The server's parts, which serve nobody."""
    server = await BillingServer.build(config, SystemClock(), load_faults(os.environ))
    try:
        found = await server.background_of(InvoiceCloser).run_once()
    finally:
        await server.drain()
    return [f"{each.number}  {each.total}" for each in found] or ["no invoice was made"]
