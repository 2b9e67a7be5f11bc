"""How a subscription begins, is invoiced, changes its standing and ends."""

from decimal import Decimal
from typing import Any

import stripe

from tests.stripe_simulator import invoicing
from tests.stripe_simulator.calendar import full_start, next_boundary
from tests.stripe_simulator.errors import Refusal
from tests.stripe_simulator.resources import meters
from tests.stripe_simulator.world import Object, World


def is_metered(item: Object) -> bool:
    """Whether the item is billed by what a meter summed."""
    return bool(item["price"]["recurring"]["usage_type"] == "metered")


def add_item(world: World, subscription: Object, given: dict[str, Any]) -> Object:
    """A new item; its period is the one that runs. Raises Refusal."""
    price = world.get("price", given["price"], "items[price]")
    if not price["active"] or price["recurring"] is None:
        raise Refusal("The price is not active and recurring.", param="items[price]")
    if price["currency"] != subscription["currency"]:
        raise Refusal("The price has another currency.", param="items[price]")
    data = subscription["items"]["data"]
    if any(each["price"]["id"] == price["id"] for each in data):
        raise Refusal("The subscription already uses this price.", param="items[price]")
    metered = price["recurring"]["usage_type"] == "metered"
    if metered and "quantity" in given:
        raise Refusal("A metered price has no quantity.", param="items[quantity]")
    start = world.now
    end = subscription["trial_end"] if subscription["status"] == "trialing" else None
    anchor = subscription["billing_cycle_anchor"]
    made = world.add(
        stripe.SubscriptionItem,
        "si",
        price=price,
        quantity=None if metered else given.get("quantity", 1),
        subscription=subscription["id"],
        current_period_start=start,
        current_period_end=end or next_boundary(anchor, price["recurring"], start),
        discounts=[],
        tax_rates=[],
    )
    world.merge_metadata(made, given.get("metadata"))
    data.append(made)
    return made


def begin(
    world: World,
    customer: Object,
    items: list[dict[str, Any]],
    *,
    metadata: dict[str, str],
    trial_end: int | None = None,
    anchor: int | None = None,
    reason: str = "subscription_create",
) -> Object:
    """A subscription with its first invoice, finalised and collected at once."""
    trialing = trial_end is not None and trial_end > world.now
    first = world.get("price", items[0]["price"], "items[0][price]") if items else None
    if first is None:
        raise Refusal("Missing required param: items.", param="items")
    made = world.add(
        stripe.Subscription,
        "sub",
        automatic_tax={"enabled": False, "disabled_reason": None, "liability": None},
        billing_cycle_anchor=(trial_end if trialing else anchor) or world.now,
        billing_mode={"type": "flexible", "flexible": None, "updated_at": world.now},
        cancel_at_period_end=False,
        collection_method="charge_automatically",
        currency=first["currency"],
        customer=customer["id"],
        discounts=[],
        invoice_settings={"account_tax_ids": None, "issuer": {"type": "self"}},
        items={"object": "list", "data": [], "has_more": False, "url": "/v1/subscription_items"},
        start_date=world.now,
        status="trialing" if trialing else "active",
        trial_end=trial_end if trialing else None,
        trial_start=world.now if trialing else None,
    )
    world.merge_metadata(made, metadata)
    for item in items:
        add_item(world, made, item)
    invoice = _invoice(world, made, reason, made["items"]["data"], arrears=[])
    invoicing.finalize(world, invoice)
    paid = invoicing.collect(world, invoice)
    if not paid:
        made["status"] = "incomplete"
    world.emit("customer.subscription.created", made)
    return made


def _invoice(
    world: World,
    subscription: Object,
    reason: str,
    ahead: list[Object],
    *,
    arrears: list[tuple[Object, int, int]],
) -> Object:
    """A draft: licensed items of the periods that begin, metered ones of those that ended."""
    customer = world.get("customer", subscription["customer"])
    made = invoicing.draft(
        world,
        customer,
        currency=subscription["currency"],
        reason=reason,
        subscription=subscription,
    )
    for item, start, end in arrears:
        used = usage(world, item, start, end)
        period = {"start": start, "end": end}
        invoicing.add_price_lines(world, made, item, used, period=period)
        made["period_start"], made["period_end"] = start, end
    if subscription["status"] != "trialing":
        for item in ahead:
            if not is_metered(item):
                start, end = item["current_period_start"], item["current_period_end"]
                period = {"start": start, "end": end}
                part = _part(subscription, item, start, end)
                quantity = item["quantity"]
                invoicing.add_price_lines(world, made, item, quantity, period=period, part=part)
    invoicing.sum_up(world, made)
    subscription["latest_invoice"] = made["id"]
    world.emit("invoice.created", made)
    return made


def usage(world: World, item: Object, start: int, end: int) -> int:
    """What the item's meter summed of the customer."""
    subscription = world.get("subscription", item["subscription"])
    meter = world.get("billing.meter", item["price"]["recurring"]["meter"])
    return meters.total(world, meter, subscription["customer"], start, end)


def finalize(world: World, invoice: Object) -> None:
    """Numbers a draft; use that came while it was one is on it."""
    items = {
        each["id"]: each for each in world.all("subscription_item").values() if is_metered(each)
    }
    data = invoice["lines"]["data"]
    lines, seen = list(data), set[str]()
    data.clear()
    for line in lines:
        details = line["parent"]["subscription_item_details"] or {}
        item = items.get(details.get("subscription_item", ""))
        if item is None:
            data.append(line)
        elif item["id"] not in seen:
            seen.add(item["id"])
            used = usage(world, item, line["period"]["start"], line["period"]["end"])
            invoicing.add_price_lines(world, invoice, item, used, period=line["period"])
    invoicing.finalize(world, invoice)


def _part(subscription: Object, item: Object, start: int, end: int) -> Decimal:
    whole = full_start(subscription["billing_cycle_anchor"], item["price"]["recurring"], end)
    if start <= whole:
        return Decimal(1)
    return Decimal(end - start) / Decimal(end - whole)


def renew(world: World, subscription: Object) -> None:
    """The periods that end now: a draft for them and for those that begin."""
    ended = [
        item for item in subscription["items"]["data"] if item["current_period_end"] <= world.now
    ]
    arrears = [
        (item, item["billed_until"] or item["current_period_start"], item["current_period_end"])
        for item in ended
        if is_metered(item)
    ]
    if subscription["cancel_at_period_end"]:
        end(world, subscription, arrears=arrears)
        return
    anchor = subscription["billing_cycle_anchor"]
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    for item in ended:
        item["billed_until"] = None
        item["current_period_start"] = item["current_period_end"]
        item["current_period_end"] = next_boundary(
            anchor, item["price"]["recurring"], item["current_period_start"]
        )
    _invoice(world, subscription, "subscription_cycle", ended, arrears=arrears)
    world.emit("customer.subscription.updated", subscription)


def end(
    world: World, subscription: Object, *, arrears: list[tuple[Object, int, int]]
) -> Object | None:
    """Cancels it now; returns the last invoice, a draft, where there is something to bill."""
    subscription |= {
        "status": "canceled",
        "canceled_at": subscription["canceled_at"] or world.now,
        "ended_at": world.now,
    }
    waiting = world.find("invoiceitem", customer=subscription["customer"], invoice=None)
    last = None
    if arrears or waiting:
        last = _invoice(world, subscription, "subscription_cycle", [], arrears=arrears)
    world.emit("customer.subscription.deleted", subscription)
    return last


def settle_standing(world: World, invoice: Object, *, paid: bool) -> None:
    """What a payment, or a failed one, makes of the invoice's subscription."""
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    subscription = world.all("subscription").get(details.get("subscription", ""))
    if subscription is None or subscription["status"] == "canceled":
        return
    before = subscription["status"]
    if paid and before in ("past_due", "unpaid", "incomplete"):
        subscription["status"] = "active"
    elif not paid and before == "active":
        subscription["status"] = "past_due"
    if subscription["status"] != before:
        world.emit("customer.subscription.updated", subscription)
