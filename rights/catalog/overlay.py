"""What holds for a tenant that bought an older catalogue than the live one."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from rights.catalog.model import Catalog, Family, Feature, Item, Pack

T = TypeVar("T")


def effective(pinned: Catalog, live: Catalog) -> Catalog:
    """The pinned catalogue with what it does not have at all taken from the live one.

    Where both have a pack, feature, metric, plan or item the pinned one holds, and
    a feature stays in its pinned pack: a live pack whose features all lie elsewhere
    is empty. A live item for a pack that a pinned one sells is left out, so that
    each pack keeps one seller. Currencies, discount and version are the pinned ones.
    """
    if pinned.version == live.version:
        return pinned
    packs = {
        name: _pack(pack, pinned, live) for name, pack in _both(pinned.packs, live.packs).items()
    }
    return replace(
        pinned,
        packs=MappingProxyType(packs),
        features=MappingProxyType(
            {feature.name: feature for pack in packs.values() for feature in pack.features}
        ),
        metrics=_both(pinned.metrics, live.metrics),
        families=_families(pinned, live),
    )


def bought_catalog(live: Catalog, pinned: Mapping[str, Catalog]) -> Catalog:
    """The effective catalogue of a tenant whose subscriptions pin one version a family.

    Each pinned family holds as it was bought. Packs and features are those of the vision
    subscription, metrics those of the metered one; what they do not have at all is live.
    """
    layers = {family: effective(each, live) for family, each in pinned.items()}
    vision, metered = layers.get("vision", live), layers.get("metered", live)
    families = {**vision.families, **{n: f for n, f in live.families.items() if n != "vision"}}
    families |= {name: each.families[name] for name, each in layers.items()}
    return replace(
        vision,
        metrics=_both(metered.metrics, vision.metrics),
        families=MappingProxyType(families),
    )


def _both(pinned: Mapping[str, T], live: Mapping[str, T]) -> Mapping[str, T]:
    """In the order of the pinned one, then of the live one."""
    added = {name: thing for name, thing in live.items() if name not in pinned}
    return MappingProxyType({**pinned, **added})


def _pack(pack: Pack, pinned: Catalog, live: Catalog) -> Pack:
    kept = pinned.packs[pack.name].features if pack.name in pinned.packs else ()
    added: tuple[Feature, ...] = ()
    if pack.name in live.packs:
        added = tuple(
            each for each in live.packs[pack.name].features if each.name not in pinned.features
        )
    return replace(pack, features=(*kept, *added))


def _families(pinned: Catalog, live: Catalog) -> Mapping[str, Family]:
    sold = {
        item.pack: (family.name, item.name)
        for family in pinned.families.values()
        for item in family.items.values()
        if item.pack is not None
    }

    def wanted(item: Item) -> bool:
        own = (item.family, item.name)
        return item.pack is None or sold.get(item.pack, own) == own

    families: dict[str, Family] = {}
    for name, family in _both(pinned.families, live.families).items():
        newer = live.families.get(name, family)
        items = {each: item for each, item in newer.items.items() if wanted(item)}
        if name not in pinned.families:
            families[name] = replace(family, items=MappingProxyType(items))
            continue
        families[name] = replace(
            family, plans=_both(family.plans, newer.plans), items=_both(family.items, items)
        )
    return MappingProxyType(families)
