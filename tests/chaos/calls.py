"""Calls at a cloud that may die of them: asked again until there is an answer."""

import asyncio
from collections.abc import Callable
from typing import Any

import grpc

from mesh.channel import MeshChannel
from tests.chaos.world import World

_AGAIN = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.UNKNOWN,
}


async def insist(
    made: Callable[[], MeshChannel], stub: Callable[[MeshChannel], Any], name: str, request: Any
) -> Any:
    """The answer of the RPC `name`. Raises grpc.aio.AioRpcError when it is refused."""
    while True:
        async with made() as channel:
            try:
                return await getattr(stub(channel), name)(request, timeout=20, wait_for_ready=True)
            except grpc.aio.AioRpcError as error:
                if error.code() not in _AGAIN:
                    raise
        await asyncio.sleep(0.05)


async def as_vendor(
    world: World, stub: Callable[[MeshChannel], Any], name: str, request: Any
) -> Any:
    """As `insist`, with the vendor's key; a tenant's own calls would be metered."""
    return await insist(world.vendor, stub, name, request)
