"""Prices: immutable but for being active, their lookup key and metadata."""

from decimal import Decimal
from typing import Any

import stripe
from stripe.params import PriceCreateParams, PriceListParams, PriceRetrieveParams, PriceUpdateParams

from tests.stripe_simulator.errors import Refusal
from tests.stripe_simulator.operations import Operation
from tests.stripe_simulator.pages import page
from tests.stripe_simulator.world import Object, World

_MOST_DECIMALS = 12
_MOST_LOOKUP_KEYS = 10


def create(world: World, params: dict[str, Any]) -> Object:
    """POST /v1/prices."""
    world.get("product", params.get("product", ""), "product")
    _take_lookup_key(world, params)
    amount, exact = _amounts(params)
    made = world.add(
        stripe.Price,
        "price",
        active=params.get("active", True),
        billing_scheme=params.get("billing_scheme", "per_unit"),
        currency=params["currency"],
        lookup_key=params.get("lookup_key"),
        nickname=params.get("nickname"),
        product=params["product"],
        recurring=_recurring(world, params.get("recurring")),
        tax_behavior=params.get("tax_behavior", "unspecified"),
        tiers_mode=params.get("tiers_mode"),
        tiers=_tiers(params),
        type="recurring" if "recurring" in params else "one_time",
        unit_amount=amount,
        unit_amount_decimal=exact,
    )
    world.merge_metadata(made, params.get("metadata"))
    world.emit("price.created", made)
    return made


def retrieve(world: World, price_id: str, _: dict[str, Any]) -> Object:
    """GET /v1/prices/{}."""
    return world.get("price", price_id)


def update(world: World, price_id: str, params: dict[str, Any]) -> Object:
    """POST /v1/prices/{}."""
    found = world.get("price", price_id)
    _take_lookup_key(world, params)
    for name in ("active", "nickname", "lookup_key", "tax_behavior"):
        if name in params:
            found[name] = None if params[name] == "" else params[name]
    if "metadata" in params:
        world.merge_metadata(found, params["metadata"])
    world.emit("price.updated", found)
    return found


def listing(world: World, params: dict[str, Any]) -> Object:
    """GET /v1/prices."""
    keys = params.get("lookup_keys")
    if keys is not None and len(keys) > _MOST_LOOKUP_KEYS:
        raise Refusal("Too many lookup_keys", param="lookup_keys")
    found = [
        each
        for each in world.all("price").values()
        if (keys is None or each["lookup_key"] in keys)
        and params.get("active", each["active"]) == each["active"]
        and params.get("product", each["product"]) == each["product"]
    ]
    return page("/v1/prices", found, params)


def _take_lookup_key(world: World, params: dict[str, Any]) -> None:
    key = params.get("lookup_key")
    if not key:
        return
    for holder in world.find("price", lookup_key=key):
        if not params.get("transfer_lookup_key"):
            raise Refusal(
                f"A price (`{holder['id']}`) already uses that lookup key.",
                code="resource_already_exists",
                param="lookup_key",
            )
        holder["lookup_key"] = None


def _amounts(params: dict[str, Any]) -> tuple[int | None, Decimal | None]:
    given = [name for name in ("unit_amount", "unit_amount_decimal", "tiers") if name in params]
    tiered = params.get("billing_scheme") == "tiered"
    if len(given) != 1 or (given == ["tiers"]) != tiered:
        raise Refusal("Specify exactly one of unit_amount, unit_amount_decimal, tiers")
    if tiered:
        return None, None
    exact = Decimal(params[given[0]])
    _check_decimals(exact, given[0])
    return (int(exact) if exact == int(exact) else None), exact


def _tiers(params: dict[str, Any]) -> list[Object] | None:
    if "tiers" not in params:
        return None
    if "tiers_mode" not in params:
        raise Refusal("Missing required param: tiers_mode.", param="tiers_mode")
    tiers, last = [], 0
    for index, tier in enumerate(params["tiers"]):
        final = index == len(params["tiers"]) - 1
        up_to = None if tier["up_to"] == "inf" else int(tier["up_to"])
        if (up_to is None) != final or (up_to is not None and up_to <= last):
            raise Refusal("Tiers must ascend and end with inf", param="tiers")
        last = up_to or last
        exact = Decimal(tier.get("unit_amount_decimal", tier.get("unit_amount", 0)))
        _check_decimals(exact, f"tiers[{index}][unit_amount_decimal]")
        flat = Decimal(tier.get("flat_amount_decimal", tier.get("flat_amount", 0)))
        tiers.append(
            {
                "flat_amount": int(flat) if flat and flat == int(flat) else None,
                "flat_amount_decimal": flat or None,
                "unit_amount": int(exact) if exact == int(exact) else None,
                "unit_amount_decimal": exact,
                "up_to": up_to,
            }
        )
    return tiers


def _recurring(world: World, given: dict[str, Any] | None) -> Object | None:
    if given is None:
        return None
    usage = given.get("usage_type", "licensed")
    meter = given.get("meter")
    if (usage == "metered") != (meter is not None):
        raise Refusal("A metered price needs a meter", param="recurring[meter]")
    if meter is not None:
        world.get("billing.meter", meter, "recurring[meter]")
    return {
        "interval": given["interval"],
        "interval_count": given.get("interval_count", 1),
        "meter": meter,
        "trial_period_days": None,
        "usage_type": usage,
    }


def _check_decimals(exact: Decimal, param: str) -> None:
    exponent = exact.normalize().as_tuple().exponent
    if exact < 0 or -int(exponent) > _MOST_DECIMALS:
        raise Refusal(f"Invalid decimal: {param}", param=param)


OPERATIONS = (
    Operation("POST", "/prices", PriceCreateParams, create),
    Operation("GET", "/prices", PriceListParams, listing),
    Operation("GET", "/prices/{}", PriceRetrieveParams, retrieve),
    Operation("POST", "/prices/{}", PriceUpdateParams, update),
)
