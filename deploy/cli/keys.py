"""`brinkbyte keys`: the RSA keys that sign licence tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The keys that sign licence tokens.")

Folder = Annotated[
    Path,
    typer.Option("--dir", envvar="BRINKBYTE_LICENSE_KEYS_DIR", help="Where the keys lie."),
]


@app.command()
def create(folder: Folder) -> None:
    """Make a key that signs from now on; the older ones go on verifying."""
    from deploy.local.identity import add_signing_key

    typer.echo(add_signing_key(folder))


@app.command("list")
def list_keys(folder: Folder) -> None:
    """List the keys; the one that signs is marked."""
    current = (folder / "current").read_text().strip() if (folder / "current").exists() else ""
    for path in sorted(folder.glob("*.pem")):
        typer.echo(f"{path.stem}{'  signs' if path.stem == current else ''}")
