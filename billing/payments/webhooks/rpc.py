"""WebhookService on the wire."""

from typing import Any

from brinkbyte.payment.v1 import webhook_service_pb2 as pb
from brinkbyte.payment.v1 import webhook_service_pb2_grpc as rpc

from billing.paging import PageRequest
from billing.payments.webhooks.row import WebhookRow, WebhookState
from billing.payments.webhooks.service import WebhooksService
from billing.unit import Units
from billing.wire import stamp
from mesh.faults import Faults


class WebhookServicer(rpc.WebhookServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, webhooks: WebhooksService, faults: Faults) -> None:
        """Transactions, rules, and where a test stops the server."""
        self._units = units
        self._webhooks = webhooks
        self._faults = faults

    async def ReceiveStripeEvent(
        self, request: pb.ReceiveStripeEventRequest, _: Any
    ) -> pb.ReceiveStripeEventResponse:
        """See the contract."""
        async with self._units.server() as unit:
            known = await self._webhooks.receive(unit, request.payload, request.signature)
        self._faults.hit("webhooks.after_store_before_answer")
        return pb.ReceiveStripeEventResponse(duplicate=known)

    async def ListWebhookEvents(
        self, request: pb.ListWebhookEventsRequest, _: Any
    ) -> pb.ListWebhookEventsResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token)
        state = WebhookState(_NAMES[request.state]) if request.state else None
        async with self._units.vendor() as unit:
            page = await self._webhooks.page(unit, wanted, state)
        return pb.ListWebhookEventsResponse(
            events=[_pack(row) for row in page.rows], next_page_token=page.next_token
        )

    async def GetWebhookEvent(
        self, request: pb.GetWebhookEventRequest, _: Any
    ) -> pb.GetWebhookEventResponse:
        """See the contract."""
        async with self._units.vendor() as unit:
            row, payload = await self._webhooks.get(unit, request.event_id)
        return pb.GetWebhookEventResponse(event=_pack(row), payload=payload)

    async def ReplayWebhookEvent(
        self, request: pb.ReplayWebhookEventRequest, _: Any
    ) -> pb.ReplayWebhookEventResponse:
        """See the contract."""
        async with self._units.vendor() as unit:
            row = await self._webhooks.replay(unit, request.event_id)
        return pb.ReplayWebhookEventResponse(event=_pack(row))


_NAMES = {
    number: name.removeprefix("WEBHOOK_STATE_").lower() for name, number in pb.WebhookState.items()
}


def _pack(row: WebhookRow) -> pb.WebhookEvent:
    waiting = row.state is WebhookState.WAITING
    state: pb.WebhookState = getattr(pb, f"WEBHOOK_STATE_{row.state.name}")
    return pb.WebhookEvent(
        event_id=row.event_id,
        event_type=row.event_type,
        customer=row.customer,
        created_at=stamp(row.created_at),
        received_at=stamp(row.received_at),
        state=state,
        attempts=row.attempts,
        next_try_at=stamp(row.next_try_at) if waiting else None,
        processed_at=stamp(row.processed_at),
        last_error=row.last_error,
    )
