"""`brinkbyte usage`: what came in, what of it does not count, and whether sums agree."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import reconcile
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
    from deploy.cli.usage_calls import UsageCalls

app = typer.Typer(no_args_is_help=True, help="Usage on its way from nodes to invoices.")
app.add_typer(reconcile.app)


@app.command()
def report(
    metric: Annotated[str, typer.Argument(help="For example sms.")],
    quantity: Annotated[str, typer.Argument(help="A plain decimal, in the metric's unit.")],
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    event_id: Annotated[str, typer.Option("--id", help="Of the event; counted once for ever.")],
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    resource: Annotated[str, typer.Option(help="What was used.")] = "command line",
    at: Annotated[str, typer.Option(help="When, RFC 3339; now if not said.")] = "",
) -> None:
    """Report one use, and say what became of it; exit status 1 when it does not count.

    It may be repeated with the same `--id` and `--at`; another time makes it a conflict.
    """
    when = read_moment("--at", at) if at else datetime.now(UTC).replace(microsecond=0)
    event = (event_id, metric, quantity, resource)
    line, counts = _calls(api_addr, ca_cert, api_key, tenant).report(event, when)
    print_lines([line])
    raise typer.Exit(0 if counts else 1)


@app.command("list")
def sums(
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    metric: Annotated[str, typer.Option(help="One alone.")] = "",
    window: Annotated[str, typer.Option(help="minute, hour, day, month or period.")] = "period",
    since: Annotated[str, typer.Option(help="From when on, RFC 3339.")] = "",
    until: Annotated[str, typer.Option(help="Until, but without, RFC 3339.")] = "",
) -> None:
    """List what was used, by window; without dates that of the running period."""
    start = read_moment("--since", since) if since else None
    end = read_moment("--until", until) if until else None
    calls = _calls(api_addr, ca_cert, api_key, tenant)
    print_lines(calls.sums(metric, window, (start, end)))


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
