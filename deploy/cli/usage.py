"""`brinkbyte usage`: what came in, what of it does not count, and whether sums agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import reconcile
from deploy.cli.cloud import ApiAddr, ApiKey, CaCert, Cloud, Tenant, VendorKey, print_lines

if TYPE_CHECKING:
    from deploy.cli.usage_calls import UsageCalls

app = typer.Typer(no_args_is_help=True, help="Usage on its way from nodes to invoices.")
app.add_typer(reconcile.app)


@app.command()
def problems(
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Annotated[
        str, typer.Option(help="`cust_…`, UUID or alias; the vendor's key sees all without it.")
    ] = "",
    kind: Annotated[str, typer.Option(help="rejected, conflict, uncounted or held alone.")] = "",
) -> None:
    """List what was reported and does not count, newest first."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).problems(kind))


@app.command()
def held(api_addr: ApiAddr, api_key: ApiKey, ca_cert: CaCert = None, tenant: Tenant = "") -> None:
    """List what forked journals sent, newest first."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).held())


@app.command()
def accept(
    journal: Annotated[str, typer.Argument(help="Its id, a UUID.")],
    *,
    api_addr: ApiAddr,
    api_key: VendorKey,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")],
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Record the events that a forked journal sent, each once."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).accept(journal, reason))


@app.command()
def discard(
    journal: Annotated[str, typer.Argument(help="Its id, a UUID.")],
    *,
    api_addr: ApiAddr,
    api_key: VendorKey,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")],
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Decide that what a forked journal sent does not count."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).discard(journal, reason))


def _calls(api_addr: str, ca_cert: CaCert, api_key: str, tenant: str) -> UsageCalls:
    from deploy.cli.usage_calls import UsageCalls

    return UsageCalls(Cloud(api_addr, ca_cert, api_key), tenant)
