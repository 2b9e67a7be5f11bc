"""`brinkbyte invoice pay|credit|void|uncollectible`: what happens to a finalised invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.cloud import ApiAddr, CaCert, Cloud, Tenant, VendorKey, print_lines, read_moment
from deploy.cli.wording import read_money

if TYPE_CHECKING:
    from deploy.cli.settling_calls import SettlingCalls

app = typer.Typer()

InvoiceId = Annotated[str, typer.Argument(help="The id of a finalised invoice, a UUID.")]
Reason = Annotated[str, typer.Option(help="Why.")]


@app.command()
def pay(
    invoice: InvoiceId,
    amount: Annotated[str, typer.Argument(help='In the invoice\'s currency: "119.00 USD".')],
    *,
    api_addr: ApiAddr,
    api_key: VendorKey,
    reference: Annotated[str, typer.Option(help="The bank's or payer's; once for a tenant.")],
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    method: Annotated[str, typer.Option(help="By what way; a bank transfer if not said.")] = "",
    at: Annotated[str, typer.Option(help="When it came in, RFC 3339; now if not said.")] = "",
) -> None:
    """Record money that came in; more than is due goes to the credit balance."""
    came = read_moment("--at", at) if at else None
    calls = _calls(api_addr, ca_cert, api_key, tenant)
    print_lines(calls.pay(invoice, read_money(amount, "AMOUNT"), reference, method, came))


@app.command()
def credit(
    invoice: InvoiceId,
    *,
    api_addr: ApiAddr,
    api_key: VendorKey,
    reference: Annotated[str, typer.Option(help="Yours; once for a tenant.")],
    reason: Reason,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    line: Annotated[str, typer.Option(help="A line that is given back, as `lines` names it.")] = "",
    amount: Annotated[
        str, typer.Option(help='Before tax, "10.00 USD"; all of a line if not said.')
    ] = "",
) -> None:
    """Issue a credit note over a line or an amount, with the tax that belongs to it."""
    if not line and not amount:
        raise typer.BadParameter("say what is given back", param_hint="--line or --amount")
    given = read_money(amount, "--amount") if amount else None
    calls = _calls(api_addr, ca_cert, api_key, tenant)
    print_lines(calls.credit(invoice, line, given, reference=reference, reason=reason))


@app.command()
def void(
    invoice: InvoiceId,
    *,
    api_addr: ApiAddr,
    api_key: VendorKey,
    reason: Reason,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Declare an invoice that nobody paid invalid; its number stays taken."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).void(invoice, reason))


@app.command()
def uncollectible(
    invoice: InvoiceId,
    *,
    api_addr: ApiAddr,
    api_key: VendorKey,
    reason: Reason,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Give an open invoice up; a payment still pays it."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).uncollectible(invoice, reason))


def _calls(api_addr: str, ca_cert: CaCert, api_key: str, tenant: str) -> SettlingCalls:
    from deploy.cli.settling_calls import SettlingCalls

    return SettlingCalls(Cloud(api_addr, ca_cert, api_key), tenant)
