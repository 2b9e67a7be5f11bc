"""POST /api/webhooks/stripe: the body goes on to the byte, for its signature is over those."""

from __future__ import annotations

from typing import Any

import grpc
from brinkbyte.payment.v1 import webhook_service_pb2 as pb
from brinkbyte.payment.v1 import webhook_service_pb2_grpc as rpc
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.body import read_bytes
from gateway.visit import visit_of
from mesh.errors import InvalidArgument
from mesh.status import from_rpc_error

WEBHOOK_PATH = "/api/webhooks/stripe"
MAX_BYTES = 1_048_576
WEBHOOK_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"received": {"type": "boolean"}},
    "required": ["received"],
}


class WebhookEndpoint:
    """Needs no key: billing believes the signature alone."""

    def __init__(self, channel: grpc.aio.Channel, deadline_s: float) -> None:
        """`deadline_s` is for storing the event."""
        self._stub = rpc.WebhookServiceStub(channel)
        self._deadline_s = deadline_s

    async def __call__(self, request: Request) -> Response:
        """Says 200 once the event is kept, also when it came before.

        Raises:
            MeshError: the signature does not hold, the body is too large, or billing is away.
        """
        given = request.headers.getlist("stripe-signature")
        payload = await read_bytes(request, MAX_BYTES)
        if len(given) != 1 or not payload:
            raise InvalidArgument.field("signature", "send a body and its Stripe-Signature, once")
        metadata = (("x-request-id", visit_of(request.scope).request_id),)
        message = pb.ReceiveStripeEventRequest(payload=payload, signature=given[0])
        try:
            await self._stub.ReceiveStripeEvent(
                message, timeout=self._deadline_s, metadata=metadata
            )
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from None
        return JSONResponse({"received": True})
