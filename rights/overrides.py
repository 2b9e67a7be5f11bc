"""What the vendor gave or took beside a tenant's plan, each for a reason and perhaps for a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from rights.money import Prices


class OverrideKind(StrEnum):
    """What an override is about."""

    FEATURE = "feature"
    QUOTA = "quota"
    PRICE = "price"


class PriceOf(StrEnum):
    """What a price override prices: a unit of a metric beyond what is included, an item by the
    piece and month, a plan by the month."""

    METRIC = "metric"
    ITEM = "item"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class PriceTarget:
    """One price of the catalogue; ``family`` is empty for a metric."""

    of: PriceOf
    family: str
    name: str


@dataclass(frozen=True, slots=True)
class FeatureOverride:
    """A feature given or taken, for one camera or (None) for the whole tenant.

    ``until`` (aware) is where it ends, None when it does not.
    """

    feature: str
    allowed: bool
    camera_id: str | None
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class QuotaOverride:
    """What is included of a metric per period, and where a soft quota stops at last (an amount);
    None leaves the plan's."""

    metric: str
    included: Decimal | None
    ceiling: Decimal | None
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """A price of the tenant's own; currencies that are not named keep the catalogue's."""

    target: PriceTarget
    prices: Prices
    reason: str
    until: datetime | None


Override = FeatureOverride | QuotaOverride | PriceOverride
T = TypeVar("T", FeatureOverride, QuotaOverride, PriceOverride)


@dataclass(frozen=True, slots=True)
class Overrides:
    """A tenant's overrides; an expired one counts for nothing."""

    features: Mapping[tuple[str, str | None], FeatureOverride] = field(default_factory=dict)
    quotas: Mapping[str, QuotaOverride] = field(default_factory=dict)
    prices: Mapping[PriceTarget, PriceOverride] = field(default_factory=dict)

    @classmethod
    def of(cls, overrides: Iterable[Override]) -> "Overrides":
        """From the rows; of two about the same thing the later one counts."""
        features: dict[tuple[str, str | None], FeatureOverride] = {}
        quotas: dict[str, QuotaOverride] = {}
        prices: dict[PriceTarget, PriceOverride] = {}
        for each in overrides:
            match each:
                case FeatureOverride():
                    features[each.feature, each.camera_id] = each
                case QuotaOverride():
                    quotas[each.metric] = each
                case PriceOverride():
                    prices[each.target] = each
        return cls(features, quotas, prices)

    def feature(self, name: str, camera_id: str | None, now: datetime) -> FeatureOverride | None:
        """The one that counts for the feature: a camera's is stronger than the tenant's."""
        if not self.features:
            return None
        own = in_force(self.features.get((name, camera_id)), now)
        if own is not None or camera_id is None:
            return own
        return in_force(self.features.get((name, None)), now)

    def quota(self, metric: str, now: datetime) -> QuotaOverride | None:
        """The one that counts for the metric."""
        return in_force(self.quotas.get(metric), now)

    def price(self, target: PriceTarget, currency: str, now: datetime) -> Decimal | None:
        """The tenant's own price, in the currency's main unit."""
        found = in_force(self.prices.get(target), now)
        return found.prices.get(currency) if found is not None else None

    def next_end(self, now: datetime) -> datetime | None:
        """When the next of those in force ends."""
        held: list[Override] = [
            *self.features.values(),
            *self.quotas.values(),
            *self.prices.values(),
        ]
        return min((each.until for each in held if each.until and each.until > now), default=None)


def in_force(override: T | None, now: datetime) -> T | None:
    """The override unless it is over."""
    if override is None or (override.until is not None and override.until <= now):
        return None
    return override
