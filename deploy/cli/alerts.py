"""`brinkbyte alerts`: where a tenant is told what, what it was told, and at which costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.cloud import ApiAddr, ApiKey, CaCert, Cloud, Tenant, print_lines
from deploy.cli.wording import read_money

if TYPE_CHECKING:
    from deploy.cli.alerts_calls import AlertCalls

app = typer.Typer(no_args_is_help=True, help="What a tenant is told, and where.")
contact = typer.Typer(no_args_is_help=True, help="E-mail addresses, numbers and webhooks.")
cost = typer.Typer(no_args_is_help=True, help="Amounts of which a tenant is told.")
app.add_typer(contact, name="contact")
app.add_typer(cost, name="cost")


Name = Annotated[str, typer.Option("--name", help="A name for people.")]


@app.command("list")
def show(api_addr: ApiAddr, api_key: ApiKey, ca_cert: CaCert = None, tenant: Tenant = "") -> None:
    """List what was told, newest first, and how far each delivery came."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).told())


@app.command()
def retry(
    notification: Annotated[str, typer.Argument(help="Its id, a UUID.")],
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Try deliveries that were given up again."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).retry(notification))


@contact.command()
def add(
    channel: Annotated[str, typer.Argument(help="email, sms or webhook.")],
    address: Annotated[str, typer.Argument(help="An address, +14155550123, or https://…")],
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    kind: Annotated[
        list[str] | None, typer.Option(help="What goes there, such as cost_threshold; all if none.")
    ] = None,
    name: Name = "",
) -> None:
    """Add an address; a webhook's secret is printed this once."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).add(channel, address, kind or [], name))


@contact.command("list")
def contacts(
    api_addr: ApiAddr, api_key: ApiKey, ca_cert: CaCert = None, tenant: Tenant = ""
) -> None:
    """List the addresses, oldest first."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).contacts())


@contact.command("remove")
def remove_contact(
    point: Annotated[str, typer.Argument(help="Its id, a UUID.")],
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Take an address away."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).remove_contact(point))


@contact.command("test")
def check(
    point: Annotated[str, typer.Argument(help="Its id, a UUID.")],
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Send a test to this address alone; `alerts list` says whether it arrived."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).test(point))


@cost.command("set")
def set_cost(
    amount: Annotated[str, typer.Argument(help='For example "500 USD".')],
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    projected: Annotated[
        bool, typer.Option("--projected", help="What the period comes to, not what it costs now.")
    ] = False,
    percent: Annotated[
        list[int] | None, typer.Option(help="Shares of the amount that are told; 100 if none.")
    ] = None,
    name: Name = "",
) -> None:
    """Set an alert in place of the one with the same name."""
    limit = read_money(amount, "AMOUNT")
    calls = _calls(api_addr, ca_cert, api_key, tenant)
    print_lines(calls.set_cost(limit, percent or [], name, projected=projected))


@cost.command("list")
def costs(api_addr: ApiAddr, api_key: ApiKey, ca_cert: CaCert = None, tenant: Tenant = "") -> None:
    """List the alerts, oldest first."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).costs())


@cost.command("remove")
def remove_cost(
    alert: Annotated[str, typer.Argument(help="Its id, a UUID.")],
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Take an alert away."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).remove_cost(alert))


def _calls(api_addr: str, ca_cert: CaCert, api_key: str, tenant: str) -> AlertCalls:
    from deploy.cli.alerts_calls import AlertCalls

    return AlertCalls(Cloud(api_addr, ca_cert, api_key), tenant)
