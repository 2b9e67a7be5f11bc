"""The catalogue as values: families hold plans and items, packs hold features."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from rights.errors import NoPrice, UnknownName
from rights.grace import GraceRung
from rights.money import Prices
from rights.rating.scheme import PerUnit, Scheme

BASE_PACK = "base"
"""The pack that every licensed camera has without its being listed."""

T = TypeVar("T")

Limit = int | bool | None
"""A count (None is unlimited) or a switch."""


class FeatureKind(StrEnum):
    """What a feature switches on."""

    MODEL = "model"
    ANALYTIC = "analytic"
    OUTPUT = "output"


class Cap(StrEnum):
    """What happens at a quota's included amount: a stop, or overage with alerts."""

    HARD = "hard"
    SOFT = "soft"


class PeriodKind(StrEnum):
    """Over what a quota is counted: the calendar month (UTC), the subscription's month, or the
    hours of the last days."""

    CALENDAR = "calendar"
    BILLING = "billing"
    ROLLING = "rolling"


class WhenUnknown(StrEnum):
    """What happens to a use when nobody can say whether it is allowed."""

    OPEN = "open"
    CLOSED = "closed"


class Per(StrEnum):
    """What an item is counted by."""

    CAMERA = "camera"
    DEVICE = "device"
    TENANT = "tenant"


@dataclass(frozen=True, slots=True)
class Feature:
    """One switch of a growth pack; ``metric`` is what each use of it takes from, if anything."""

    name: str
    kind: FeatureKind
    pack: str
    metric: str | None = None
    when_unknown: WhenUnknown = WhenUnknown.CLOSED


@dataclass(frozen=True, slots=True)
class Pack:
    """Features sold together; at least one."""

    name: str
    title: str
    features: tuple[Feature, ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """Something counted. ``price`` applies where no plan names the metric.

    Stripe counts whole numbers: ``stripe_scale`` of its units are one of ours.
    """

    name: str
    title: str
    unit: str
    price: Scheme
    when_unknown: WhenUnknown = WhenUnknown.CLOSED
    stripe_scale: int = 1


@dataclass(frozen=True, slots=True)
class SoftCap:
    """When soft quotas alert (percent of included, ascending), and where they stop at last.

    The hard stop is at ``ceiling_percent`` of the included amount once the grace
    of ``grace_days`` is over.
    """

    alert_percents: tuple[int, ...]
    grace_days: int
    ceiling_percent: int


@dataclass(frozen=True, slots=True)
class Quota:
    """What a plan includes of a metric per period; ``overage`` prices what goes beyond it, None
    under a hard cap.

    ``rolling_days`` is the length of a rolling period, 0 for the others. Of what a period leaves
    unused, up to ``carry_over_percent`` of the included amount goes into the next one.
    """

    metric: str
    included: Decimal
    cap: Cap
    overage: Scheme | None
    period: PeriodKind = PeriodKind.BILLING
    rolling_days: int = 0
    carry_over_percent: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan of a family.

    ``prices`` are per month and None when negotiated. ``trial_days`` is None for
    a plan that is no trial. ``offline_grace_days`` is how long after the paid
    time a node may go on without a network, ``grace_ladder`` with how much.
    """

    family: str
    name: str
    title: str
    prices: Prices | None
    trial_days: int | None
    offline_grace_days: int
    limits: Mapping[str, Limit]
    quotas: Mapping[str, Quota]
    soft_cap: SoftCap | None
    grace_ladder: tuple[GraceRung, ...] = ()

    def price(self, currency: str) -> Decimal:
        """The price per month. Raises NoPrice when negotiated or not sold in the currency."""
        if self.prices is None:
            raise NoPrice(f"the price of {self.family} {self.name} is negotiated")
        return _price(self.prices, currency, f"{self.family} {self.name}")

    def count(self, limit: str) -> int | None:
        """A counted limit, None when unlimited. Raises UnknownName when it is not one."""
        value = self._limit(limit)
        if isinstance(value, bool):
            raise UnknownName("counted limit", limit)
        return value

    def switch(self, limit: str) -> bool:
        """A limit that is on or off. Raises UnknownName when it is not one."""
        value = self._limit(limit)
        if not isinstance(value, bool):
            raise UnknownName("switch", limit)
        return value

    def _limit(self, name: str) -> Limit:
        try:
            return self.limits[name]
        except KeyError:
            raise UnknownName("limit", name) from None


@dataclass(frozen=True, slots=True)
class Item:
    """Something sold by the piece, per month; ``pack`` is what it enables, if any."""

    family: str
    name: str
    title: str
    per: Per
    pack: str | None
    prices: Prices

    def price(self, currency: str) -> Decimal:
        """The price per piece and month. Raises NoPrice when not sold in the currency."""
        return _price(self.prices, currency, self.name)


@dataclass(frozen=True, slots=True)
class Family:
    """Plans of which a tenant holds at most one, and the items beside them."""

    name: str
    title: str
    plans: Mapping[str, Plan]
    items: Mapping[str, Item]


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that is sold; names are unique within their kind (plans: within a family).

    ``version`` is the SHA-256 of the document in hex, ``annual_discount`` a
    fraction of twelve monthly prices.
    """

    version: str
    currencies: tuple[str, ...]
    annual_discount: Decimal
    packs: Mapping[str, Pack]
    features: Mapping[str, Feature]
    metrics: Mapping[str, Metric]
    families: Mapping[str, Family]

    def feature(self, name: str) -> Feature:
        """Raises UnknownName."""
        return _find(self.features, "feature", name)

    def pack(self, name: str) -> Pack:
        """Raises UnknownName."""
        return _find(self.packs, "pack", name)

    def pack_of(self, feature: str) -> Pack:
        """The pack that holds the feature. Raises UnknownName."""
        return self.packs[self.feature(feature).pack]

    def metric(self, name: str) -> Metric:
        """Raises UnknownName."""
        return _find(self.metrics, "metric", name)

    def family(self, name: str) -> Family:
        """Raises UnknownName."""
        return _find(self.families, "family", name)

    def plan(self, family: str, name: str) -> Plan:
        """Raises UnknownName."""
        return _find(self.family(family).plans, f"{family} plan", name)

    def item(self, family: str, name: str) -> Item:
        """Raises UnknownName."""
        return _find(self.family(family).items, f"{family} item", name)

    def item_of(self, pack: str) -> Item:
        """The one item that sells the pack. Raises UnknownName."""
        for family in self.families.values():
            for item in family.items.values():
                if item.pack == pack:
                    return item
        raise UnknownName("pack", pack)

    def annual_price(self, monthly: Decimal) -> Decimal:
        """A year's price, discount taken, not rounded."""
        return monthly * 12 * (1 - self.annual_discount)

    def metric_price(self, metric: str, plan: Plan | None) -> Scheme:
        """What goes beyond what is included costs: the plan's overage, else the metric's price.

        Nothing where a hard cap allows nothing beyond. Raises UnknownName.
        """
        known = self.metric(metric)
        quota = plan.quotas.get(metric) if plan is not None else None
        if quota is None:
            return known.price
        if quota.overage is None:
            return PerUnit(dict.fromkeys(self.currencies, Decimal(0)))
        return quota.overage


def _find(things: Mapping[str, T], kind: str, name: str) -> T:
    try:
        return things[name]
    except KeyError:
        raise UnknownName(kind, name) from None


def _price(prices: Prices, currency: str, name: str) -> Decimal:
    try:
        return prices[currency]
    except KeyError:
        raise NoPrice(f"{name} has no price in {currency}") from None
