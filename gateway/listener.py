"""uvicorn under our own start, signals and end."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from mesh.address import split_address
from mesh.errors import ConfigError, StartError


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """PEM files of a server's certificate and key."""

    cert: Path
    key: Path


class Listener:
    """Serves an application on one address: `start`, then `stop`."""

    def __init__(
        self, app: ASGIApp, addr: str, drain_s: float, tls: ServerFiles | None = None
    ) -> None:
        """Binds host:port (port 0 picks one).

        Raises:
            StartError: the address is in use or is not of this machine.
            ConfigError: the certificate or its key cannot be used.
        """
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_graceful_shutdown=math.ceil(drain_s),
            ssl_certfile=str(tls.cert) if tls else None,
            ssl_keyfile=str(tls.key) if tls else None,
        )
        try:
            config.load()
        except OSError as error:
            raise ConfigError(
                f"the certificate {tls.cert if tls else ''} or its key cannot be used: "
                f"{error.strerror or 'not PEM'}; check both files"
            ) from None
        self._server = _Server(config)
        self._socket = _bind(addr)
        self.port: int = self._socket.getsockname()[1]
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns once requests are taken."""
        self._task = asyncio.create_task(self._server.serve([self._socket]))
        waiter = asyncio.create_task(self._server.serving.wait())
        done, _ = await asyncio.wait({self._task, waiter}, return_when=asyncio.FIRST_COMPLETED)
        if self._task in done:
            waiter.cancel()
            await self._task

    async def stop(self) -> None:
        """Takes no new requests; running ones have the drain time to end."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()


class _Server(uvicorn.Server):
    """Leaves signals to the program, and says when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serving.set()


def _bind(addr: str) -> socket.socket:
    host, port = split_address(addr)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise StartError(
            f"cannot listen on {addr} ({error.strerror}); free it or choose another"
        ) from None
    return listening
