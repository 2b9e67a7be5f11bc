"""`brinkbyte catalog`: what is sold, compared with a file, and changed to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.cloud import ApiAddr, CaCert, Cloud, VendorKey, print_lines, read_file

if TYPE_CHECKING:
    from deploy.cli.catalog_calls import CatalogCalls, Plan

app = typer.Typer(no_args_is_help=True, help="The catalogue: plans, packs, features, prices.")

File = Annotated[Path, typer.Argument(help="The catalogue file, YAML.")]


@app.command()
def validate(file: File) -> None:
    """Check a file without a cloud: every problem with its line; exit status 1 if there is any."""
    from rights.catalog.load import load_catalog

    catalog = load_catalog(_document(file))
    typer.echo(
        f"{file}: {len(catalog.packs)} packs, {len(catalog.features)} features, "
        f"{len(catalog.metrics)} metrics, version {catalog.version[:12]}"
    )


@app.command()
def diff(
    file: File, api_addr: ApiAddr = "", ca_cert: CaCert = None, api_key: VendorKey = ""
) -> None:
    """Show what applying a file would change, and whom that touches; changes nothing."""
    document = _document(file)
    _show(_calls(api_addr, ca_cert, api_key).diff(document))


@app.command()
def apply(
    file: File,
    api_addr: ApiAddr = "",
    ca_cert: CaCert = None,
    api_key: VendorKey = "",
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Make a file the live catalogue, after showing what that changes."""
    document, calls = _document(file), _calls(api_addr, ca_cert, api_key)
    plan = calls.diff(document)
    _show(plan)
    if not plan.changes:
        return
    if plan.held:
        raise typer.Exit(1)
    if not yes:
        typer.confirm("Apply?", abort=True)
    typer.echo(calls.apply(document, plan.live_number))


@app.command()
def versions(api_addr: ApiAddr = "", ca_cert: CaCert = None, api_key: VendorKey = "") -> None:
    """List what was applied, oldest first: number, version, when, by whom."""
    for line in _calls(api_addr, ca_cert, api_key).versions():
        typer.echo(line)


@app.command()
def show(
    version: Annotated[int, typer.Argument(min=0, help="Its number; 0 is the live one.")] = 0,
    api_addr: ApiAddr = "",
    ca_cert: CaCert = None,
    api_key: VendorKey = "",
) -> None:
    """Print the document of a version, byte for byte."""
    typer.echo(_calls(api_addr, ca_cert, api_key).document(version), nl=False)


@app.command()
def stripe(api_addr: ApiAddr = "", ca_cert: CaCert = None, api_key: VendorKey = "") -> None:
    """List what the live catalogue wants at Stripe, Stripe's ids, and what is still to be done."""
    print_lines(_calls(api_addr, ca_cert, api_key).stripe())


def _document(file: Path) -> str:
    """The text of a file that may be applied; prints its problems and ends with 1 otherwise."""
    from billing.catalog.needed import problems

    text = read_file(file)
    found = problems(text)
    for each in found:
        typer.echo(f"{file}:{each.line}: {each.path or 'document'}: {each.text}")
    if found:
        raise typer.Exit(1)
    return text


def _show(plan: Plan) -> None:
    for line in (*plan.changes, *plan.stripe, *plan.held, plan.summary):
        typer.echo(line)


def _calls(api_addr: str, ca_cert: CaCert, api_key: str) -> CatalogCalls:
    from deploy.cli.catalog_calls import CatalogCalls

    return CatalogCalls(Cloud(api_addr, ca_cert, api_key))
