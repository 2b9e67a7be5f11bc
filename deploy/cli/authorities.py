"""`brinkbyte keys ca-…`: the authorities that sign devices and the gateway."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()

Folder = Annotated[
    Path,
    typer.Option("--dir", envvar="BRINKBYTE_DEVICE_CA_DIR", help="Where the authorities lie."),
]
Name = Annotated[str, typer.Argument(help="As `ca-list` shows it.")]


@app.command("ca-new")
def ca_new(folder: Folder) -> None:
    """Make an authority that servers believe from now on; the first one signs, too."""
    from deploy.local.authorities import new_authority
    from mesh.clock import SystemClock

    typer.echo(new_authority(folder, SystemClock()))


@app.command("ca-use")
def ca_use(name: Name, folder: Folder) -> None:
    """Let an authority sign from now on; certificates of the former go on working."""
    from deploy.local.authorities import use_authority

    use_authority(folder, name)


@app.command("ca-list")
def ca_list(folder: Folder) -> None:
    """List the authorities, oldest first; the one that signs is marked."""
    from deploy.local.authorities import list_authorities

    for each in list_authorities(folder):
        ends = each.not_after.date().isoformat()
        typer.echo(f"{each.name}  until {ends}{'  signs' if each.signs else ''}")


@app.command("ca-retire")
def ca_retire(
    name: Name,
    folder: Folder,
    life_seconds: Annotated[
        int, typer.Option(envvar="BRINKBYTE_DEVICE_CERTIFICATE_SECONDS", help="Of a certificate.")
    ] = 86_400,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Do not wait for its certificates to end.")
    ] = False,
) -> None:
    """Remove an authority that signs no more, with its key."""
    from deploy.local.authorities import retire_authority
    from mesh.clock import SystemClock

    overlap = timedelta(0) if at_once else timedelta(seconds=life_seconds)
    retire_authority(folder, name, SystemClock(), overlap)


@app.command("service-cert")
def service_cert(
    service: Annotated[str, typer.Argument(help="The program, for example `gateway`.")],
    folder: Folder,
    out: Annotated[Path, typer.Option(help="Folder for <service>.crt and <service>.key.")],
    trust_domain: Annotated[str, typer.Option(envvar="BRINKBYTE_TRUST_DOMAIN")] = "brinkbyte.local",
    days: Annotated[int, typer.Option(min=1, max=397)] = 90,
) -> None:
    """Issue the client certificate of a program of the mesh, with a new key."""
    from deploy.local.authorities import signing_pair
    from deploy.local.rundir import write_private
    from mesh.clock import SystemClock
    from mesh.spiffe import spiffe_service
    from mesh.tls import issue_client

    pair = issue_client(
        signing_pair(folder),
        spiffe_service(trust_domain, service),
        clock=SystemClock(),
        ttl=timedelta(days=days),
    )
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(out / f"{service}.key", pair.key_pem.decode())
    write_private(out / f"{service}.crt", pair.cert_pem.decode())
