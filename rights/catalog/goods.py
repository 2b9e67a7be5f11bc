"""Reads packs with their features, metrics and prices."""

from collections.abc import Container, Mapping
from decimal import Decimal

from rights.catalog.document import Entry
from rights.catalog.model import Feature, FeatureKind, Metric, Pack, WhenUnknown
from rights.catalog.pricing import price_or_scheme
from rights.catalog.schema import FEATURE, METRIC, PACK
from rights.money import EXPONENTS
from rights.quantity import UNITS_PER_ONE


def currencies(entry: Entry) -> tuple[str, ...]:
    """ISO 4217 codes, each once. Raises CatalogError."""
    codes = tuple(item.choice(EXPONENTS) for item in entry.items())
    if len(set(codes)) != len(codes):
        entry.refuse("a currency is listed twice")
    return codes


def fraction(entry: Entry) -> Decimal:
    """A decimal below 1. Raises CatalogError."""
    value = entry.decimal()
    if value >= 1:
        entry.refuse("a discount is a fraction below 1")
    return value


def metric(name: str, entry: Entry, currencies: tuple[str, ...]) -> Metric:
    """Something counted. Raises CatalogError."""
    members = entry.members(METRIC)
    return Metric(
        name,
        members["title"].text(),
        members["unit"].text(),
        price_or_scheme(entry, members, "prices", "price_scheme", currencies),
        when_unknown(members),
        _scale(members),
    )


def _scale(members: Mapping[str, Entry]) -> int:
    if "stripe_scale" not in members:
        return 1
    scale = members["stripe_scale"].integer()
    if not 1 <= scale <= UNITS_PER_ONE:
        members["stripe_scale"].refuse(f"a scale is 1 to {UNITS_PER_ONE}")
    return scale


def pack(name: str, entry: Entry, metrics: Container[str]) -> Pack:
    """A pack whose features take from nothing but these metrics. Raises CatalogError."""
    members = entry.members(PACK)
    features = tuple(
        _feature(feature, name, held, metrics)
        for feature, held in members["features"].named().items()
    )
    return Pack(name, members["title"].text(), features)


def when_unknown(members: Mapping[str, Entry]) -> WhenUnknown:
    """Open or closed; closed where nothing is said. Raises CatalogError."""
    if "when_unknown" not in members:
        return WhenUnknown.CLOSED
    return WhenUnknown(members["when_unknown"].choice(WhenUnknown))


def _feature(name: str, pack: str, entry: Entry, metrics: Container[str]) -> Feature:
    """Written as its kind alone, or as a mapping."""
    if not entry.is_mapping():
        return Feature(name, FeatureKind(entry.choice(FeatureKind)), pack)
    members = entry.members(FEATURE)
    used = members["metric"].text() if "metric" in members else None
    if used is not None and used not in metrics:
        members["metric"].refuse(f"{used!r} is not a metric of the catalogue")
    kind = FeatureKind(members["kind"].choice(FeatureKind))
    return Feature(name, kind, pack, used, when_unknown(members))
