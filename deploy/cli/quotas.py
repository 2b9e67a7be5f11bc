"""`brinkbyte quota`: how much of each metric is used, set aside, lent out and left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.cloud import ApiAddr, ApiKey, CaCert, Cloud, Tenant, VendorKey, print_lines

if TYPE_CHECKING:
    from deploy.cli.quotas_calls import QuotaCalls

app = typer.Typer(no_args_is_help=True, help="How much of each metric a tenant may still use.")


@app.command()
def status(
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    metric: Annotated[str, typer.Option(help="This metric alone.")] = "",
) -> None:
    """Show used, reserved, lent out and left."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).status(metric))


@app.command()
def alerts(api_addr: ApiAddr, api_key: ApiKey, ca_cert: CaCert = None, tenant: Tenant = "") -> None:
    """List the thresholds that were crossed, newest first."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).alerts())


@app.command()
def leases(api_addr: ApiAddr, api_key: ApiKey, ca_cert: CaCert = None, tenant: Tenant = "") -> None:
    """List the slices lent to devices, newest first."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).leases())


@app.command()
def release(
    lease: Annotated[str, typer.Argument(help="Its id, a UUID.")],
    *,
    api_addr: ApiAddr,
    api_key: VendorKey,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")],
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Free a lease whose device does not come back; what it still reports is over the cap."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).release(lease, reason))


def _calls(api_addr: str, ca_cert: CaCert, api_key: str, tenant: str) -> QuotaCalls:
    from deploy.cli.quotas_calls import QuotaCalls

    return QuotaCalls(Cloud(api_addr, ca_cert, api_key), tenant)
