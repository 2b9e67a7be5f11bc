"""`brinkbyte invoice`: what a tenant's billing periods cost, down to the events behind a line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import settling
from deploy.cli.cloud import ApiAddr, ApiKey, CaCert, Cloud, Tenant, print_lines

if TYPE_CHECKING:
    from deploy.cli.invoices_calls import InvoiceCalls

app = typer.Typer(no_args_is_help=True, help="What a tenant's billing periods cost, line by line.")
app.add_typer(settling.app)

InvoiceId = Annotated[
    str, typer.Option("--invoice", help="Its id; without one the period that runs.")
]
LineId = Annotated[str, typer.Argument(help="The line's id, as `lines` prints it.")]


class Issuer(StrEnum):
    """Who issues an invoice."""

    LOCAL = "local"
    STRIPE = "stripe"


@app.command("list")
def list_(
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    issuer: Annotated[Issuer | None, typer.Option(help="Those that are issued so.")] = None,
) -> None:
    """List invoices, newest period first, and how those that Stripe issues stand there."""
    found = _calls(api_addr, ca_cert, api_key, tenant).overview(issuer.value if issuer else "")
    print_lines(found)


@app.command()
def show(
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    invoice: InvoiceId = "",
) -> None:
    """Show the sums of an invoice, or of the period that runs if it ended now."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).show(invoice))


@app.command()
def project(
    api_addr: ApiAddr, api_key: ApiKey, ca_cert: CaCert = None, tenant: Tenant = ""
) -> None:
    """Say what the period that runs will come to if use goes on as it did."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).projected())


@app.command()
def lines(
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    invoice: InvoiceId = "",
) -> None:
    """List an invoice's lines with their ids."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).lines(invoice))


@app.command()
def explain(
    line: LineId,
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    invoice: InvoiceId = "",
) -> None:
    """Explain a line: its price, what each part costs, and the hours behind it."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).explain(invoice, line))


@app.command()
def events(
    line: LineId,
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    invoice: InvoiceId = "",
) -> None:
    """List the usage events behind a line."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).events(invoice, line))


@app.command()
def pdf(
    invoice: Annotated[str, typer.Argument(help="The id of a finalised invoice.")],
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    out: Annotated[Path | None, typer.Option(help="The file; by default its number.")] = None,
) -> None:
    """Write an invoice's document to a file."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).pdf(invoice, out))


@app.command()
def close(
    *, once: Annotated[bool, typer.Option("--once", help="Required: close and end.")] = False
) -> None:
    """Finalise every period that is due, on the database that the environment names.

    Says how many invoices it made, and for whom it failed; it ends with 1 when it did for anybody.
    A running server does the same by itself, and tries what failed again.
    """
    from billing.config import BillingConfig
    from billing.once import close_invoices
    from deploy.cli.closing import closed_lines
    from deploy.local.errors import StartError
    from mesh.settings import load

    if not once:
        raise StartError("invoice", "the server closes periods by itself", "say --once here")
    found = close_invoices(load(BillingConfig))
    print_lines(closed_lines(found))
    if found.failed:
        raise typer.Exit(1)


def _calls(api_addr: str, ca_cert: CaCert, api_key: str, tenant: str) -> InvoiceCalls:
    from deploy.cli.invoices_calls import InvoiceCalls

    return InvoiceCalls(Cloud(api_addr, ca_cert, api_key), tenant)
