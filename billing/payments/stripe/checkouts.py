"""Stripe's checkout sessions."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from stripe.params.checkout import (
    SessionCreateParamsLineItem,
    SessionCreateParamsSubscriptionData,
)

from billing.payments.stripe import read
from billing.payments.stripe.client import StripeConnection, once
from billing.payments.values import CheckoutSession, WantedItem


class StripeCheckouts:
    """`Checkouts` of the provider."""

    def __init__(self, connection: StripeConnection) -> None:
        """Calls go through `connection`."""
        self._ask = connection.ask
        self._sessions = connection.v1.checkout.sessions

    async def create(
        self,
        *,
        customer_id: str,
        items: Sequence[WantedItem],
        success_url: str,
        cancel_url: str,
        client_reference: str,
        metadata: Mapping[str, str],
        key: str,
        trial_end: datetime | None = None,
        anchor: datetime | None = None,
    ) -> CheckoutSession:
        """See the protocol."""
        data: SessionCreateParamsSubscriptionData = {"metadata": dict(metadata)}
        if trial_end is not None:
            data["trial_end"] = read.seconds(trial_end)
        if anchor is not None:
            data["billing_cycle_anchor"] = read.seconds(anchor)
        call = self._sessions.create_async(
            {
                "mode": "subscription",
                "customer": customer_id,
                "line_items": [_line_item(item) for item in items],
                "success_url": success_url,
                "cancel_url": cancel_url,
                "client_reference_id": client_reference,
                "metadata": dict(metadata),
                "subscription_data": data,
            },
            once(key),
        )
        return read.session(await self._ask(call))

    async def get(self, session_id: str) -> CheckoutSession:
        """See the protocol."""
        return read.session(await self._ask(self._sessions.retrieve_async(session_id)))

    async def expire(self, session_id: str, *, key: str) -> CheckoutSession:
        """See the protocol."""
        call = self._sessions.expire_async(session_id, {}, once(key))
        return read.session(await self._ask(call))


def _line_item(item: WantedItem) -> SessionCreateParamsLineItem:
    made: SessionCreateParamsLineItem = {"price": item.price_id}
    if item.quantity is not None:
        made["quantity"] = item.quantity
    return made
