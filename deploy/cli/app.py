"""The command tree. Each command imports what it needs when it runs, so that help is instant."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

from deploy.cli import (
    alerts,
    audit,
    catalog,
    database,
    devices,
    invoices,
    keys,
    licensing,
    local,
    node,
    overrides,
    profiles,
    programs,
    quotas,
    stripe,
    subscriptions,
    usage,
    vendor_keys,
    webhooks,
)
from deploy.local.errors import StartError, from_os, is_full
from mesh.errors import MeshError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(programs.billing, name="billing")
programs.edge.add_typer(node.app)
app.add_typer(programs.edge, name="edge")
app.add_typer(programs.gateway, name="gateway")
app.add_typer(database.app, name="db")
app.add_typer(keys.app, name="keys")
app.add_typer(vendor_keys.app, name="vendor-keys")
app.add_typer(catalog.app, name="catalog")
app.add_typer(licensing.app, name="license")
app.add_typer(subscriptions.app, name="subscription")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(overrides.app, name="override")
app.add_typer(quotas.app, name="quota")
app.add_typer(invoices.app, name="invoice")
app.add_typer(profiles.app, name="profile")
app.add_typer(alerts.app, name="alerts")
app.add_typer(usage.app, name="usage")
app.add_typer(devices.app, name="device")
app.add_typer(stripe.app, name="stripe")
app.add_typer(audit.app, name="audit")
app.add_typer(local.app, name="local")


@app.callback()
def root() -> None:
    """License, entitle, meter and bill a fleet of edge-AI nodes."""


def main() -> None:
    """Runs the command line; a known error is one line and exit status 1.

    gRPC's own log is off unless asked for: what matters of it reaches our errors.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        app()
    except (MeshError, StartError) as error:
        _end(error)
    except OSError as error:
        if error.filename is None and not is_full(error):
            raise
        _end(from_os("files", error))


def _end(error: Exception) -> NoReturn:
    sys.stderr.write(f"brinkbyte: {error}\n")
    sys.exit(1)
