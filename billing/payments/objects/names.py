"""Our names for what is sold: lookup keys of prices, ids of products, event names of meters."""

from rights.terms import Interval


def plan_price(family: str, plan: str, interval: Interval, currency: str) -> str:
    """The price of a plan for a month or a year."""
    return f"{family}_{plan}_{interval}_{currency.lower()}"


def is_of_a_year(price: str) -> bool:
    """Whether it is the price of a plan for a year."""
    return price.rsplit("_", 2)[1:2] == [Interval.YEAR]


def item_price(family: str, item: str, currency: str) -> str:
    """The price of an item for a month."""
    return f"{family}_{item}_month_{currency.lower()}"


def metered_price(metric: str, plan: str, currency: str) -> str:
    """The price of a metric for who holds a metered plan."""
    return f"metered_{plan}_{metric}_{currency.lower()}"


def meter(metric: str) -> str:
    """The meter of a metric."""
    return f"brinkbyte_{metric}"


def plan_product(family: str, plan: str) -> str:
    """A plan."""
    return f"{family}_{plan}"


def item_product(family: str, item: str) -> str:
    """An item."""
    return f"{family}_item_{item}"


def metric_product(metric: str) -> str:
    """A metric."""
    return f"metric_{metric}"
