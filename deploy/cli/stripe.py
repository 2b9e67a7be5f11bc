"""`brinkbyte stripe`: what Stripe was told."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from deploy.cli.cloud import ApiAddr, CaCert, Cloud, Tenant, VendorKey, print_lines
from mesh.settings import load

app = typer.Typer(no_args_is_help=True, help="What Stripe was told of use.")


class State(StrEnum):
    """Where a submission stands."""

    PENDING = "pending"
    SENT = "sent"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    FOUND = "found"


class Standing(StrEnum):
    """How two invoices stand."""

    HELD = "held"
    FINALIZED = "finalized"
    MATCHES = "matches"
    DIFFERS = "differs"


@app.command()
def submissions(
    api_addr: ApiAddr,
    api_key: VendorKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    state: Annotated[State | None, typer.Option(help="Those in this state.")] = None,
) -> None:
    """List what was, or is to be, submitted to Stripe's meters, newest first."""
    from deploy.cli.stripe_calls import StripeCalls

    calls = StripeCalls(Cloud(api_addr, ca_cert, api_key))
    print_lines(calls.submissions(tenant, state.value if state else ""))


@app.command()
def shadows(
    api_addr: ApiAddr,
    api_key: VendorKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    state: Annotated[Standing | None, typer.Option(help="Those in this state.")] = None,
) -> None:
    """List Stripe's invoices beside ours, newest first, and what differs."""
    from deploy.cli.stripe_calls import StripeCalls

    calls = StripeCalls(Cloud(api_addr, ca_cert, api_key))
    print_lines(calls.shadows(tenant, state.value if state else ""))


@app.command()
def submit(
    *, once: Annotated[bool, typer.Option("--once", help="Required: submit and end.")] = False
) -> None:
    """Submit use to Stripe's meters now, on the database that the environment names.

    A running server does the same by itself every five minutes.
    """
    from billing.config import BillingConfig
    from billing.once import submit_use
    from deploy.local.errors import StartError

    if not once:
        raise StartError("stripe", "the server submits use by itself", "say --once here")
    print_lines(submit_use(load(BillingConfig)))
