"""`brinkbyte usage reconcile`: whether usage has the same sums on its whole way to money."""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.cli.cloud import ApiAddr, CaCert, Cloud, VendorKey, print_lines, read_moment

app = typer.Typer()


@app.command()
def reconcile(
    api_addr: ApiAddr,
    api_key: VendorKey,
    ca_cert: CaCert = None,
    *,
    tenant: Annotated[str, typer.Option(help="This tenant alone; all without it.")] = "",
    since: Annotated[str, typer.Option(help="First hour compared; by default 35 days ago.")] = "",
    until: Annotated[str, typer.Option(help="End of the hours compared; by default now.")] = "",
    heal: Annotated[bool, typer.Option("--heal", help="Mend what can be mended safely.")] = False,
    sums: Annotated[bool, typer.Option("--sums", help="Show every step's sums, too.")] = False,
) -> None:
    """Compare every step of usage with the next; exit status 1 when differences remain."""
    from deploy.cli.reconcile_calls import reconciled

    start = read_moment("--since", since) if since else None
    end = read_moment("--until", until) if until else None
    lines, remaining = reconciled(
        Cloud(api_addr, ca_cert, api_key), tenant, (start, end), heal=heal, sums=sums
    )
    print_lines(lines)
    if remaining:
        raise typer.Exit(1)
