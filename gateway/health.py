"""GET /health: whether this gateway and what stands behind it answer."""

from __future__ import annotations

from typing import Any

import grpc
from grpc_health.v1 import health_pb2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

HEALTH_PATH = "/health"
HEALTH_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["status", "dependencies"],
    "properties": {
        "status": {"enum": ["ok", "degraded"]},
        "dependencies": {
            "type": "object",
            "additionalProperties": {"enum": ["ok", "unavailable"]},
        },
    },
}
_CHECK = "/grpc.health.v1.Health/Check"


class HealthEndpoint:
    """Public. 200 with status ok, or 503 with status degraded."""

    def __init__(self, channel: grpc.aio.Channel, backend: str, deadline_s: float) -> None:
        """`backend` names the server behind `channel`; it has `deadline_s` seconds to answer."""
        self._backend = backend
        self._deadline_s = deadline_s
        self._check = channel.unary_unary(
            _CHECK,
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )

    async def __call__(self, _: Request) -> Response:
        """Asks the backend now."""
        serving = await self._serving()
        body = {
            "status": "ok" if serving else "degraded",
            "dependencies": {self._backend: "ok" if serving else "unavailable"},
        }
        return JSONResponse(body, 200 if serving else 503)

    async def _serving(self) -> bool:
        try:
            answer: Any = await self._check(
                health_pb2.HealthCheckRequest(), timeout=self._deadline_s
            )
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
