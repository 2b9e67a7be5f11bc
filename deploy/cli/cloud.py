"""What commands that ask a running cloud share: where it is, with which key, and how they ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from mesh.channel import MeshChannel

T = TypeVar("T")

ApiAddr = Annotated[
    str,
    typer.Option(
        "--api-addr", envvar="BRINKBYTE_BILLING_API_ADDR", help="host:port of billing, server TLS."
    ),
]
CaCert = Annotated[
    Path | None,
    typer.Option("--ca-cert", envvar="BRINKBYTE_CA_CERT", help="The CA of its certificate."),
]
ApiKey = Annotated[
    str,
    typer.Option(
        "--api-key",
        envvar=["BRINKBYTE_VENDOR_API_KEY", "BRINKBYTE_TENANT_API_KEY"],
        help="The vendor's key, or a tenant's.",
    ),
]
Tenant = Annotated[
    str,
    typer.Option(
        envvar="BRINKBYTE_TENANT_ID", help="`cust_…`, UUID or alias; a tenant's key names its own."
    ),
]
VendorKey = Annotated[
    str,
    typer.Option("--api-key", envvar="BRINKBYTE_VENDOR_API_KEY", help="The vendor's API key."),
]


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where the cloud is; `api_key` is empty for what needs none."""

    api_addr: str
    ca_cert: Path | None
    api_key: str = ""

    def ask(self, work: Callable[[MeshChannel], Awaitable[T]]) -> T:
        """Runs `work` with an open channel. Raises StartError, and MeshError as answered."""
        import asyncio

        return asyncio.run(self._ask(work))

    async def _ask(self, work: Callable[[MeshChannel], Awaitable[T]]) -> T:
        import grpc

        from mesh.channel import channel
        from mesh.errors import DeadlineExceeded, StartError, Unavailable
        from mesh.status import from_rpc_error

        if not self.api_addr or self.ca_cert is None:
            raise StartError(
                "which cloud? set BRINKBYTE_BILLING_API_ADDR and BRINKBYTE_CA_CERT "
                "(`brinkbyte keys` reads a folder too, with --dir)"
            )
        root_ca = read_file(self.ca_cert).encode()
        try:
            async with channel(self.api_addr, root_ca=root_ca, bearer=self.api_key or None) as api:
                return await work(api)
        except grpc.aio.AioRpcError as error:
            known = from_rpc_error(error)
            if isinstance(known, Unavailable | DeadlineExceeded):
                raise StartError(
                    f"the cloud does not answer at {self.api_addr}; check the address, and that "
                    f"{self.ca_cert} signs its certificate"
                ) from None
            raise known from None


def read_moment(name: str, text: str) -> datetime:
    """An aware moment. Raises BadParameter for the option `name`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise typer.BadParameter(
            "give a moment with its offset from UTC, such as 2026-10-01T00:00:00Z", param_hint=name
        )
    return found


def print_lines(lines: Iterable[str]) -> None:
    """An answer, for a person."""
    for line in lines:
        typer.echo(line)


def read_file(path: Path) -> str:
    """The text of a file. Raises StartError naming it."""
    from mesh.errors import StartError

    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a text"
        raise StartError(f"cannot read {path}: {why}") from None
