"""Features, the products that carry them, and what a customer's subscriptions entitle it to."""

from typing import Any

import stripe
import stripe.entitlements
from stripe.params import ProductFeatureCreateParams, ProductFeatureListParams
from stripe.params.entitlements import (
    ActiveEntitlementListParams,
    FeatureCreateParams,
    FeatureListParams,
)

from tests.stripe_simulator.errors import Refusal
from tests.stripe_simulator.operations import Operation
from tests.stripe_simulator.pages import page
from tests.stripe_simulator.resources.customers import living
from tests.stripe_simulator.world import Object, World

_ENTITLED = ("active", "trialing", "past_due")


def create_feature(world: World, params: dict[str, Any]) -> Object:
    """POST /v1/entitlements/features."""
    if world.find("entitlements.feature", lookup_key=params["lookup_key"]):
        raise Refusal("The lookup key is taken.", code="resource_already_exists")
    return world.add(
        stripe.entitlements.Feature,
        "feat",
        active=True,
        name=params["name"],
        lookup_key=params["lookup_key"],
    )


def list_features(world: World, params: dict[str, Any]) -> Object:
    """GET /v1/entitlements/features."""
    key = params.get("lookup_key")
    found = [
        each
        for each in world.all("entitlements.feature").values()
        if key is None or each["lookup_key"] == key
    ]
    return page("/v1/entitlements/features", found, params)


def attach_feature(world: World, product_id: str, params: dict[str, Any]) -> Object:
    """POST /v1/products/{}/features."""
    world.get("product", product_id)
    feature = world.get(
        "entitlements.feature", params["entitlement_feature"], "entitlement_feature"
    )
    made = world.add(stripe.ProductFeature, "prodft", entitlement_feature=feature)
    world.objects.setdefault("_product_of_feature", {})[made["id"]] = {"product": product_id}
    return made


def list_attached(world: World, product_id: str, params: dict[str, Any]) -> Object:
    """GET /v1/products/{}/features."""
    return page(f"/v1/products/{product_id}/features", _attached(world, product_id), params)


def active(world: World, params: dict[str, Any]) -> Object:
    """GET /v1/entitlements/active_entitlements."""
    customer = living(world, params["customer"])
    products = {
        item["price"]["product"]
        for each in world.find("subscription", customer=customer["id"])
        if each["status"] in _ENTITLED
        for item in each["items"]["data"]
    }
    features = {
        link["entitlement_feature"]["id"]: link["entitlement_feature"]
        for product in products
        for link in _attached(world, product)
    }
    found = [
        {
            "id": f"ent_{feature_id}",
            "object": "entitlements.active_entitlement",
            "feature": feature_id,
            "livemode": False,
            "lookup_key": feature["lookup_key"],
        }
        for feature_id, feature in sorted(features.items())
    ]
    return page("/v1/entitlements/active_entitlements", found, params)


def _attached(world: World, product_id: str) -> list[Object]:
    links = world.objects.get("_product_of_feature", {})
    return [
        each
        for each in world.all("product_feature").values()
        if links[each["id"]]["product"] == product_id
    ]


OPERATIONS = (
    Operation("POST", "/entitlements/features", FeatureCreateParams, create_feature),
    Operation("GET", "/entitlements/features", FeatureListParams, list_features),
    Operation("GET", "/entitlements/active_entitlements", ActiveEntitlementListParams, active),
    Operation("POST", "/products/{}/features", ProductFeatureCreateParams, attach_feature),
    Operation("GET", "/products/{}/features", ProductFeatureListParams, list_attached),
)
