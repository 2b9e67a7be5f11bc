"""`brinkbyte audit`: the record of who granted, changed and was refused what."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.cloud import ApiAddr, ApiKey, CaCert, Cloud

if TYPE_CHECKING:
    from deploy.cli.audit_checks import Finding

app = typer.Typer(no_args_is_help=True, help="The record of who did what.")

BROKEN = 3
"""Exit status of a chain that does not hold."""

Tenant = Annotated[
    str, typer.Option(help="`cust_…`, UUID or alias; the vendor's own chain if left out.")
]


@app.command("list")
def list_events(
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    action: Annotated[str, typer.Option(help="Only this action.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 50,
) -> None:
    """Show the newest rows of a chain."""
    from deploy.cli.audit_checks import newest

    cloud = Cloud(api_addr, ca_cert, api_key)
    for line in newest(cloud, tenant, action, limit):
        typer.echo(line)


@app.command()
def head(api_addr: ApiAddr, api_key: ApiKey, ca_cert: CaCert = None, tenant: Tenant = "") -> None:
    """Print the signed head of a chain, to be kept elsewhere."""
    from deploy.cli.audit_checks import signed_head

    typer.echo(signed_head(Cloud(api_addr, ca_cert, api_key), tenant))


@app.command()
def verify(
    *,
    tenant: Annotated[
        str,
        typer.Option(help="`cust_…`, UUID or `vendor`. With a database all chains if left out."),
    ] = "",
    kept: Annotated[
        list[Path] | None, typer.Option("--head", help="A file with a head that was kept.")
    ] = None,
    database_url: Annotated[
        str,
        typer.Option(
            envvar="BRINKBYTE_AUDIT_DATABASE_URL",
            help="Read this database, as its vendor role, and ask no server.",
        ),
    ] = "",
    jwks: Annotated[
        Path | None, typer.Option(help="With a database: the keys that signed the heads.")
    ] = None,
    api_addr: ApiAddr = "",
    api_key: ApiKey = "",
    ca_cert: CaCert = None,
) -> None:
    """Check a chain and name the first bad row; the exit status is 3 when there is one."""
    from deploy.cli import audit_checks

    heads = kept or []
    if database_url:
        found = asyncio.run(audit_checks.check_database(database_url, tenant, heads, jwks))
    elif api_addr and api_key:
        cloud = Cloud(api_addr, ca_cert, api_key)
        found = audit_checks.check_server(cloud, tenant, heads)
    else:
        raise typer.BadParameter("give --database-url, or --api-addr and --api-key")
    _report(found)


def _report(findings: list[Finding]) -> None:
    for each in findings:
        typer.echo(f"{each.chain}: {each.text}", err=not each.valid)
    if not all(each.valid for each in findings):
        raise typer.Exit(BROKEN)
