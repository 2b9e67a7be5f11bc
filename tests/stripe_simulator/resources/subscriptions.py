"""Subscriptions."""

from typing import Any

from stripe.params import (
    SubscriptionCancelParams,
    SubscriptionCreateParams,
    SubscriptionListParams,
    SubscriptionRetrieveParams,
    SubscriptionUpdateParams,
)

from tests.stripe_simulator import cycle, invoicing, proration, subscribing
from tests.stripe_simulator.errors import Refusal
from tests.stripe_simulator.operations import Operation
from tests.stripe_simulator.pages import page
from tests.stripe_simulator.resources.customers import living
from tests.stripe_simulator.world import Object, World

_SUPPORTED = {
    "items",
    "metadata",
    "cancel_at_period_end",
    "proration_behavior",
    "trial_end",
    "billing_cycle_anchor",
    "cancellation_details",
    "payment_behavior",
    "off_session",
    "automatic_tax",
    "default_payment_method",
}
_ENDED = ("canceled", "incomplete_expired")


def create(world: World, params: dict[str, Any]) -> Object:
    """POST /v1/subscriptions."""
    _only_supported(params, {"customer"})
    customer = living(world, params.get("customer", ""))
    return subscribing.begin(
        world,
        customer,
        params.get("items", []),
        metadata=params.get("metadata") or {},
        trial_end=params.get("trial_end"),
        anchor=params.get("billing_cycle_anchor"),
    )


def retrieve(world: World, subscription_id: str, _: dict[str, Any]) -> Object:
    """GET /v1/subscriptions/{}."""
    return world.get("subscription", subscription_id)


def listing(world: World, params: dict[str, Any]) -> Object:
    """GET /v1/subscriptions; ended ones only when asked for."""
    status = params.get("status")
    found = [
        each
        for each in world.all("subscription").values()
        if params.get("customer", each["customer"]) == each["customer"]
        and (
            status == "all"
            or each["status"] == status
            or (status is None and each["status"] not in _ENDED)
        )
    ]
    return page("/v1/subscriptions", found, params)


def update(world: World, subscription_id: str, params: dict[str, Any]) -> Object:
    """POST /v1/subscriptions/{}."""
    _only_supported(params, set())
    found = world.get("subscription", subscription_id)
    if found["status"] in _ENDED:
        raise Refusal("A canceled subscription can only update its metadata.", param="status")
    if "items" in params:
        proration.change(
            world, found, params["items"], params.get("proration_behavior", "create_prorations")
        )
    if "metadata" in params:
        world.merge_metadata(found, params["metadata"])
    if "cancel_at_period_end" in params:
        cancel = params["cancel_at_period_end"]
        found["cancel_at_period_end"] = cancel
        last = max(item["current_period_end"] for item in found["items"]["data"])
        found["cancel_at"] = last if cancel else None
        found["canceled_at"] = world.now if cancel else None
    if "trial_end" in params:
        _move_trial(world, found, params["trial_end"])
    if params.get("billing_cycle_anchor") == "now":
        found["billing_cycle_anchor"] = world.now
        for item in found["items"]["data"]:
            item["current_period_end"] = world.now
    world.emit("customer.subscription.updated", found)
    cycle.settle(world)
    return found


def cancel(world: World, subscription_id: str, params: dict[str, Any]) -> Object:
    """DELETE /v1/subscriptions/{}."""
    found = world.get("subscription", subscription_id)
    if found["status"] in _ENDED:
        raise Refusal("No such subscription: it is canceled.", code="resource_missing", status=404)
    arrears = []
    if params.get("invoice_now"):
        arrears = [
            (item, item["billed_until"] or item["current_period_start"], world.now)
            for item in found["items"]["data"]
            if subscribing.is_metered(item)
        ]
    if params.get("prorate"):
        for item in found["items"]["data"]:
            proration.credit(world, found, item)
    last = subscribing.end(world, found, arrears=arrears)
    if last is not None:
        invoicing.finalize(world, last)
        cycle.collect(world, last)
    return found


def _move_trial(world: World, subscription: Object, trial_end: Any) -> None:
    moment = world.now if trial_end == "now" else int(trial_end)
    subscription["billing_cycle_anchor"] = moment
    subscription["trial_end"] = moment
    if moment > world.now:
        subscription["status"] = "trialing"
    for item in subscription["items"]["data"]:
        item["current_period_end"] = moment


def _only_supported(params: dict[str, Any], more: set[str]) -> None:
    """Stripe knows more; what the simulator does not do it must not seem to do."""
    unsupported = set(params) - _SUPPORTED - more
    if unsupported:
        raise Refusal(f"The simulator does not know {sorted(unsupported)}", code="simulator")


OPERATIONS = (
    Operation("POST", "/subscriptions", SubscriptionCreateParams, create),
    Operation("GET", "/subscriptions", SubscriptionListParams, listing),
    Operation("GET", "/subscriptions/{}", SubscriptionRetrieveParams, retrieve),
    Operation("POST", "/subscriptions/{}", SubscriptionUpdateParams, update),
    Operation("DELETE", "/subscriptions/{}", SubscriptionCancelParams, cancel),
)
