"""What a payment provider answers, in our words. Times are aware, UTC; amounts are integers in the
currency's minor unit, currencies upper case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country` is ISO 3166-1 alpha-2. What is empty is unknown."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """A tenant as the provider knows it; `customer_id` is the provider's id."""

    customer_id: str
    email: str
    name: str
    metadata: Mapping[str, str]
    has_payment_method: bool
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class WantedItem:
    """One price in a checkout or a subscription. A metered price has no quantity.

    `item_id` names an item that exists, `deleted` takes it away.
    """

    price_id: str = ""
    quantity: int | None = None
    item_id: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class SubscriptionItem:
    """One price of a subscription with the period it is in, half-open."""

    item_id: str
    price_id: str
    lookup_key: str
    quantity: int | None
    metered: bool
    period_start: datetime
    period_end: datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription; `status` is the provider's word: incomplete, incomplete_expired, trialing,
    active, past_due, canceled, unpaid or paused."""

    subscription_id: str
    customer_id: str
    status: str
    currency: str
    items: tuple[SubscriptionItem, ...]
    metadata: Mapping[str, str]
    created: datetime
    anchor: datetime
    trial_end: datetime | None
    cancel_at_period_end: bool
    cancel_at: datetime | None
    canceled_at: datetime | None
    ended_at: datetime | None
    latest_invoice_id: str

    def item(self, lookup_key: str) -> SubscriptionItem | None:
        """The item of a price, by our name for it."""
        return next((item for item in self.items if item.lookup_key == lookup_key), None)


@dataclass(frozen=True, slots=True)
class CheckoutSession:
    """A page on which somebody pays; `status` is open, complete or expired, `url` empty unless
    open, `payment_status` paid, unpaid or no_payment_required."""

    session_id: str
    url: str
    status: str
    payment_status: str
    customer_id: str
    subscription_id: str
    client_reference: str
    metadata: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line. `lookup_key` is filled by `Invoices.lines` alone; `invoice_item_id` names the
    invoice item that it came from. `amount` is before tax."""

    line_id: str
    description: str
    price_id: str
    lookup_key: str
    quantity: Decimal
    amount: int
    currency: str
    period_start: datetime
    period_end: datetime
    proration: bool
    subscription_item_id: str = ""
    invoice_item_id: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice without its lines; `status` is draft, open, paid, uncollectible or void.

    `billing_reason` is the provider's word, such as subscription_cycle.
    """

    invoice_id: str
    number: str
    customer_id: str
    subscription_id: str
    status: str
    currency: str
    subtotal: int
    tax: int
    total: int
    amount_due: int
    amount_paid: int
    attempt_count: int
    next_attempt_at: datetime | None
    created: datetime
    due_at: datetime | None
    paid_at: datetime | None
    period_start: datetime
    period_end: datetime
    billing_reason: str
    hosted_url: str
    pdf_url: str


@dataclass(frozen=True, slots=True)
class InvoiceItem:
    """An amount that waits for the customer's next invoice, or lies on `invoice_id`."""

    invoice_item_id: str
    customer_id: str
    invoice_id: str
    amount: int
    currency: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at the provider: what kind of object, which one.

    The object itself is fetched anew, since events come late and in any order.
    """

    event_id: str
    type: str
    created: datetime
    object_kind: str
    object_id: str
    customer_id: str
    subscription_id: str
