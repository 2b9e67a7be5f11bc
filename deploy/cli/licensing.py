"""`brinkbyte license`: a tenant's licence, what decides about its cameras, and its life."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.cloud import ApiAddr, ApiKey, CaCert, Cloud, Tenant, print_lines, read_moment

if TYPE_CHECKING:
    from deploy.cli.licensing_calls import LicenseCalls

app = typer.Typer(no_args_is_help=True, help="The licence of a tenant.")

Reason = Annotated[str, typer.Option(help="Why, for people; kept with the licence.")]
Camera = Annotated[str, typer.Argument(help="The camera's id.")]
Moment = Annotated[str, typer.Argument(help="RFC 3339, for example 2027-01-01T00:00:00Z.")]


@app.command()
def show(api_addr: ApiAddr, api_key: ApiKey, ca_cert: CaCert = None, tenant: Tenant = "") -> None:
    """Show the licence and its epoch."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).show())


@app.command()
def explain(
    camera: Camera,
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    feature: Annotated[str, typer.Option(help="A feature of the catalogue.")] = "",
    at: Annotated[str, typer.Option(help="A moment, RFC 3339; now if left out.")] = "",
    device: Annotated[str, typer.Option(help="UUID of the device that would ask.")] = "",
    fingerprint: Annotated[str, typer.Option(help="The fingerprint that it would give.")] = "",
) -> None:
    """Say whether a camera may run, and every rule that made it so; exit status 3 if not."""
    calls = _calls(api_addr, ca_cert, api_key, tenant)
    moment = read_moment("--at", at) if at else None
    allowed, lines = calls.explain(camera, feature, moment, device, fingerprint)
    print_lines(lines)
    raise typer.Exit(0 if allowed else 3)


@app.command()
def suspend(
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    reason: Reason = "",
) -> None:
    """Pause the licence; its cameras are refused until it is resumed."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).suspend(reason))


@app.command()
def resume(api_addr: ApiAddr, api_key: ApiKey, ca_cert: CaCert = None, tenant: Tenant = "") -> None:
    """End a suspension."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).resume())


@app.command()
def revoke(
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    reason: Reason = "",
) -> None:
    """End the licence for good; only a new one follows it."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).revoke(reason))


@app.command()
def renew(
    valid_until: Moment,
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    allow_shortening: Annotated[
        bool, typer.Option("--allow-shortening", help="The end may be earlier than it is.")
    ] = False,
) -> None:
    """Give the licence a new end."""
    calls = _calls(api_addr, ca_cert, api_key, tenant)
    print_lines(calls.renew(read_moment("VALID_UNTIL", valid_until), shorten=allow_shortening))


@app.command()
def upgrade(
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    cameras: Annotated[int | None, typer.Option(min=0, help="Camera slots.")] = None,
    mode: Annotated[str, typer.Option(help="`base` ends a trial.")] = "",
    add_pack: Annotated[list[str] | None, typer.Option(help="Enable a pack; repeat.")] = None,
    remove_pack: Annotated[list[str] | None, typer.Option(help="Disable a pack; repeat.")] = None,
    valid_until: Annotated[str, typer.Option(help="A later end, RFC 3339.")] = "",
) -> None:
    """Change what is named and leave the rest."""
    if mode not in ("", "base", "trial"):
        raise typer.BadParameter("choose `base`", param_hint="--mode")
    calls = _calls(api_addr, ca_cert, api_key, tenant)
    until = read_moment("--valid-until", valid_until) if valid_until else None
    print_lines(calls.upgrade(cameras, mode, add_pack or [], remove_pack or [], until))


@app.command()
def move(
    camera: Camera,
    device: Annotated[str, typer.Argument(help="UUID of the device that runs it from now on.")],
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Bind a camera to another device of the tenant."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).move(camera, device))


@app.command()
def release(
    camera: Camera,
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Free the slot of a camera."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).release(camera))


@app.command("reset-fingerprint")
def reset_fingerprint(
    camera: Camera,
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
) -> None:
    """Forget by what a camera is known, because its hardware was replaced."""
    print_lines(_calls(api_addr, ca_cert, api_key, tenant).reset_fingerprint(camera))


@app.command("export-bundle")
def export_bundle(
    *,
    api_addr: ApiAddr,
    api_key: ApiKey,
    ca_cert: CaCert = None,
    tenant: Tenant = "",
    device: Annotated[str, typer.Option(help="UUID of the device.")],
    camera: Annotated[
        list[str] | None,
        typer.Option(help="A camera's id, several times; none means the device's own."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")],
) -> None:
    """Sign what one device needs to run without a network, into one file."""
    from mesh.errors import StartError

    calls = _calls(api_addr, ca_cert, api_key, tenant)
    bundle, lines = calls.export_bundle(device, camera or [])
    try:
        out.write_text(f"{bundle}\n")
    except OSError as error:
        raise StartError(f"cannot write {out}: {error.strerror}") from None
    print_lines(lines)


def _calls(api_addr: str, ca_cert: CaCert, api_key: str, tenant: str) -> LicenseCalls:
    from deploy.cli.licensing_calls import LicenseCalls

    return LicenseCalls(Cloud(api_addr, ca_cert, api_key), tenant)
