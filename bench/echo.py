"""The baseline of every RPC figure: a grpc.aio server that returns the bytes it got."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import grpc
import uvloop

METHOD = "/brinkbyte.bench.Echo/Echo"


async def _echo(request: bytes, _: object) -> bytes:
    return request


@asynccontextmanager
async def echo_call() -> AsyncIterator[Callable[[bytes], Awaitable[bytes]]]:
    """An echo in a process of its own, and how to call it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bench.echo"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        port = int(await process.stdout.readline())
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as link:
            stub: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = link.unary_unary(METHOD)
            yield stub
    finally:
        process.stdin.close()
        await process.wait()


async def serve() -> None:
    """Serves on a free port of 127.0.0.1, printed first, until standard input ends."""
    server = grpc.aio.server()
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(_echo)
    service, name = METHOD[1:].split("/")
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(service, {name: handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop(None)


if __name__ == "__main__":
    uvloop.run(serve())
