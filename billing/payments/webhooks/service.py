"""Rules of webhooks: what is believed, and what is worked on."""

from billing.audit.actions import Action
from billing.paging import Page, PageRequest, Position, page_of
from billing.payments.provider import Events
from billing.payments.webhooks import store
from billing.payments.webhooks.metrics import WebhookMetrics
from billing.payments.webhooks.row import WebhookRow, WebhookState
from billing.topics import WEBHOOKS_TOPIC
from billing.unit import VendorUnit
from mesh.errors import FailedPrecondition, InvalidArgument, NotFound, Unauthenticated
from mesh.faults import Faults

HANDLED = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "customer.deleted",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "entitlements.active_entitlement_summary.updated",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_failed",
        "invoice.voided",
        "invoice.marked_uncollectible",
    }
)
"""Each says that something about its customer is other than it was; none is believed more."""


class WebhooksService:
    """Takes events and shows them."""

    def __init__(self, events: Events | None, metrics: WebhookMetrics, faults: Faults) -> None:
        """`events` is None where there is no payment provider."""
        self._events = events
        self._metrics = metrics
        self._faults = faults

    async def receive(self, unit: VendorUnit, payload: bytes, signature: str) -> bool:
        """Keeps an event; whether it came before. The unit's commit is the answer's promise.

        Raises InvalidArgument naming `signature`, FailedPrecondition (PAYMENT_PROVIDER_MISSING).
        """
        if self._events is None:
            raise FailedPrecondition(
                "PAYMENT_PROVIDER_MISSING", "stripe", "Stripe is not configured here"
            )
        try:
            event = self._events.verify(payload, signature, unit.now)
        except Unauthenticated as refusal:
            self._metrics.count("refused")
            raise InvalidArgument.field("signature", refusal.message) from None
        wanted = event.type in HANDLED and event.customer_id != ""
        row = WebhookRow(
            event.event_id,
            event.type,
            event.customer_id,
            event.created,
            unit.now,
            WebhookState.WAITING if wanted else WebhookState.IGNORED,
            0,
            unit.now,
            None if wanted else unit.now,
            "",
        )
        self._faults.hit("webhooks.before_store")
        fresh = await store.add(unit.conn, row, payload.decode())
        self._metrics.count("received" if fresh else "duplicate")
        if fresh and wanted:
            unit.wake(WEBHOOKS_TOPIC)
        return not fresh

    async def page(
        self, unit: VendorUnit, request: PageRequest, state: WebhookState | None
    ) -> Page[WebhookRow]:
        """Events in a state (None: any), newest first."""
        rows = await store.page(unit.conn, request, state)
        return page_of(request, rows, lambda row: Position(row.received_at, row.event_id))

    async def get(self, unit: VendorUnit, event_id: str) -> tuple[WebhookRow, str]:
        """An event and what was sent. Raises NotFound."""
        found = await store.find(unit.conn, event_id)
        if found is None:
            raise NotFound("webhook_event", event_id)
        return found

    async def replay(self, unit: VendorUnit, event_id: str) -> WebhookRow:
        """Has an event worked on again. Raises NotFound."""
        row = await store.replay(unit.conn, event_id, unit.now)
        if row is None:
            raise NotFound("webhook_event", event_id)
        unit.audit(Action.WEBHOOK_REPLAYED, f"webhook_event/{event_id}")
        unit.wake(WEBHOOKS_TOPIC)
        return row
