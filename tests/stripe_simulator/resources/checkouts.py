"""Checkout sessions, their completion by somebody with a card, and portal sessions."""

from typing import Any

import stripe
import stripe.billing_portal
import stripe.checkout
from stripe.params.billing_portal import SessionCreateParams as PortalCreateParams
from stripe.params.checkout import (
    SessionCreateParams,
    SessionExpireParams,
    SessionListParams,
    SessionRetrieveParams,
)

from tests.stripe_simulator import subscribing
from tests.stripe_simulator.errors import Refusal
from tests.stripe_simulator.operations import Operation
from tests.stripe_simulator.pages import page
from tests.stripe_simulator.resources.customers import attach_card, living
from tests.stripe_simulator.world import Object, World

_LIVES_S = 24 * 3600
_LEAST_TRIAL_S = 48 * 3600


def create(world: World, params: dict[str, Any]) -> Object:
    """POST /v1/checkout/sessions, of mode subscription."""
    if params.get("mode") != "subscription":
        raise Refusal("The simulator knows the mode subscription.", code="simulator")
    customer = living(world, params.get("customer", ""))
    if not params.get("line_items"):
        raise Refusal("Missing required param: line_items.", param="line_items")
    for item in params["line_items"]:
        price = world.get("price", item["price"], "line_items[price]")
        metered = price["recurring"]["usage_type"] == "metered"
        if metered == ("quantity" in item):
            raise Refusal("Metered prices alone have no quantity.", param="line_items[quantity]")
    data = params.get("subscription_data", {})
    trial_end = data.get("trial_end")
    if trial_end is not None and trial_end < world.now + _LEAST_TRIAL_S:
        raise Refusal(
            "The trial must end at least 2 days later.", param="subscription_data[trial_end]"
        )
    made = world.add(
        stripe.checkout.Session,
        "cs_test",
        automatic_tax={"enabled": False, "liability": None, "status": None},
        cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        currency=price["currency"],
        custom_fields=[],
        custom_text={},
        customer=customer["id"],
        expires_at=params.get("expires_at", world.now + _LIVES_S),
        line_items={"object": "list", "data": params["line_items"], "has_more": False, "url": ""},
        mode="subscription",
        payment_method_types=["card"],
        payment_status="unpaid",
        shipping_options=[],
        status="open",
        success_url=params.get("success_url"),
        ui_mode="hosted_page",
    )
    made["url"] = f"https://checkout.stripe.test/c/pay/{made['id']}"
    made["metadata"] = dict(params.get("metadata") or {})
    world.objects.setdefault("_checkout_data", {})[made["id"]] = data
    return made


def retrieve(world: World, session_id: str, _: dict[str, Any]) -> Object:
    """GET /v1/checkout/sessions/{}."""
    return world.get("checkout.session", session_id)


def listing(world: World, params: dict[str, Any]) -> Object:
    """GET /v1/checkout/sessions."""
    found = [
        each
        for each in world.all("checkout.session").values()
        if params.get("customer", each["customer"]) == each["customer"]
        and params.get("status", each["status"]) == each["status"]
        and params.get("subscription", each["subscription"]) == each["subscription"]
    ]
    return page("/v1/checkout/sessions", found, params)


def expire(world: World, session_id: str, _: dict[str, Any]) -> Object:
    """POST /v1/checkout/sessions/{}/expire."""
    found = world.get("checkout.session", session_id)
    if found["status"] != "open":
        raise Refusal("Only open sessions can be expired.", code="checkout_session_not_open")
    found |= {"status": "expired", "url": None}
    world.emit("checkout.session.expired", found)
    return found


def complete(world: World, session_id: str) -> Object:
    """Somebody fills the page in and pays."""
    session = world.get("checkout.session", session_id)
    assert session["status"] == "open", session["status"]
    customer = living(world, session["customer"])
    attach_card(world, customer)
    data = world.objects["_checkout_data"][session_id]
    subscription = subscribing.begin(
        world,
        customer,
        session["line_items"]["data"],
        metadata=data.get("metadata") or {},
        trial_end=data.get("trial_end"),
        anchor=data.get("billing_cycle_anchor"),
    )
    session |= {
        "status": "complete",
        "payment_status": "paid",
        "subscription": subscription["id"],
        "invoice": subscription["latest_invoice"],
        "url": None,
    }
    world.emit("checkout.session.completed", session)
    return subscription


def open_portal(world: World, params: dict[str, Any]) -> Object:
    """POST /v1/billing_portal/sessions."""
    customer = living(world, params.get("customer", ""))
    made = world.add(
        stripe.billing_portal.Session,
        "bps",
        configuration="bpc_00000001",
        customer=customer["id"],
        return_url=params.get("return_url"),
    )
    made["url"] = f"https://billing.stripe.test/p/session/{made['id']}"
    return made


OPERATIONS = (
    Operation("POST", "/checkout/sessions", SessionCreateParams, create),
    Operation("GET", "/checkout/sessions", SessionListParams, listing),
    Operation("GET", "/checkout/sessions/{}", SessionRetrieveParams, retrieve),
    Operation("POST", "/checkout/sessions/{}/expire", SessionExpireParams, expire),
    Operation("POST", "/billing_portal/sessions", PortalCreateParams, open_portal),
)
