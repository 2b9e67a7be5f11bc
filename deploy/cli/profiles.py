"""`brinkbyte profile`: who a tenant's invoices are made out to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.cloud import ApiAddr, ApiKey, CaCert, Cloud, Tenant, print_lines

if TYPE_CHECKING:
    from deploy.cli.profiles_calls import ProfileCalls

app = typer.Typer(no_args_is_help=True, help="Who a tenant's invoices are made out to.")


@app.command()
def show(api_addr: ApiAddr, api_key: ApiKey, ca_cert: CaCert = None, tenant: Tenant = "") -> None:
    """Show the billing profile."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).show())


@app.command("set")
def set_(
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    legal_name: Annotated[str | None, typer.Option(help="As it stands on invoices.")] = None,
    address: Annotated[list[str] | None, typer.Option(help="A line of it; repeat.")] = None,
    country: Annotated[str | None, typer.Option(help="ISO 3166, for example DE.")] = None,
    region: Annotated[str | None, typer.Option(help="ISO 3166-2 without the country.")] = None,
    tax_id: Annotated[str | None, typer.Option(help="For example a VAT number.")] = None,
    invoice_email: Annotated[str | None, typer.Option(help="Where invoices go.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217; fixed by an invoice.")] = None,
    exempt: Annotated[
        bool | None, typer.Option(help="Whether no tax is owed; the vendor's word.")
    ] = None,
) -> None:
    """Change what is named and leave the rest as it is."""
    named = {
        "legal_name": legal_name,
        "address": address or None,
        "country": country,
        "region": region,
        "tax_id": tax_id,
        "invoice_email": invoice_email,
        "currency": currency,
        "exempt": exempt,
    }
    changes = {name: value for name, value in named.items() if value is not None}
    if not changes:
        raise typer.BadParameter("say what changes; `--help` lists it")
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).set(changes))


def _calls(api_addr: str, ca_cert: CaCert, api_key: str, tenant: str) -> ProfileCalls:
    from deploy.cli.profiles_calls import ProfileCalls

    return ProfileCalls(Cloud(api_addr, ca_cert, api_key), tenant)
