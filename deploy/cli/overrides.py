"""`brinkbyte override`: what the vendor gives or takes beside a tenant's plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.cloud import (
    ApiAddr,
    ApiKey,
    CaCert,
    Cloud,
    Tenant,
    VendorKey,
    print_lines,
    read_moment,
)

if TYPE_CHECKING:
    from deploy.cli.overrides_calls import OverrideCalls

app = typer.Typer(no_args_is_help=True, help="What a tenant has beside its plans.")
setting = typer.Typer(no_args_is_help=True, help="Give or take something, for a reason.")
app.add_typer(setting, name="set")

Reason = Annotated[str, typer.Option(help="Why, for people.")]
Until = Annotated[str, typer.Option(help="When it ends, RFC 3339; never if left out.")]


@setting.command()
def feature(
    name: Annotated[str, typer.Argument(help="A feature of the catalogue.")],
    *,
    api_addr: ApiAddr,
    api_key: VendorKey,
    reason: Reason,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    allowed: Annotated[bool, typer.Option("--allow/--deny", help="Give it, or take it.")] = True,
    camera: Annotated[str, typer.Option(help="This camera alone.")] = "",
    until: Until = "",
) -> None:
    """Give a feature, or take it."""
    calls = _calls(api_addr, ca_cert, api_key, tenant)
    ends = read_moment("--until", until) if until else None
    print_lines(calls.feature(name, camera, reason, ends, allowed=allowed))


@setting.command()
def quota(
    metric: Annotated[str, typer.Argument(help="A metric of the catalogue.")],
    *,
    api_addr: ApiAddr,
    api_key: VendorKey,
    reason: Reason,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    included: Annotated[str, typer.Option(help="What is included a period.")] = "",
    ceiling: Annotated[str, typer.Option(help="Where a soft quota stops at last.")] = "",
    until: Until = "",
) -> None:
    """Change what is included of a metric."""
    calls = _calls(api_addr, ca_cert, api_key, tenant)
    ends = read_moment("--until", until) if until else None
    print_lines(calls.quota(metric, included, ceiling, reason, ends))


@setting.command()
def price(
    what: Annotated[str, typer.Argument(help="metric/NAME, item/FAMILY/NAME or plan/FAMILY/NAME.")],
    prices: Annotated[list[str], typer.Argument(help="One a currency, for example USD=45.")],
    *,
    api_addr: ApiAddr,
    api_key: VendorKey,
    reason: Reason,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    until: Until = "",
) -> None:
    """Agree upon a price."""
    calls = _calls(api_addr, ca_cert, api_key, tenant)
    ends = read_moment("--until", until) if until else None
    print_lines(calls.price(_target(what), [_price(each) for each in prices], reason, ends))


@app.command()
def remove(
    override: Annotated[str, typer.Argument(help="Its id, a UUID.")],
    *,
    api_addr: ApiAddr,
    api_key: VendorKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Take an override away."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).remove(override))


@app.command("list")
def show(api_addr: ApiAddr, api_key: ApiKey, ca_cert: CaCert = None, tenant: Tenant = "") -> None:
    """List the overrides, oldest first."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).listed())


def _target(what: str) -> tuple[str, str, str]:
    kind, _, rest = what.partition("/")
    *family, name = rest.split("/")
    if not name or (kind, len(family)) not in (("metric", 0), ("item", 1), ("plan", 1)):
        raise typer.BadParameter(
            "name metric/NAME, item/FAMILY/NAME or plan/FAMILY/NAME", param_hint="WHAT"
        )
    return kind, "".join(family), name


def _price(text: str) -> tuple[str, str]:
    currency, _, amount = text.partition("=")
    if not amount:
        raise typer.BadParameter("write a currency and an amount, USD=45", param_hint="PRICES")
    return currency, amount


def _calls(api_addr: str, ca_cert: CaCert, api_key: str, tenant: str) -> OverrideCalls:
    from deploy.cli.overrides_calls import OverrideCalls

    return OverrideCalls(Cloud(api_addr, ca_cert, api_key), tenant)
