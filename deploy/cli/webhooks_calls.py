"""WebhookService for the command line: each call, and its answer as lines for a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from brinkbyte.payment.v1 import webhook_service_pb2 as pb
from brinkbyte.payment.v1 import webhook_service_pb2_grpc as rpc

from deploy.cli.cloud import Cloud
from mesh.errors import InvalidArgument

T = TypeVar("T")
_STATES = {
    "": pb.WEBHOOK_STATE_UNSPECIFIED,
    "waiting": pb.WEBHOOK_STATE_WAITING,
    "done": pb.WEBHOOK_STATE_DONE,
    "ignored": pb.WEBHOOK_STATE_IGNORED,
    "dead": pb.WEBHOOK_STATE_DEAD,
}
_NAMES = {number: name for name, number in _STATES.items()}


class WebhookCalls:
    """One call each. Raises MeshError; StartError when the cloud does not answer."""

    def __init__(self, cloud: Cloud) -> None:
        """`cloud` is called with the vendor's key."""
        self._cloud = cloud

    def listed(self, state: str) -> list[str]:
        """One line an event. Raises InvalidArgument naming `state`."""
        if state not in _STATES:
            raise InvalidArgument.field("state", f"one of {', '.join(filter(None, _STATES))}")
        lines, token = list[str](), ""
        while True:
            request = pb.ListWebhookEventsRequest(state=_STATES[state], page_token=token)
            page = self._page(request)
            lines += map(_line, page.events)
            token = page.next_page_token
            if not token:
                return lines or ["no event came"]

    def shown(self, event_id: str) -> list[str]:
        """The event, and what was sent."""
        request = pb.GetWebhookEventRequest(event_id=event_id)
        answer = self._call(lambda stub: stub.GetWebhookEvent(request))
        return [_line(answer.event), answer.payload]

    def replayed(self, event_id: str) -> list[str]:
        """The event, waiting."""
        request = pb.ReplayWebhookEventRequest(event_id=event_id)
        answer = self._call(lambda stub: stub.ReplayWebhookEvent(request))
        return [_line(answer.event)]

    def _page(self, request: pb.ListWebhookEventsRequest) -> pb.ListWebhookEventsResponse:
        return self._call(lambda stub: stub.ListWebhookEvents(request))

    def _call(self, ask: Callable[[rpc.WebhookServiceStub], Awaitable[T]]) -> T:
        return self._cloud.ask(lambda api: ask(rpc.WebhookServiceStub(api)))


def _line(event: pb.WebhookEvent) -> str:
    failed = f", {event.attempts} tries, last {event.last_error}" if event.last_error else ""
    received = event.received_at.ToJsonString()
    return f"{received} {event.event_id} {event.event_type} {_NAMES[event.state]}{failed}"
