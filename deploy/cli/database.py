"""`brinkbyte db`: the schema."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The schema of the cloud and of a node.")

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = {"cloud": "billing", "edge": "edge"}


@app.callback()
def group() -> None:
    """Keeps `migrate` a command of its own."""


@app.command()
def migrate(
    url: Annotated[str, typer.Option(envvar="BRINKBYTE_DATABASE_OWNER_URL")],
    schema: Annotated[str, typer.Option(help="`cloud` or `edge`.")] = "cloud",
) -> None:
    """Apply the migrations that are missing, as the owner of the database."""
    from mesh import migrate as migrations

    if schema not in SCHEMAS:
        raise typer.BadParameter("choose `cloud` or `edge`", param_hint="--schema")
    folder = ROOT / SCHEMAS[schema] / "migrations"
    applied = asyncio.run(migrations.migrate(url, folder))
    for one in applied:
        typer.echo(f"applied {one.version:04d} {one.name}")
    typer.echo(f"the {schema} schema is up to date")
