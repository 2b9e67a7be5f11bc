"""`brinkbyte device`: the identity of a node."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from edge.uplink.enrollment import Application
    from edge.uplink.identity import Identity

app = typer.Typer(no_args_is_help=True, help="The identity of a node.")


@app.callback()
def group() -> None:
    """Keeps `enroll` a command of its own."""


@app.command()
def enroll(
    token: Annotated[str, typer.Option(envvar="BRINKBYTE_EDGE_ENROLLMENT_TOKEN")],
    api_addr: Annotated[str, typer.Option(envvar="BRINKBYTE_BILLING_API_ADDR")],
    ca_cert: Annotated[Path, typer.Option(envvar="BRINKBYTE_CA_CERT")],
    hardware_id: Annotated[str, typer.Option(help="UUID of the hardware.")],
    out: Annotated[Path, typer.Option(help="Folder for key.pem, cert.pem and ca.pem.")],
) -> None:
    """Make a key on this machine and exchange a token for its certificate.

    A key that the folder holds already is kept. Prints the device id.
    """
    from edge.uplink.enrollment import Application

    application = Application(token, hardware_id, "")
    identity = asyncio.run(_enroll(application, api_addr, ca_cert, out))
    typer.echo(identity.device_id)


async def _enroll(application: Application, api_addr: str, ca_cert: Path, out: Path) -> Identity:
    from edge.uplink.enrollment import request_identity
    from edge.uplink.identity import FileNames, StateDirectory
    from mesh.channel import channel
    from mesh.errors import DeadlineExceeded, StartError, Unavailable

    try:
        root_ca = ca_cert.read_bytes()
    except OSError as error:
        raise StartError(f"cannot read {ca_cert}: {error.strerror}") from None
    state = StateDirectory(out, FileNames("key.pem", "cert.pem", "ca.pem"))
    try:
        async with channel(api_addr, root_ca=root_ca) as api:
            return await request_identity(api, application, state)
    except (Unavailable, DeadlineExceeded) as error:
        raise StartError(
            f"the cloud does not answer at {api_addr}; check the address, and that {ca_cert} "
            "signs its certificate"
        ) from error
