"""Calls to a running cloud from the command line: with the vendor's key, or with none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from mesh.channel import MeshChannel

T = TypeVar("T")

ApiAddress = Annotated[
    str,
    typer.Option(
        "--api-addr", envvar="BRINKBYTE_BILLING_API_ADDR", help="host:port of billing, server TLS."
    ),
]
CaFile = Annotated[
    Path | None,
    typer.Option("--ca-cert", envvar="BRINKBYTE_CA_CERT", help="The CA of its certificate."),
]
VendorKey = Annotated[
    str,
    typer.Option("--api-key", envvar="BRINKBYTE_VENDOR_API_KEY", help="The vendor's API key."),
]


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where the cloud is; `key` is empty for what needs none."""

    addr: str
    ca_cert: Path | None
    key: str = ""

    def ask(self, work: Callable[[MeshChannel], Awaitable[T]]) -> T:
        """Runs `work` with an open channel. Raises StartError, and MeshError as answered."""
        import asyncio

        return asyncio.run(self._ask(work))

    async def _ask(self, work: Callable[[MeshChannel], Awaitable[T]]) -> T:
        import grpc

        from mesh.channel import channel
        from mesh.errors import DeadlineExceeded, StartError, Unavailable
        from mesh.status import from_rpc_error

        if not self.addr or self.ca_cert is None:
            raise StartError(
                "which cloud? set BRINKBYTE_BILLING_API_ADDR and BRINKBYTE_CA_CERT "
                "(`brinkbyte keys` reads a folder too, with --dir)"
            )
        try:
            root_ca = self.ca_cert.read_bytes()
        except OSError as error:
            raise StartError(f"cannot read {self.ca_cert}: {error.strerror}") from None
        try:
            async with channel(self.addr, root_ca=root_ca, bearer=self.key or None) as api:
                return await work(api)
        except grpc.aio.AioRpcError as error:
            known = from_rpc_error(error)
            if isinstance(known, Unavailable | DeadlineExceeded):
                raise StartError(
                    f"the cloud does not answer at {self.addr}; check the address, and that "
                    f"{self.ca_cert} signs its certificate"
                ) from None
            raise known from None
