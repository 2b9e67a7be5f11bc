"""`brinkbyte webhooks`: what Stripe told, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.cloud import ApiAddr, CaCert, Cloud, VendorKey, print_lines

if TYPE_CHECKING:
    from deploy.cli.webhooks_calls import WebhookCalls

app = typer.Typer(no_args_is_help=True, help="Events that Stripe sent.")

EventId = Annotated[str, typer.Argument(help="Stripe's id of the event, evt_…")]
State = Annotated[str, typer.Option(help="Only those that are waiting, done, ignored or dead.")]


@app.command("list")
def show_all(
    api_addr: ApiAddr, api_key: VendorKey, ca_cert: CaCert = None, state: State = ""
) -> None:
    """List events, newest first."""
    print_lines(_calls(api_addr, ca_cert, api_key).listed(state))


@app.command()
def show(
    event_id: EventId, *, api_addr: ApiAddr, api_key: VendorKey, ca_cert: CaCert = None
) -> None:
    """Show an event and what Stripe sent."""
    print_lines(_calls(api_addr, ca_cert, api_key).shown(event_id))


@app.command()
def replay(
    event_id: EventId, *, api_addr: ApiAddr, api_key: VendorKey, ca_cert: CaCert = None
) -> None:
    """Have an event worked on again."""
    print_lines(_calls(api_addr, ca_cert, api_key).replayed(event_id))


def _calls(api_addr: str, ca_cert: CaCert, api_key: str) -> WebhookCalls:
    from deploy.cli.webhooks_calls import WebhookCalls

    return WebhookCalls(Cloud(api_addr, ca_cert, api_key))
