"""Changes of a running subscription's items, with what they cost for the rest of the period."""

from typing import Any

import stripe

from tests.stripe_simulator import invoicing, pricing, subscribing
from tests.stripe_simulator.calendar import full_start
from tests.stripe_simulator.errors import Refusal
from tests.stripe_simulator.world import Object, World


def change(world: World, subscription: Object, wanted: list[dict[str, Any]], behavior: str) -> None:
    """Adds, changes and removes items. Raises Refusal."""
    prorate = behavior != "none" and subscription["status"] != "trialing"
    for each in wanted:
        if "id" in each:
            _existing(world, subscription, each, prorate)
        else:
            made = subscribing.add_item(world, subscription, each)
            if prorate:
                _charge(world, subscription, made)
    if not subscription["items"]["data"]:
        raise Refusal("A subscription must have at least one active plan.", param="items")
    if behavior == "always_invoice":
        invoice = invoicing.draft(
            world,
            world.get("customer", subscription["customer"]),
            currency=subscription["currency"],
            reason="subscription_update",
            subscription=subscription,
        )
        world.emit("invoice.created", invoice)
        invoicing.finalize(world, invoice)
        subscribing.settle_standing(world, invoice, paid=invoicing.collect(world, invoice))
        subscription["latest_invoice"] = invoice["id"]


def credit(world: World, subscription: Object, item: Object) -> None:
    """Gives back what was paid ahead, and bills what a metered item used."""
    if subscribing.is_metered(item):
        start = item["billed_until"] or item["current_period_start"]
        used = subscribing.usage(world, item, start, world.now)
        for count, amount, _ in pricing.pieces(item["price"], used):
            _wait(
                world, subscription, item, amount=amount, quantity=count, period=(start, world.now)
            )
        return
    _prorated(world, subscription, item, -1)


def _charge(world: World, subscription: Object, item: Object) -> None:
    if not subscribing.is_metered(item):
        _prorated(world, subscription, item, 1)


def _existing(world: World, subscription: Object, given: dict[str, Any], prorate: bool) -> None:
    data = subscription["items"]["data"]
    item = next((each for each in data if each["id"] == given["id"]), None)
    if item is None:
        raise Refusal(f"No such subscription item: '{given['id']}'", code="resource_missing")
    if prorate:
        credit(world, subscription, item)
    if given.get("deleted"):
        data.remove(item)
        return
    if "price" in given:
        price = world.get("price", given["price"], "items[price]")
        if price["recurring"] != item["price"]["recurring"] and not prorate:
            item["billed_until"] = world.now
        if price["recurring"]["interval"] != item["price"]["recurring"]["interval"]:
            index = data.index(item)
            data.remove(item)
            fresh = subscribing.add_item(world, subscription, {"price": given["price"]})
            data.remove(fresh)
            fresh["id"], fresh["quantity"] = item["id"], item["quantity"]
            data.insert(index, fresh)
            item = fresh
        item["price"] = price
        if subscribing.is_metered(item) and prorate:
            item["billed_until"] = world.now
    if "quantity" in given:
        item["quantity"] = given["quantity"]
    if prorate:
        _charge(world, subscription, item)


def _prorated(world: World, subscription: Object, item: Object, sign: int) -> None:
    end = item["current_period_end"]
    start = full_start(subscription["billing_cycle_anchor"], item["price"]["recurring"], end)
    whole = sum(amount for _, amount, _ in pricing.pieces(item["price"], item["quantity"]))
    amount = sign * pricing.prorated(whole, max(0, end - world.now), end - start)
    _wait(
        world,
        subscription,
        item,
        amount=amount,
        quantity=item["quantity"],
        period=(world.now, end),
        proration=True,
    )


def _wait(
    world: World,
    subscription: Object,
    item: Object,
    *,
    amount: int,
    quantity: int,
    period: tuple[int, int],
    proration: bool = False,
) -> None:
    if amount == 0:
        return
    price = item["price"]
    made = world.add(
        stripe.InvoiceItem,
        "ii",
        amount=amount,
        currency=subscription["currency"],
        customer=subscription["customer"],
        date=world.now,
        description=world.get("product", price["product"])["name"],
        discountable=not proration,
        parent={
            "type": "subscription_details",
            "subscription_details": {
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
        },
        period={"start": period[0], "end": period[1]},
        pricing=invoicing.price_details(price, price["unit_amount_decimal"]),
        proration=proration,
        quantity=quantity,
        net_amount=amount,
        tax_rates=[],
    )
    world.emit("invoiceitem.created", made)
