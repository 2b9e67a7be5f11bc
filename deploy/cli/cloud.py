"""What commands that ask a running cloud share: where it is, and with which key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mesh.channel import MeshChannel

ApiAddr = Annotated[
    str, typer.Option(envvar="BRINKBYTE_BILLING_API_ADDR", help="The cloud's API, host:port.")
]
CaCert = Annotated[
    Path | None,
    typer.Option(envvar="BRINKBYTE_CA_CERT", help="The authority of the cloud's certificate."),
]
ApiKey = Annotated[
    str,
    typer.Option(
        envvar=["BRINKBYTE_VENDOR_API_KEY", "BRINKBYTE_TENANT_API_KEY"],
        help="The vendor's key, or a tenant's.",
    ),
]


@dataclass(frozen=True, slots=True)
class Cloud:
    """A running cloud and the key to ask it with."""

    api_addr: str
    ca_cert: Path | None
    api_key: str

    def channel(self) -> MeshChannel:
        """A channel that carries the key. Raises StartError when the authority cannot be read."""
        from mesh.channel import channel

        root_ca = read_file(self.ca_cert).encode() if self.ca_cert else None
        return channel(self.api_addr, root_ca=root_ca, bearer=self.api_key)


def read_file(path: Path) -> str:
    """The text of a file. Raises StartError naming it."""
    from mesh.errors import StartError

    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a text"
        raise StartError(f"cannot read {path}: {why}") from None
