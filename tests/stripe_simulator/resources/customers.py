"""Customers, their payment methods and tax ids."""

from typing import Any

import stripe
from stripe.params import (
    CustomerCreateParams,
    CustomerDeleteParams,
    CustomerListParams,
    CustomerRetrieveParams,
    CustomerUpdateParams,
)

from tests.stripe_simulator.errors import missing
from tests.stripe_simulator.operations import Operation
from tests.stripe_simulator.pages import page, within
from tests.stripe_simulator.world import Object, World

_PLAIN = ("email", "name", "description", "phone", "address", "tax_exempt", "business_name")


def create(world: World, params: dict[str, Any]) -> Object:
    """POST /v1/customers."""
    number = world.number("prefix")
    made = world.add(
        stripe.Customer,
        "cus",
        balance=0,
        delinquent=False,
        invoice_prefix=f"S{number:07d}",
        next_invoice_sequence=1,
        preferred_locales=[],
        tax_exempt="none",
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
    )
    _set(world, made, params)
    world.emit("customer.created", made)
    return made


def retrieve(world: World, customer_id: str, _: dict[str, Any]) -> Object:
    """GET /v1/customers/{}; a deleted one says so."""
    return world.get("customer", customer_id)


def living(world: World, customer_id: str, param: str = "customer") -> Object:
    """A customer that was not deleted. Raises Refusal."""
    found = world.get("customer", customer_id, param)
    if found.get("deleted"):
        raise missing("customer", customer_id, param)
    return found


def update(world: World, customer_id: str, params: dict[str, Any]) -> Object:
    """POST /v1/customers/{}."""
    found = living(world, customer_id, "id")
    _set(world, found, params)
    world.emit("customer.updated", found)
    return found


def delete(world: World, customer_id: str, _: dict[str, Any]) -> Object:
    """DELETE /v1/customers/{}."""
    living(world, customer_id, "id")
    gone = {"id": customer_id, "object": "customer", "deleted": True}
    world.all("customer")[customer_id] = gone
    world.emit("customer.deleted", gone)
    return gone


def listing(world: World, params: dict[str, Any]) -> Object:
    """GET /v1/customers."""
    email = params.get("email")
    found = [
        each
        for each in world.all("customer").values()
        if not each.get("deleted")
        and (email is None or each["email"] == email)
        and within(each["created"], params.get("created"))
    ]
    return page("/v1/customers", found, params)


def attach_card(world: World, customer: Object) -> str:
    """Gives the customer a card that pays by default; returns its id."""
    card = world.add(
        stripe.PaymentMethod,
        "pm",
        type="card",
        customer=customer["id"],
        card={"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2099},
    )
    customer["invoice_settings"]["default_payment_method"] = card["id"]
    return str(card["id"])


def _set(world: World, customer: Object, params: dict[str, Any]) -> None:
    for name in _PLAIN:
        if name in params:
            customer[name] = None if params[name] == "" else params[name]
    if "metadata" in params:
        world.merge_metadata(customer, params["metadata"])
    if "payment_method" in params:
        attach_card(world, customer)
    settings = params.get("invoice_settings") or {}
    if "default_payment_method" in settings:
        attach_card(world, customer)


OPERATIONS = (
    Operation("POST", "/customers", CustomerCreateParams, create),
    Operation("GET", "/customers", CustomerListParams, listing),
    Operation("GET", "/customers/{}", CustomerRetrieveParams, retrieve),
    Operation("POST", "/customers/{}", CustomerUpdateParams, update),
    Operation("DELETE", "/customers/{}", CustomerDeleteParams, delete),
)
