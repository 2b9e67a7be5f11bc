"""`brinkbyte billing|edge|gateway serve`: each program alone, configured by its environment."""

from __future__ import annotations

import typer

billing = typer.Typer(no_args_is_help=True, help="The cloud server.")
edge = typer.Typer(no_args_is_help=True, help="The node.")
gateway = typer.Typer(no_args_is_help=True, help="REST for the cloud.")


@billing.callback()
@edge.callback()
@gateway.callback()
def group() -> None:
    """Keeps `serve` a command of its own."""


@billing.command("serve")
def serve_billing() -> None:
    """Serve the cloud's API until SIGTERM."""
    from billing.config import BillingConfig
    from billing.main import serve
    from mesh.program import run
    from mesh.settings import load

    run(lambda stop: serve(load(BillingConfig), stop))


@edge.command("serve")
def serve_edge() -> None:
    """Run the node until SIGTERM."""
    from edge.config import EdgeConfig
    from edge.main import serve
    from mesh.program import run
    from mesh.settings import load

    run(lambda stop: serve(load(EdgeConfig), stop))


@gateway.command("serve")
def serve_gateway() -> None:
    """Serve REST until SIGTERM."""
    from gateway.config import GatewayConfig
    from gateway.main import serve
    from mesh.program import run
    from mesh.settings import load

    run(lambda stop: serve(load(GatewayConfig), stop))
