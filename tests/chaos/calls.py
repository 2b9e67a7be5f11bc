"""Calls at a cloud that may die of them: asked again until there is an answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
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
Stub = Callable[[MeshChannel], Any]


@dataclass(slots=True)
class Caller:
    """Keeps one channel, and makes another where a call died."""

    make: Callable[[], MeshChannel]
    _channel: MeshChannel | None = field(default=None)

    @classmethod
    def vendor(cls, world: World) -> "Caller":
        """With the vendor's key; a tenant's own calls would be metered."""
        return cls(world.vendor)

    async def insist(self, stub: Stub, name: str, request: Any) -> Any:
        """The answer of the RPC `name`. Raises grpc.aio.AioRpcError when it is refused."""
        while True:
            channel = self._channel = self._channel or self.make()
            try:
                return await getattr(stub(channel), name)(request, timeout=20, wait_for_ready=True)
            except grpc.aio.AioRpcError as error:
                if error.code() not in _AGAIN:
                    raise
            await asyncio.sleep(0.05)
            if self._channel is channel:
                self._channel = None
