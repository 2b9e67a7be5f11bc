"""What is for sale, as a customer sees it."""

from dataclasses import dataclass

from billing.catalog.live import Catalogs
from rights.catalog.model import Catalog, Feature, Item, Per


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
    """A metric with the list price of one unit: an exact decimal in `currency`."""

    name: str
    unit: str
    unit_price: str
    currency: str


@dataclass(frozen=True, slots=True)
class CatalogView:
    """Everything shown, in the catalogue's order."""

    version: str
    packs: tuple[PackOffer, ...]
    metrics: tuple[MetricOffer, ...]


class CatalogService:
    """Shows the catalogue in its first currency."""

    def __init__(self, catalogs: Catalogs) -> None:
        """`catalogs` hold the live one."""
        self._catalogs = catalogs

    def view(self) -> CatalogView:
        """The live catalogue."""
        return _view(self._catalogs.live)


def _view(catalog: Catalog) -> CatalogView:
    currency = catalog.currencies[0]
    items = {item.pack: item for item in catalog.family("vision").items.values() if item.pack}
    standard = catalog.plan("metered", "standard")

    def pack(name: str, item: Item) -> PackOffer:
        features = catalog.pack(name).features
        return PackOffer(name, item.per, f"{item.price(currency):f}", currency, features)

    metrics = tuple(
        MetricOffer(
            metric.name,
            metric.unit,
            f"{catalog.unit_price(metric.name, standard, currency):f}",
            currency,
        )
        for metric in catalog.metrics.values()
    )
    packs = tuple(pack(name, items[name]) for name in catalog.packs if name in items)
    return CatalogView(catalog.version, packs, metrics)
