"""Stripe's subscriptions."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from stripe.params import (
    SubscriptionCreateParams,
    SubscriptionCreateParamsItem,
    SubscriptionUpdateParamsItem,
)

from billing.payments.stripe import read
from billing.payments.stripe.client import StripeConnection, once
from billing.payments.values import Subscription, WantedItem

_PAGE = 100


class StripeSubscriptions:
    """`Subscriptions` of the provider."""

    def __init__(self, connection: StripeConnection) -> None:
        """Calls go through `connection`."""
        self._connection = connection
        self._ask = connection.ask
        self._subscriptions = connection.v1.subscriptions

    async def create(
        self,
        *,
        customer_id: str,
        items: Sequence[WantedItem],
        metadata: Mapping[str, str],
        key: str,
        trial_end: datetime | None = None,
    ) -> Subscription:
        """See the protocol."""
        params: SubscriptionCreateParams = {
            "customer": customer_id,
            "items": [_new_item(item) for item in items],
            "metadata": dict(metadata),
        }
        if trial_end is not None:
            params["trial_end"] = read.seconds(trial_end)
        return read.subscription(
            await self._ask(self._subscriptions.create_async(params, once(key)))
        )

    async def get(self, subscription_id: str) -> Subscription:
        """See the protocol."""
        call = self._subscriptions.retrieve_async(subscription_id)
        return read.subscription(await self._ask(call))

    async def of_customer(self, customer_id: str) -> tuple[Subscription, ...]:
        """See the protocol."""
        call = self._subscriptions.list_async(
            {"customer": customer_id, "status": "all", "limit": _PAGE}
        )
        return tuple([read.subscription(each) async for each in self._connection.pages(call)])

    async def change_items(
        self, subscription_id: str, items: Sequence[WantedItem], *, prorate: bool, key: str
    ) -> Subscription:
        """See the protocol."""
        call = self._subscriptions.update_async(
            subscription_id,
            {
                "items": [_changed_item(item) for item in items],
                "proration_behavior": "create_prorations" if prorate else "none",
            },
            once(key),
        )
        return read.subscription(await self._ask(call))

    async def cancel_at_period_end(
        self, subscription_id: str, cancel: bool, *, key: str
    ) -> Subscription:
        """See the protocol."""
        call = self._subscriptions.update_async(
            subscription_id, {"cancel_at_period_end": cancel}, once(key)
        )
        return read.subscription(await self._ask(call))

    async def cancel(self, subscription_id: str, *, invoice_now: bool, key: str) -> Subscription:
        """See the protocol."""
        call = self._subscriptions.cancel_async(
            subscription_id, {"invoice_now": invoice_now}, once(key)
        )
        return read.subscription(await self._ask(call))


def _new_item(item: WantedItem) -> SubscriptionCreateParamsItem:
    made: SubscriptionCreateParamsItem = {"price": item.price_id}
    if item.quantity is not None:
        made["quantity"] = item.quantity
    return made


def _changed_item(item: WantedItem) -> SubscriptionUpdateParamsItem:
    made: SubscriptionUpdateParamsItem = {}
    if item.item_id:
        made["id"] = item.item_id
    if item.price_id:
        made["price"] = item.price_id
    if item.quantity is not None:
        made["quantity"] = item.quantity
    if item.deleted:
        made["deleted"] = True
    return made
