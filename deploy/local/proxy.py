"""A TCP proxy on the loopback interface whose link can be cut, healed and black-holed."""

import asyncio
import contextlib
from dataclasses import dataclass

CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """Where the proxy forwards to."""

    host: str
    port: int


class TcpProxy:
    """Forwards 127.0.0.1:`listen_port` (0: any, then read `port`) to a target, byte by byte.

    A link is whole after `start` and `heal`. `cut` acts like a pulled cable that is noticed
    (connections reset, new ones refused), `blackhole` like one that is not (connections
    open, nothing arrives; what was sent meanwhile arrives after `heal`).
    """

    def __init__(self, listen_port: int, target: Target) -> None:
        """Nothing listens before `start`."""
        self.port = listen_port
        self._target = target
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()

    async def start(self) -> None:
        """Listen; OSError when the port is taken."""
        self._flows.set()
        await self._listen()

    async def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for link in list(self._links):
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)
        if server is not None:
            await server.wait_closed()

    async def blackhole(self) -> None:
        """Keep and accept connections, deliver nothing in either direction."""
        self._flows.clear()
        await self._listen()

    async def heal(self) -> None:
        """Make the link whole again."""
        self._flows.set()
        await self._listen()

    async def stop(self) -> None:
        """Cut, for good."""
        await self.cut()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.current_task()
        assert link is not None
        if self._server is None:  # cut between the kernel's accept and ours
            writer.transport.abort()
            return
        self._links.add(link)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._join(reader, writer)
        finally:
            writer.transport.abort()
            self._links.discard(link)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flows.wait()
        far_reader, far_writer = await asyncio.open_connection(self._target.host, self._target.port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, far_writer))
                both.create_task(self._pump(far_reader, writer))
        except* OSError:
            pass
        finally:
            far_writer.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(CHUNK):
            await self._flows.wait()
            sink.write(data)
            await sink.drain()
        await self._flows.wait()
        if sink.can_write_eof():
            sink.write_eof()
            await sink.drain()
