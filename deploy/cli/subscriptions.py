"""`brinkbyte subscription`: which plans a tenant holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.cloud import ApiAddr, ApiKey, CaCert, Cloud, Tenant, VendorKey, print_lines

if TYPE_CHECKING:
    from deploy.cli.subscriptions_calls import SubscriptionCalls

app = typer.Typer(no_args_is_help=True, help="The plans of a tenant.")

Family = Annotated[str, typer.Argument(help="A family of the catalogue, for example platform.")]
Plan = Annotated[str, typer.Argument(help="A plan of the family.")]
_AFTERWARDS = "Where the browser goes afterwards."
_NOWHERE = "https://localhost/"


@app.command("list")
def show(api_addr: ApiAddr, api_key: ApiKey, ca_cert: CaCert = None, tenant: Tenant = "") -> None:
    """List what the tenant holds, one plan a family."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).listed())


@app.command("show")
def one(
    family: Family,
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Show one with its limits, who issues its invoices, and a payment that is late."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).show(family))


@app.command()
def buy(
    family: Family,
    plan: Plan,
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    yearly: Annotated[bool, typer.Option("--yearly", help="Paid by the year.")] = False,
    cameras: Annotated[int | None, typer.Option(min=1, help="Slots of a vision licence.")] = None,
    success_url: Annotated[str, typer.Option(help=_AFTERWARDS)] = _NOWHERE,
) -> None:
    """Buy a plan: print where it is paid, with Stripe, or put it in force at once, without."""
    from brinkbyte.subscription.v1 import subscription_service_pb2 as pb

    interval = pb.BILLING_INTERVAL_YEAR if yearly else pb.BILLING_INTERVAL_MONTH
    order = pb.CheckoutRequest(
        family=family, plan=plan, interval=interval, success_url=success_url, cameras=cameras
    )
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).buy(order))


@app.command()
def portal(
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    return_url: Annotated[str, typer.Option(help=_AFTERWARDS)] = _NOWHERE,
) -> None:
    """Print the address of Stripe's customer portal, good for a short while."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).portal(return_url))


@app.command()
def change(
    family: Family,
    plan: Plan,
    *,
    api_addr: ApiAddr,
    api_key: VendorKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Put the tenant on another plan, as the live catalogue has it."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).change(family, plan))


@app.command()
def cancel(
    family: Family,
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    now: Annotated[bool, typer.Option(help="Now, and not with its period.")] = False,
) -> None:
    """End a plan with its period, or now."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).cancel(family, now=now))


@app.command()
def resume(
    family: Family,
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Take back a cancellation, or a change of plan, that has not fallen due."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).resume(family))


@app.command()
def move(
    family: Family,
    *,
    api_addr: ApiAddr,
    api_key: VendorKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Put a subscription on the live version of the catalogue."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).move(family))


@app.command()
def preview(
    family: Family,
    plan: Plan,
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    add_pack: Annotated[list[str] | None, typer.Option(help="A pack comes; repeat.")] = None,
    remove_pack: Annotated[list[str] | None, typer.Option(help="A pack goes; repeat.")] = None,
    cameras: Annotated[int | None, typer.Option(min=0, help="Cameras charged then.")] = None,
) -> None:
    """Say what a change would win, lose and cost; it changes nothing."""
    calls = _calls(api_addr, ca_cert, api_key, tenant)
    print_lines(calls.preview(family, plan, add_pack or [], remove_pack or [], cameras))


def _calls(api_addr: str, ca_cert: CaCert, api_key: str, tenant: str) -> SubscriptionCalls:
    from deploy.cli.subscriptions_calls import SubscriptionCalls

    return SubscriptionCalls(Cloud(api_addr, ca_cert, api_key), tenant)
