"""How an invoice is made, finalised and collected."""

from decimal import Decimal
from typing import Any

import stripe

from tests.stripe_simulator import pricing
from tests.stripe_simulator.world import Object, World

DRAFT_S = 3600
_DAY_S = 86_400
_RETRY_DAYS = (3, 5, 7)


def draft(
    world: World, customer: Object, *, currency: str, reason: str, subscription: Object | None
) -> Object:
    """An empty draft that takes over what waits for the customer."""
    parent = None
    if subscription is not None:
        parent = {
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]),
                "subscription": subscription["id"],
                "subscription_proration_date": None,
            },
        }
    made = world.add(
        stripe.Invoice,
        "in",
        currency=currency,
        customer=customer["id"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        billing_reason=reason,
        collection_method="charge_automatically",
        status="draft",
        auto_advance=True,
        attempted=False,
        attempt_count=0,
        automatic_tax={"enabled": False, "status": None, "liability": None, "provider": None},
        automatically_finalizes_at=world.now + DRAFT_S,
        parent=parent,
        period_start=world.now,
        period_end=world.now,
        default_tax_rates=[],
        discounts=[],
        total_taxes=[],
        lines={"object": "list", "data": [], "has_more": False, "url": ""},
        status_transitions={
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        issuer={"type": "self"},
        starting_balance=0,
        post_payment_credit_notes_amount=0,
        pre_payment_credit_notes_amount=0,
        amount_overpaid=0,
        amount_shipping=0,
    )
    made["lines"]["url"] = f"/v1/invoices/{made['id']}/lines"
    for item in world.find("invoiceitem", customer=customer["id"], invoice=None):
        take_item(world, made, item)
    sum_up(world, made)
    return made


def take_item(world: World, invoice: Object, item: Object) -> None:
    """Puts a waiting invoice item onto a draft."""
    item["invoice"] = invoice["id"]
    parent = item["parent"]
    details: dict[str, Any] = {
        "type": "invoice_item_details",
        "subscription_item_details": None,
        "invoice_item_details": {
            "invoice_item": item["id"],
            "proration": item["proration"],
            "proration_details": {"credited_items": None},
            "subscription": (parent or {}).get("subscription_details", {}).get("subscription"),
        },
    }
    add_line(
        world,
        invoice,
        amount=item["amount"],
        quantity=item["quantity"],
        description=item["description"],
        period=item["period"],
        pricing=item["pricing"],
        parent=details,
        metadata=item["metadata"],
    )


def add_line(
    world: World,
    invoice: Object,
    *,
    amount: int,
    quantity: int,
    description: str | None,
    period: Object,
    pricing: Object | None,
    parent: Object,
    metadata: dict[str, str],
) -> None:
    """One more line; `sum_up` afterwards."""
    made = world.add(
        stripe.InvoiceLineItem,
        "il",
        amount=amount,
        currency=invoice["currency"],
        description=description,
        discount_amounts=[],
        discountable=True,
        discounts=[],
        invoice=invoice["id"],
        metadata=dict(metadata),
        parent=parent,
        period=dict(period),
        pricing=pricing,
        quantity=quantity,
        quantity_decimal=Decimal(quantity),
        subtotal=amount,
        taxes=[],
        pretax_credit_amounts=[],
    )
    invoice["lines"]["data"].append(made)


def add_price_lines(
    world: World,
    invoice: Object,
    item: Object,
    quantity: int,
    *,
    period: Object,
    part: Decimal = Decimal(1),
) -> None:
    """The lines of a subscription's item; `part` is of the whole period's amount."""
    for count, amount, each in pricing.pieces(item["price"], quantity):
        add_line(
            world,
            invoice,
            amount=pricing.rounded(amount * part),
            quantity=count,
            description=world.get("product", item["price"]["product"])["name"],
            period=period,
            pricing=price_details(item["price"], each),
            parent=item_parent(item, proration=part != 1),
            metadata={},
        )


def price_details(price: Object, each: Decimal) -> Object:
    """How a line says what it is of."""
    return {
        "type": "price_details",
        "unit_amount_decimal": each,
        "price_details": {"price": price["id"], "product": price["product"]},
    }


def item_parent(item: Object, *, proration: bool) -> Object:
    """How a line says which item it is of."""
    return {
        "type": "subscription_item_details",
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": None,
            "proration": proration,
            "proration_details": {"credited_items": None},
            "subscription": item["subscription"],
            "subscription_item": item["id"],
        },
    }


def sum_up(world: World, invoice: Object) -> None:
    """Totals of the lines."""
    subtotal = sum(line["amount"] for line in invoice["lines"]["data"])
    tax = pricing.prorated(subtotal, world.tax_percent, 100)
    balance = world.get("customer", invoice["customer"])["balance"]
    total = subtotal + tax
    due = max(0, total + balance)
    invoice |= {
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal,
        "total": total,
        "total_excluding_tax": subtotal,
        "total_taxes": [{"amount": tax, "tax_behavior": "exclusive"}] if tax else [],
        "starting_balance": balance,
        "ending_balance": None,
        "amount_due": due,
        "amount_paid": 0,
        "amount_remaining": due,
    }


def finalize(world: World, invoice: Object) -> None:
    """Numbers a draft; nothing on it changes afterwards."""
    sum_up(world, invoice)
    customer = world.get("customer", invoice["customer"])
    number = customer["next_invoice_sequence"]
    customer["next_invoice_sequence"] = number + 1
    left = invoice["total"] + invoice["starting_balance"]
    customer["balance"] = min(0, left)
    invoice |= {
        "number": f"{customer['invoice_prefix']}-{number:04d}",
        "status": "open",
        "ending_balance": customer["balance"],
        "automatically_finalizes_at": None,
        "effective_at": world.now,
        "hosted_invoice_url": f"https://invoice.stripe.test/{invoice['id']}",
        "invoice_pdf": f"https://invoice.stripe.test/{invoice['id']}/pdf",
    }
    invoice["status_transitions"]["finalized_at"] = world.now
    world.emit("invoice.finalized", invoice)


def collect(world: World, invoice: Object) -> bool:
    """Tries the customer's card; returns whether the invoice is paid."""
    if invoice["amount_due"] == 0:
        _paid(world, invoice)
        return True
    invoice["attempted"] = True
    invoice["attempt_count"] += 1
    if _card_pays(world, invoice["customer"]):
        _paid(world, invoice)
        return True
    tries = invoice["attempt_count"]
    again = tries <= len(_RETRY_DAYS) and invoice["auto_advance"]
    invoice["next_payment_attempt"] = world.now + _RETRY_DAYS[tries - 1] * _DAY_S if again else None
    world.get("customer", invoice["customer"])["delinquent"] = True
    world.emit("invoice.payment_failed", invoice)
    return False


def _card_pays(world: World, customer_id: str) -> bool:
    refusals = world.refusing_cards.get(customer_id, 0)
    if refusals:
        world.refusing_cards[customer_id] = refusals - 1
        return False
    settings = world.get("customer", customer_id)["invoice_settings"]
    return settings["default_payment_method"] is not None


def _paid(world: World, invoice: Object) -> None:
    invoice |= {
        "status": "paid",
        "amount_paid": invoice["amount_due"],
        "amount_remaining": 0,
        "attempted": True,
        "next_payment_attempt": None,
    }
    invoice["status_transitions"]["paid_at"] = world.now
    world.get("customer", invoice["customer"])["delinquent"] = False
    world.emit("invoice.paid", invoice)
    world.emit("invoice.payment_succeeded", invoice)
