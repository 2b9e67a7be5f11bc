"""What the server asks of a payment provider.

Every call that changes something carries a `key`: the same key with the same content is done once,
whatever was lost on the way. Calls raise

- Unavailable ("stripe"): not reached, too busy, or the answer was lost: the call may have been done
  or not. Ask again with the same key.
- NotFound: the provider knows no such object.
- FailedPrecondition with PAYMENT_FAILED: the customer's bank or card said no; `metadata` has the
  `code`.
- FailedPrecondition with PAYMENT_PROVIDER_REFUSED: the provider will never do this; `metadata`
  has the provider's `code`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from billing.payments.goods import MeterGood, PriceGood, ProductGood, StoredGood
from billing.payments.values import (
    Address,
    CheckoutSession,
    Customer,
    Event,
    Invoice,
    InvoiceItem,
    InvoiceLine,
    Subscription,
    WantedItem,
)


class Customers(Protocol):
    """Tenants at the provider."""

    async def create(
        self, *, email: str, name: str, metadata: Mapping[str, str], key: str
    ) -> Customer:
        """Makes a customer."""
        ...

    async def get(self, customer_id: str) -> Customer:
        """One customer, `deleted` when it was."""
        ...

    async def update(
        self,
        customer_id: str,
        *,
        key: str,
        email: str | None = None,
        name: str | None = None,
        address: Address | None = None,
    ) -> Customer:
        """Changes what is given."""
        ...

    async def portal(self, customer_id: str, *, return_url: str, key: str) -> str:
        """The address of a page where the customer looks after its payments."""
        ...


class Goods(Protocol):
    """What is sold, at the provider."""

    async def find(self, good: ProductGood | MeterGood | PriceGood) -> StoredGood | None:
        """The active object of the good's name, with the content that it has there."""
        ...

    async def make(self, good: ProductGood | MeterGood | PriceGood, *, key: str) -> StoredGood:
        """Makes it; a price takes its name over from the one that had it."""
        ...

    async def amend(self, stripe_id: str, good: ProductGood | MeterGood, *, key: str) -> StoredGood:
        """Brings a product or meter to the good's content. A price can only be made anew."""
        ...

    async def price(self, stripe_id: str) -> PriceGood:
        """What a price says there, archived ones too; its product and meter by the provider's
        ids."""
        ...

    async def archive(self, stripe_id: str, good: ProductGood | PriceGood, *, key: str) -> None:
        """Nobody can buy it any more; who holds it keeps it."""
        ...


class Meters(Protocol):
    """Sums that the provider keeps of a customer's use."""

    async def send(
        self, *, meter: str, customer_id: str, value: int, minute: datetime, identifier: str
    ) -> None:
        """Adds `value` in the meter's unit to the minute that begins at `minute`; an identifier
        counts once within 24 hours."""
        ...

    async def summed(
        self, *, meter_id: str, customer_id: str, start: datetime, end: datetime
    ) -> Decimal:
        """What the provider has summed from `start` up to, but without, `end`, both on full
        minutes. What was sent lately may be missing: it adds up with a delay."""
        ...

    async def summed_by_hour(
        self, *, meter_id: str, customer_id: str, start: datetime, end: datetime
    ) -> Mapping[datetime, Decimal]:
        """As `summed`, by the hours of which there is something; both are full hours."""
        ...


class Checkouts(Protocol):
    """Pages on which a subscription is bought."""

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
        """Opens a page; `metadata` goes onto the session and its subscription, `anchor` is where
        the billing cycle begins."""
        ...

    async def get(self, session_id: str) -> CheckoutSession:
        """One session."""
        ...

    async def expire(self, session_id: str, *, key: str) -> CheckoutSession:
        """Closes an open page."""
        ...


class Subscriptions(Protocol):
    """Subscriptions at the provider."""

    async def create(
        self,
        *,
        customer_id: str,
        items: Sequence[WantedItem],
        metadata: Mapping[str, str],
        key: str,
        trial_end: datetime | None = None,
    ) -> Subscription:
        """Makes one that is charged to the customer's payment method."""
        ...

    async def get(self, subscription_id: str) -> Subscription:
        """One subscription as it is now."""
        ...

    async def of_customer(self, customer_id: str) -> tuple[Subscription, ...]:
        """All of a customer, ended ones too, newest first."""
        ...

    async def change_items(
        self, subscription_id: str, items: Sequence[WantedItem], *, prorate: bool, key: str
    ) -> Subscription:
        """Adds, changes and removes items; `prorate` puts the difference on the next invoice."""
        ...

    async def cancel_at_period_end(
        self, subscription_id: str, cancel: bool, *, key: str
    ) -> Subscription:
        """Ends it with its period, or lets it go on."""
        ...

    async def cancel(self, subscription_id: str, *, invoice_now: bool, key: str) -> Subscription:
        """Ends it at once; `invoice_now` bills what was used."""
        ...


class Invoices(Protocol):
    """Invoices that the provider issues."""

    async def get(self, invoice_id: str) -> Invoice:
        """One invoice as it is now."""
        ...

    async def of_customer(self, customer_id: str) -> tuple[Invoice, ...]:
        """All of a customer, newest first."""
        ...

    async def lines(self, invoice_id: str) -> tuple[InvoiceLine, ...]:
        """All lines, each with its price's lookup key."""
        ...

    async def hold(self, invoice_id: str, *, key: str) -> Invoice:
        """Keeps a draft from being finalised by itself."""
        ...

    async def finalize(self, invoice_id: str, *, key: str) -> Invoice:
        """Numbers a draft and lets it be collected; nothing on it changes afterwards."""
        ...

    async def pay(self, invoice_id: str, *, key: str) -> Invoice:
        """Tries to collect an open invoice now."""
        ...

    async def add_item(
        self,
        *,
        customer_id: str,
        amount: int,
        currency: str,
        description: str,
        period_start: datetime,
        period_end: datetime,
        metadata: Mapping[str, str],
        key: str,
        invoice_id: str = "",
    ) -> InvoiceItem:
        """Puts an amount, which may be negative, onto a draft or the customer's next invoice."""
        ...

    async def waiting_items(self, customer_id: str) -> tuple[InvoiceItem, ...]:
        """What waits for the customer's next invoice."""
        ...


class Events(Protocol):
    """What happened at the provider."""

    def since(self, moment: datetime) -> AsyncIterator[Event]:
        """Events from `moment` on, newest first; the provider keeps 30 days."""
        ...

    def verify(self, payload: bytes, signature: str, now: datetime) -> Event:
        """An event that was delivered, its signature by a live secret and its time within five
        minutes of `now`. Raises Unauthenticated."""
        ...


class PaymentProvider(Protocol):
    """The provider; docs/stripe says what each call does there."""

    @property
    def customers(self) -> Customers:
        """Tenants."""
        ...

    @property
    def goods(self) -> Goods:
        """What is sold."""
        ...

    @property
    def meters(self) -> Meters:
        """What was used."""
        ...

    @property
    def checkouts(self) -> Checkouts:
        """Pages for buying."""
        ...

    @property
    def subscriptions(self) -> Subscriptions:
        """What was bought."""
        ...

    @property
    def invoices(self) -> Invoices:
        """What is to be paid."""
        ...

    @property
    def events(self) -> Events:
        """What happened."""
        ...

    async def aclose(self) -> None:
        """Closes connections."""
        ...
