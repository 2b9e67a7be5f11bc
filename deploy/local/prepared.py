"""A service that needs something done before its first start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import asyncpg
import grpc

from deploy.local.errors import StartError
from deploy.local.process import Child
from deploy.local.supervisor import Startable
from mesh.errors import MeshError


class Prepared:
    """Runs `prepare` once before the first start of a service; restarts skip it."""

    def __init__(self, service: Startable, prepare: Callable[[], Awaitable[None]]) -> None:
        """Nothing runs before `start`."""
        self._service = service
        self._prepare = prepare
        self._prepared = False

    @property
    def name(self) -> str:
        """The service's own name."""
        return self._service.name

    async def start(self) -> Child:
        """Prepares, starts, and waits until ready; raises StartError."""
        if not self._prepared:
            try:
                await self._prepare()
            except (MeshError, asyncpg.PostgresError, grpc.aio.AioRpcError) as error:
                said = error.details() if isinstance(error, grpc.aio.AioRpcError) else error
                raise StartError(self.name, f"cannot be set up: {said}", "see the logs") from error
            self._prepared = True
        return await self._service.start()

    async def stop(self, *, timeout_s: float) -> None:
        """Stops the service."""
        await self._service.stop(timeout_s=timeout_s)
