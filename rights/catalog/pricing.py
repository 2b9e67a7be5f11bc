"""Reads prices: one for every unit, or a scheme."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from rights.catalog.document import Entry
from rights.catalog.schema import SCHEME, TIER
from rights.errors import SchemeInvalid
from rights.money import Prices
from rights.rating.scheme import Flat, Graduated, Package, PerUnit, Scheme, Tier, Volume
from rights.rating.written import Model

T = TypeVar("T")

_NEEDS = {
    Model.PER_UNIT: "prices",
    Model.GRADUATED: "tiers",
    Model.VOLUME: "tiers",
    Model.PACKAGE: "prices size",
    Model.FLAT: "prices",
}


def prices(entry: Entry, currencies: tuple[str, ...]) -> Prices:
    """One price in each of exactly these currencies. Raises CatalogError."""
    stated = entry.currencies()
    for currency, price in stated.items():
        if currency not in currencies:
            price.refuse(f"{currency!r} is not one of the catalogue's currencies")
    missing = [currency for currency in currencies if currency not in stated]
    if missing:
        entry.refuse(f"no price in {', '.join(missing)}")
    return MappingProxyType({currency: stated[currency].decimal() for currency in currencies})


def price_or_scheme(
    entry: Entry,
    members: Mapping[str, Entry],
    plain: str,
    rich: str,
    currencies: tuple[str, ...],
) -> Scheme:
    """What is stated under exactly one of two keys: a price for every unit under ``plain``, a
    scheme under ``rich``. Raises CatalogError."""
    if (plain in members) == (rich in members):
        entry.refuse(f"either {plain} or {rich} is needed, and not both")
    if plain in members:
        return PerUnit(prices(members[plain], currencies))
    return scheme(members[rich], currencies)


def scheme(entry: Entry, currencies: tuple[str, ...]) -> Scheme:
    """A scheme with prices in each of exactly these currencies. Raises CatalogError."""
    members = entry.members(SCHEME)
    model = Model(members["model"].choice(Model))
    if sorted(members) != sorted(["model", *_NEEDS[model].split()]):
        entry.refuse(f"{model} is stated by {_NEEDS[model].replace(' ', ' and ')}, nothing else")
    match model:
        case Model.PER_UNIT:
            return PerUnit(prices(members["prices"], currencies))
        case Model.FLAT:
            return Flat(prices(members["prices"], currencies))
        case Model.PACKAGE:
            return _package(members, currencies)
        case Model.GRADUATED:
            return Graduated(_tiers(members["tiers"], currencies))
        case Model.VOLUME:
            return Volume(_tiers(members["tiers"], currencies))


def _package(members: Mapping[str, Entry], currencies: tuple[str, ...]) -> Package:
    stated = prices(members["prices"], currencies)
    size = members["size"].decimal()
    return _right(members["size"], lambda: Package(size, stated))


def _tiers(entry: Entry, currencies: tuple[str, ...]) -> tuple[Tier, ...]:
    tiers = tuple(_tier(item, currencies) for item in entry.items())
    return _right(entry, lambda: Graduated(tiers)).tiers


def _tier(entry: Entry, currencies: tuple[str, ...]) -> Tier:
    members = entry.members(TIER)
    return Tier(
        members["up_to"].decimal() if "up_to" in members else None,
        prices(members["unit_prices"], currencies),
        prices(members["flat"], currencies) if "flat" in members else {},
    )


def _right(entry: Entry, make: Callable[[], T]) -> T:
    try:
        return make()
    except SchemeInvalid as error:
        entry.refuse(str(error))
