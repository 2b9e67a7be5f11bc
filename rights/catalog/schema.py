"""Which keys each mapping of the catalogue document has.

The names of the shapes are those of the messages in
brinkbyte/catalog/v1/catalog_document.proto, whose JSON mapping the document is.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """The keys of one mapping: those it must have and those it may have."""

    message: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


DOCUMENT = Shape(
    "CatalogDocument", ("currencies", "annual_discount", "packs", "metrics", "families")
)
PACK = Shape("CatalogPack", ("title", "features"))
FEATURE = Shape("CatalogFeature", ("kind",), ("metric", "when_unknown"))
METRIC = Shape(
    "CatalogMetric", ("title", "unit"), ("prices", "price_scheme", "when_unknown", "stripe_scale")
)
FAMILY = Shape("CatalogFamily", ("title", "plans"), ("items",))
PLAN = Shape(
    "CatalogPlan",
    ("title", "prices"),
    ("trial_days", "offline_grace_days", "grace_ladder", "limits", "quotas", "soft_cap"),
)
GRACE_STEP = Shape("CatalogGraceStep", ("step", "after_percent"), ("frame_stride",))
QUOTA = Shape(
    "CatalogQuota",
    ("included", "cap"),
    ("overage", "overage_scheme", "period", "carry_over_percent"),
)
SCHEME = Shape("CatalogScheme", ("model",), ("prices", "tiers", "size"))
TIER = Shape("CatalogTier", ("unit_prices",), ("up_to", "flat"))
ROLLING = Shape("CatalogRollingPeriod", ("rolling_days",))
SOFT_CAP = Shape("CatalogSoftCap", ("alert_percents", "grace_days", "ceiling_percent"))
ITEM = Shape("CatalogItem", ("title", "per", "prices"), ("pack",))

SHAPES = (
    DOCUMENT,
    PACK,
    FEATURE,
    METRIC,
    FAMILY,
    PLAN,
    GRACE_STEP,
    QUOTA,
    SCHEME,
    TIER,
    ROLLING,
    SOFT_CAP,
    ITEM,
)
