"""What is for sale, as a customer sees it: in the catalogue's first currency."""

from dataclasses import dataclass

from rights.catalog.model import Catalog, Feature, Item, Per, Plan
from rights.rating.scheme import Scheme


@dataclass(frozen=True, slots=True)
class PackOffer:
    """A pack with its price a month: an exact decimal in `currency`."""

    name: str
    per: Per
    unit_price: str
    currency: str
    features: tuple[Feature, ...]


@dataclass(frozen=True, slots=True)
class MetricOffer:
    """A metric with its list price beyond what a plan includes."""

    name: str
    unit: str
    price: Scheme


@dataclass(frozen=True, slots=True)
class CatalogView:
    """Everything shown, in the catalogue's order."""

    version: str
    packs: tuple[PackOffer, ...]
    metrics: tuple[MetricOffer, ...]
    plans: tuple[Plan, ...]
    items: tuple[Item, ...]
    currency: str


def offer(catalog: Catalog) -> CatalogView:
    """What the catalogue offers."""
    currency = catalog.currencies[0]
    items = {item.pack: item for item in catalog.family("vision").items.values() if item.pack}
    standard = catalog.plan("metered", "standard")

    def pack(name: str, item: Item) -> PackOffer:
        features = catalog.pack(name).features
        return PackOffer(name, item.per, f"{item.price(currency):f}", currency, features)

    metrics = tuple(
        MetricOffer(metric.name, metric.unit, catalog.metric_price(metric.name, standard))
        for metric in catalog.metrics.values()
    )
    packs = tuple(pack(name, items[name]) for name in catalog.packs if name in items)
    families = catalog.families.values()
    plans = tuple(plan for family in families for plan in family.plans.values())
    sold = tuple(item for family in families for item in family.items.values())
    return CatalogView(catalog.version, packs, metrics, plans, sold, currency)
