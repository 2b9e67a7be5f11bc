"""What the catalogue wants the payment provider to know, in the order in which it is made."""

from collections.abc import Iterator
from decimal import Decimal

from billing.payments.goods import Good, MeterGood, PriceGood, ProductGood, Tier
from billing.payments.objects import names
from rights.catalog.model import Catalog, Family, Item, Metric, Plan
from rights.money import exponent_of
from rights.rating.annual import charge_of_year
from rights.rating.scheme import Graduated, PerUnit, Scheme, Volume
from rights.rating.scheme import Tier as SchemeTier
from rights.terms import Interval

_METERED = "metered"


def wanted(catalog: Catalog) -> tuple[Good, ...]:
    """Products and meters first, then the prices that need them."""
    products: list[Good] = []
    prices: list[Good] = []
    for family in catalog.families.values():
        for good in _family(catalog, family):
            (prices if isinstance(good, PriceGood) else products).append(good)
    for metric in sold_metrics(catalog):
        products.append(ProductGood(names.metric_product(metric.name), metric.title, metric.unit))
        products.append(MeterGood(names.meter(metric.name), metric.title, metric.stripe_scale))
        prices += _metered(catalog, metric)
    return (*products, *prices)


def sold_metrics(catalog: Catalog) -> tuple[Metric, ...]:
    """The metrics that a metered plan names, in the catalogue's order."""
    plans = catalog.family(_METERED).plans.values()
    named = {metric for plan in plans for metric in plan.quotas}
    return tuple(metric for metric in catalog.metrics.values() if metric.name in named)


def _family(catalog: Catalog, family: Family) -> Iterator[Good]:
    for plan in family.plans.values():
        if plan.prices is not None and any(plan.prices.values()):
            yield ProductGood(names.plan_product(family.name, plan.name), plan.title)
            yield from _plan(catalog, plan)
    for item in family.items.values():
        yield ProductGood(names.item_product(family.name, item.name), item.title, item.per.value)
        yield from _item(catalog, item)


def _plan(catalog: Catalog, plan: Plan) -> Iterator[PriceGood]:
    product = names.plan_product(plan.family, plan.name)
    for currency in catalog.currencies:
        monthly = plan.price(currency)
        year = charge_of_year(monthly, catalog.annual_discount, currency)
        for interval, amount in (
            (Interval.MONTH, _minor(monthly, currency)),
            (Interval.YEAR, Decimal(year.minor_units)),
        ):
            name = names.plan_price(plan.family, plan.name, interval, currency)
            yield PriceGood(name, product, currency, interval.value, amount)


def _item(catalog: Catalog, item: Item) -> Iterator[PriceGood]:
    product = names.item_product(item.family, item.name)
    for currency in catalog.currencies:
        name = names.item_price(item.family, item.name, currency)
        amount = _minor(item.price(currency), currency)
        yield PriceGood(name, product, currency, Interval.MONTH.value, amount)


def _metered(catalog: Catalog, metric: Metric) -> Iterator[PriceGood]:
    """A price for each metered plan, but for schemes that the provider has no words for."""
    for plan in catalog.family(_METERED).plans.values():
        if metric.name not in plan.quotas:
            continue
        scheme = catalog.metric_price(metric.name, plan)
        for currency in catalog.currencies:
            tiers = tiers_of(
                scheme, plan.quotas[metric.name].included, metric.stripe_scale, currency
            )
            if tiers:
                yield PriceGood(
                    names.metered_price(metric.name, plan.name, currency),
                    names.metric_product(metric.name),
                    currency,
                    Interval.MONTH.value,
                    meter=names.meter(metric.name),
                    tiers=tiers,
                    volume=isinstance(scheme, Volume),
                )


def tiers_of(scheme: Scheme, included: Decimal, parts: int, currency: str) -> tuple[Tier, ...]:
    """What is included costs nothing; a value beyond it costs its part of a unit. None where the
    provider cannot say it: packages, flat amounts, and volumes beyond something included."""
    match scheme:
        case PerUnit(prices):
            beyond: tuple[SchemeTier, ...] = (SchemeTier(None, prices),)
        case Graduated(tiers):
            beyond = tiers
        case Volume(tiers) if not included:
            beyond = tiers
        case _:
            return ()
    told = tuple(
        Tier(
            None if tier.up_to is None else int((included + tier.up_to) * parts),
            _minor(tier.unit_prices[currency], currency) / parts,
            _minor(tier.flat[currency], currency) if tier.flat else Decimal(0),
        )
        for tier in beyond
    )
    free = (Tier(int(included * parts), Decimal(0)),) if included else ()
    return (*free, *told)


def _minor(amount: Decimal, currency: str) -> Decimal:
    return amount.scaleb(exponent_of(currency))
