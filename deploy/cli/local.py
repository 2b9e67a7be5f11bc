"""`brinkbyte local`: the whole mesh on this machine."""

from __future__ import annotations

import asyncio
import os

import typer

app = typer.Typer(no_args_is_help=True, help="The whole mesh on this machine.")


@app.command()
def run() -> None:
    """Run it in the foreground until Ctrl-C."""
    from deploy.local.foreground import run_foreground

    raise typer.Exit(asyncio.run(run_foreground(os.environ)))


@app.command()
def up() -> None:
    """Run it in the background; returns when it is healthy."""
    from deploy.local.background import up as start

    raise typer.Exit(start(os.environ))


@app.command()
def down() -> None:
    """Stop what `up` or `run` started."""
    from deploy.local.background import down as stop

    raise typer.Exit(stop(os.environ))


@app.command()
def status() -> None:
    """Show what runs, and where."""
    from deploy.local.background import status as show

    raise typer.Exit(show(os.environ))


@app.command()
def demo() -> None:
    """Run the main job once, with faults, and compare every sum."""
    from deploy.demo.main import run_demo

    raise typer.Exit(asyncio.run(run_demo(os.environ)))
