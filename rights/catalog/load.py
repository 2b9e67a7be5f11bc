"""From the catalogue document to the catalogue, refusing everything it does not know."""

from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType

from rights.catalog import goods
from rights.catalog.document import Entry, open_document
from rights.catalog.families import FamilyReader
from rights.catalog.model import BASE_PACK, Catalog, Feature, Pack
from rights.catalog.problems import Problems
from rights.catalog.schema import DOCUMENT, PACK


def load_catalog(text: str) -> Catalog:
    """The catalogue written in ``text`` (YAML).

    Raises CatalogError with line and place of every problem: unknown or missing
    keys, duplicates, names that refer to nothing, packs without features, prices
    that are not quoted decimals in exactly the catalogue's currencies. Of each
    pack, metric, plan and item the first problem is told.
    """
    root = open_document(text).members(DOCUMENT)
    currencies, problems = goods.currencies(root["currencies"]), Problems()
    discounts = problems.each(
        {"annual_discount": root["annual_discount"]}, lambda _, entry: goods.fraction(entry)
    )
    listed, counted = root["packs"].named(), root["metrics"].named()
    problems.check(lambda: _base_is_listed(root["packs"], listed))
    packs = problems.each(listed, lambda name, entry: goods.pack(name, entry, counted))
    metrics = problems.each(counted, lambda name, entry: goods.metric(name, entry, currencies))
    problems.check(lambda: _no_feature_lies_in_two(listed, packs))
    reader = FamilyReader(currencies, listed, counted, problems)
    families = problems.each(root["families"].named(), reader.family)
    problems.end()
    catalog = Catalog(
        version=sha256(text.encode()).hexdigest(),
        currencies=currencies,
        annual_discount=discounts["annual_discount"],
        packs=MappingProxyType(packs),
        features=MappingProxyType(
            {feature.name: feature for pack in packs.values() for feature in pack.features}
        ),
        metrics=MappingProxyType(metrics),
        families=MappingProxyType(families),
    )
    problems.each(listed, lambda name, entry: _is_sold_once(catalog, name, entry))
    problems.end()
    return catalog


def _base_is_listed(entry: Entry, listed: Mapping[str, Entry]) -> None:
    if BASE_PACK not in listed:
        entry.refuse(f"missing the pack {BASE_PACK!r}")


def _no_feature_lies_in_two(listed: Mapping[str, Entry], packs: Mapping[str, Pack]) -> None:
    seen: dict[str, Feature] = {}
    for pack in packs.values():
        for feature in pack.features:
            if feature.name in seen:
                held = listed[pack.name].members(PACK)["features"].named()[feature.name]
                other = seen[feature.name].pack
                held.refuse(f"duplicate feature {feature.name!r}, already in pack {other!r}")
            seen[feature.name] = feature


def _is_sold_once(catalog: Catalog, name: str, entry: Entry) -> None:
    sold = [item.pack for family in catalog.families.values() for item in family.items.values()]
    if sold.count(name) != 1:
        entry.refuse(f"pack {name!r} is sold by {sold.count(name)} items, not 1")
