"""grpc.health.v1 for a server that drains.

grpcio's own servicer loses watchers when two of them watch one service and one leaves, and
keeps a drain waiting for watchers that never end; this one ends watches with the drain.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc
from grpc_health.v1 import health_pb2

from mesh.errors import NotFound

_Context = grpc.aio.ServicerContext[Any, Any]
_SERVING, _NOT_SERVING, _UNKNOWN = 1, 2, 3  # HealthCheckResponse.ServingStatus


class Health:
    """Answers for each service and, under the empty name, for the whole server."""

    def __init__(self, services: Iterable[str]) -> None:
        """All of `services` start as not serving."""
        self._serving = dict.fromkeys(["", *services], False)
        self._draining = False
        self._changed = asyncio.Event()

    def set(self, service: str, *, serving: bool) -> None:
        """Changes one service; nothing serves again once the drain began."""
        self._serving[service] = serving and not self._draining
        self._announce()

    def set_all(self, *, serving: bool) -> None:
        """Changes every service and the whole server."""
        for service in self._serving:
            self._serving[service] = serving and not self._draining
        self._announce()

    def drain(self) -> None:
        """Everything is NOT_SERVING for good; watches say so and end."""
        self._draining = True
        self.set_all(serving=False)

    async def Check(
        self, request: health_pb2.HealthCheckRequest, _: _Context
    ) -> health_pb2.HealthCheckResponse:
        """The state of one service. Raises NotFound for an unknown one."""
        if request.service not in self._serving:
            raise NotFound("service", request.service)
        return health_pb2.HealthCheckResponse(status=self._status(request.service))

    async def Watch(
        self, request: health_pb2.HealthCheckRequest, _: _Context
    ) -> AsyncIterator[health_pb2.HealthCheckResponse]:
        """Every change of one service's state, the present one first."""
        sent: int | None = None
        while True:
            changed = self._changed
            status = self._status(request.service)
            if status != sent:
                yield health_pb2.HealthCheckResponse(status=status)
                sent = status
            if self._draining:
                return
            await changed.wait()

    def _status(self, service: str) -> int:
        serving = self._serving.get(service)
        if serving is None:
            return _UNKNOWN
        return _SERVING if serving else _NOT_SERVING

    def _announce(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
