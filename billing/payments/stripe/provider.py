"""Stripe as the payment provider."""

from billing.payments.provider import (
    Checkouts,
    Customers,
    Events,
    Goods,
    Invoices,
    Meters,
    Subscriptions,
)
from billing.payments.stripe.checkouts import StripeCheckouts
from billing.payments.stripe.client import StripeConnection, StripeSettings
from billing.payments.stripe.customers import StripeCustomers
from billing.payments.stripe.events import StripeEvents
from billing.payments.stripe.goods import StripeGoods
from billing.payments.stripe.invoices import StripeInvoices
from billing.payments.stripe.meters import StripeMeters
from billing.payments.stripe.subscriptions import StripeSubscriptions


class StripeProvider:
    """One connection, one room a kind of object."""

    def __init__(self, settings: StripeSettings) -> None:
        """Opens nothing before the first call."""
        self._connection = StripeConnection(settings)
        self.customers: Customers = StripeCustomers(self._connection)
        self.goods: Goods = StripeGoods(self._connection)
        self.meters: Meters = StripeMeters(self._connection)
        self.checkouts: Checkouts = StripeCheckouts(self._connection)
        self.subscriptions: Subscriptions = StripeSubscriptions(self._connection)
        self.invoices: Invoices = StripeInvoices(self._connection)
        self.events: Events = StripeEvents(self._connection, settings.webhook_secrets)

    async def aclose(self) -> None:
        """Closes connections."""
        await self._connection.aclose()
