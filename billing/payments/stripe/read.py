"""Stripe's objects as values."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from billing.payments.goods import PriceGood, Tier
from billing.payments.values import (
    CheckoutSession,
    Customer,
    Event,
    Invoice,
    InvoiceItem,
    InvoiceLine,
    Subscription,
    SubscriptionItem,
)

Raw = Mapping[str, Any]


def moment(seconds: int) -> datetime:
    """Unix seconds as an aware time, UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def seconds(at: datetime) -> int:
    """An aware time as unix seconds."""
    return int(at.timestamp())


def customer(raw: Raw) -> Customer:
    """A customer, deleted ones too."""
    if raw.get("deleted"):
        return Customer(raw["id"], "", "", {}, False, deleted=True)
    settings = raw.get("invoice_settings") or {}
    paying = settings.get("default_payment_method") or raw.get("default_source")
    return Customer(
        raw["id"],
        raw.get("email") or "",
        raw.get("name") or "",
        raw.get("metadata") or {},
        bool(paying),
    )


def subscription(raw: Raw) -> Subscription:
    """A subscription with all its items."""
    return Subscription(
        subscription_id=raw["id"],
        customer_id=_id(raw["customer"]),
        status=raw["status"],
        currency=raw["currency"].upper(),
        items=tuple(_item(each) for each in raw["items"]["data"]),
        metadata=raw.get("metadata") or {},
        created=moment(raw["created"]),
        anchor=moment(raw["billing_cycle_anchor"]),
        trial_end=_maybe(raw.get("trial_end")),
        cancel_at_period_end=raw["cancel_at_period_end"],
        cancel_at=_maybe(raw.get("cancel_at")),
        canceled_at=_maybe(raw.get("canceled_at")),
        ended_at=_maybe(raw.get("ended_at")),
        latest_invoice_id=_id(raw.get("latest_invoice")),
    )


def session(raw: Raw) -> CheckoutSession:
    """A checkout session."""
    return CheckoutSession(
        session_id=raw["id"],
        url=raw.get("url") or "",
        status=raw.get("status") or "",
        payment_status=raw["payment_status"],
        customer_id=_id(raw.get("customer")),
        subscription_id=_id(raw.get("subscription")),
        client_reference=raw.get("client_reference_id") or "",
        metadata=raw.get("metadata") or {},
        expires_at=moment(raw["expires_at"]),
    )


def invoice(raw: Raw) -> Invoice:
    """An invoice without its lines."""
    parent = (raw.get("parent") or {}).get("subscription_details") or {}
    return Invoice(
        invoice_id=raw["id"],
        number=raw.get("number") or "",
        customer_id=_id(raw.get("customer")),
        subscription_id=_id(parent.get("subscription")),
        status=raw.get("status") or "",
        currency=raw["currency"].upper(),
        subtotal=raw["subtotal"],
        tax=sum(each["amount"] for each in raw.get("total_taxes") or ()),
        total=raw["total"],
        amount_due=raw["amount_due"],
        amount_paid=raw["amount_paid"],
        attempt_count=raw["attempt_count"],
        next_attempt_at=_maybe(raw.get("next_payment_attempt")),
        created=moment(raw["created"]),
        due_at=_maybe(raw.get("due_date")),
        paid_at=_maybe((raw.get("status_transitions") or {}).get("paid_at")),
        period_start=moment(raw["period_start"]),
        period_end=moment(raw["period_end"]),
        billing_reason=raw.get("billing_reason") or "",
        hosted_url=raw.get("hosted_invoice_url") or "",
        pdf_url=raw.get("invoice_pdf") or "",
    )


def line(raw: Raw, lookup_keys: Mapping[str, str]) -> InvoiceLine:
    """A line; `lookup_keys` are by price id."""
    price = _id(((raw.get("pricing") or {}).get("price_details") or {}).get("price"))
    parent = raw.get("parent") or {}
    item = parent.get("subscription_item_details") or {}
    own = parent.get("invoice_item_details") or {}
    return InvoiceLine(
        line_id=raw["id"],
        description=raw.get("description") or "",
        price_id=price,
        lookup_key=lookup_keys.get(price, ""),
        quantity=Decimal(str(raw.get("quantity_decimal") or raw.get("quantity") or 0)),
        amount=raw["amount"],
        currency=raw["currency"].upper(),
        period_start=moment(raw["period"]["start"]),
        period_end=moment(raw["period"]["end"]),
        proration=bool(item.get("proration") or own.get("proration")),
        subscription_item_id=item.get("subscription_item") or "",
        invoice_item_id=own.get("invoice_item") or item.get("invoice_item") or "",
        metadata=raw.get("metadata") or {},
    )


def price(raw: Raw) -> PriceGood:
    """A price, with its tiers where they were asked for."""
    recurring = raw.get("recurring") or {}
    return PriceGood(
        name=raw.get("lookup_key") or (raw.get("metadata") or {}).get("name") or "",
        product=_id(raw["product"]),
        currency=raw["currency"].upper(),
        interval=recurring.get("interval") or "",
        unit_amount=_decimal(raw, "unit_amount"),
        meter=recurring.get("meter") or "",
        tiers=tuple(
            Tier(each["up_to"], _decimal(each, "unit_amount"), _decimal(each, "flat_amount"))
            for each in raw.get("tiers") or ()
        ),
        volume=raw.get("tiers_mode") == "volume",
    )


def invoice_item(raw: Raw) -> InvoiceItem:
    """An invoice item."""
    return InvoiceItem(
        raw["id"],
        _id(raw["customer"]),
        _id(raw.get("invoice")),
        raw["amount"],
        raw["currency"].upper(),
        raw.get("metadata") or {},
    )


def event(raw: Raw) -> Event:
    """An event, of its object only who it is."""
    about = raw["data"]["object"]
    kind = about.get("object", "")
    parent = (about.get("parent") or {}).get("subscription_details") or {}
    belongs = about.get("subscription") or parent.get("subscription")
    return Event(
        event_id=raw["id"],
        type=raw["type"],
        created=moment(raw["created"]),
        object_kind=kind,
        object_id=about.get("id") or "",
        customer_id=about.get("id", "") if kind == "customer" else _id(about.get("customer")),
        subscription_id=about["id"] if kind == "subscription" else _id(belongs),
    )


def _item(raw: Raw) -> SubscriptionItem:
    price = raw["price"]
    return SubscriptionItem(
        item_id=raw["id"],
        price_id=price["id"],
        lookup_key=price.get("lookup_key") or (price.get("metadata") or {}).get("name") or "",
        quantity=raw.get("quantity"),
        metered=(price.get("recurring") or {}).get("usage_type") == "metered",
        period_start=moment(raw["current_period_start"]),
        period_end=moment(raw["current_period_end"]),
    )


def _decimal(raw: Raw, name: str) -> Decimal:
    """An amount with decimals, or the whole one where that is all there is."""
    exact = raw.get(f"{name}_decimal")
    return Decimal(str((raw.get(name) or 0) if exact is None else exact))


def _maybe(seconds_: int | None) -> datetime | None:
    return moment(seconds_) if seconds_ is not None else None


def _id(value: Any) -> str:
    """The id of an object that may be expanded."""
    if value is None:
        return ""
    return str(value["id"]) if isinstance(value, Mapping) else str(value)
