"""Products."""

from typing import Any

import stripe
from stripe.params import (
    ProductCreateParams,
    ProductListParams,
    ProductRetrieveParams,
    ProductUpdateParams,
)

from tests.stripe_simulator.errors import Refusal
from tests.stripe_simulator.operations import Operation
from tests.stripe_simulator.pages import page
from tests.stripe_simulator.world import Object, World


def create(world: World, params: dict[str, Any]) -> Object:
    """POST /v1/products."""
    own = params.get("id")
    if own in world.all("product"):
        raise Refusal(f"Product already exists: {own}", code="resource_already_exists", param="id")
    made = world.add(
        stripe.Product,
        "prod",
        object_id=own,
        active=params.get("active", True),
        name=params["name"],
        description=params.get("description"),
        unit_label=params.get("unit_label"),
        images=[],
        marketing_features=[],
        type="service",
        updated=world.now,
    )
    world.merge_metadata(made, params.get("metadata"))
    world.emit("product.created", made)
    return made


def retrieve(world: World, product_id: str, _: dict[str, Any]) -> Object:
    """GET /v1/products/{}."""
    return world.get("product", product_id)


def update(world: World, product_id: str, params: dict[str, Any]) -> Object:
    """POST /v1/products/{}."""
    found = world.get("product", product_id)
    for name in ("active", "name", "description", "unit_label"):
        if name in params:
            found[name] = None if params[name] == "" else params[name]
    if "metadata" in params:
        world.merge_metadata(found, params["metadata"])
    found["updated"] = world.now
    world.emit("product.updated", found)
    return found


def listing(world: World, params: dict[str, Any]) -> Object:
    """GET /v1/products."""
    ids, active = params.get("ids"), params.get("active")
    found = [
        each
        for each in world.all("product").values()
        if (ids is None or each["id"] in ids) and (active is None or each["active"] == active)
    ]
    return page("/v1/products", found, params)


OPERATIONS = (
    Operation("POST", "/products", ProductCreateParams, create),
    Operation("GET", "/products", ProductListParams, listing),
    Operation("GET", "/products/{}", ProductRetrieveParams, retrieve),
    Operation("POST", "/products/{}", ProductUpdateParams, update),
)
