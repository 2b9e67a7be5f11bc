"""Price schemes and charges as JSON: decimals as strings, so that they come back as they went.

A scheme is written the way the catalogue writes it: ``{"model": "graduated", "tiers": [{"up_to":
"1000", "unit_prices": {"USD": "0.10"}, "flat": {"USD": "5"}}, …]}``.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from rights.errors import SchemeInvalid
from rights.money import Prices
from rights.rating.scheme import Charge, Flat, Graduated, Package, PerUnit, Scheme, Tier, Volume

Json = dict[str, Any]


class Model(StrEnum):
    """The word for each kind of scheme."""

    PER_UNIT = "per_unit"
    GRADUATED = "graduated"
    VOLUME = "volume"
    PACKAGE = "package"
    FLAT = "flat"


def scheme_to_json(scheme: Scheme) -> Json:
    """The scheme for JSON."""
    match scheme:
        case PerUnit():
            return {"model": Model.PER_UNIT.value, "prices": _written(scheme.prices)}
        case Graduated():
            return {"model": Model.GRADUATED.value, "tiers": [_tier(t) for t in scheme.tiers]}
        case Volume():
            return {"model": Model.VOLUME.value, "tiers": [_tier(t) for t in scheme.tiers]}
        case Package():
            prices = _written(scheme.prices)
            return {"model": Model.PACKAGE.value, "size": f"{scheme.size:f}", "prices": prices}
        case Flat():
            return {"model": Model.FLAT.value, "prices": _written(scheme.prices)}


def scheme_from_json(found: Mapping[str, Any]) -> Scheme:
    """The scheme that was written. Raises SchemeInvalid for a model that is not known."""
    match found.get("model"):
        case Model.PER_UNIT.value:
            return PerUnit(_prices(found["prices"]))
        case Model.GRADUATED.value:
            return Graduated(tuple(map(_read_tier, found["tiers"])))
        case Model.VOLUME.value:
            return Volume(tuple(map(_read_tier, found["tiers"])))
        case Model.PACKAGE.value:
            return Package(Decimal(found["size"]), _prices(found["prices"]))
        case Model.FLAT.value:
            return Flat(_prices(found["prices"]))
        case other:
            raise SchemeInvalid(f"{other!r} is no price model")


def charge_to_json(charge: Charge) -> Json:
    """The part of a line for JSON."""
    return {name: f"{getattr(charge, name):f}" for name in _CHARGE}


def charge_from_json(found: Mapping[str, str]) -> Charge:
    """The part that was written."""
    return Charge(**{name: Decimal(found[name]) for name in _CHARGE})


_CHARGE = ("above", "up_to", "quantity", "per", "unit_price", "flat", "amount")


def _tier(tier: Tier) -> Json:
    made: Json = {"unit_prices": _written(tier.unit_prices)}
    if tier.up_to is not None:
        made["up_to"] = f"{tier.up_to:f}"
    if tier.flat:
        made["flat"] = _written(tier.flat)
    return made


def _read_tier(found: Mapping[str, Any]) -> Tier:
    up_to = found.get("up_to")
    bound = None if up_to is None else Decimal(up_to)
    return Tier(bound, _prices(found["unit_prices"]), _prices(found.get("flat", {})))


def _written(prices: Prices) -> dict[str, str]:
    return {currency: f"{price:f}" for currency, price in prices.items()}


def _prices(found: Mapping[str, str]) -> Prices:
    return {currency: Decimal(price) for currency, price in found.items()}
