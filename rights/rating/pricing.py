"""From a tenant's terms to the rate card of a period."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from rights.catalog.model import Family
from rights.overrides import PriceOf, PriceTarget
from rights.rating.card import MetricRate, Piece, PieceKind, PieceRate, RateCard
from rights.terms import METERED, Interval, Origin, Terms

_NOTHING = Decimal(0)
_PER_PLAN = "month"


def card_of(terms: Terms, now: datetime, currency: str) -> RateCard:
    """The card of the terms at ``now`` (aware): every metric, plan and item that they know; of a
    period that took nothing over."""
    maker = _Maker(terms, now, currency)
    return RateCard(
        currency,
        terms.catalog.version,
        terms.catalog.annual_discount,
        {name: maker.metric(name) for name in terms.catalog.metrics},
        dict(maker.pieces()),
    )


class _Maker:
    """Reads prices of the terms at one moment."""

    def __init__(self, terms: Terms, now: datetime, currency: str) -> None:
        self._terms = terms
        self._now = now
        self._currency = currency

    def metric(self, name: str) -> MetricRate:
        known = self._terms.catalog.metric(name)
        quota = self._terms.quota(name, self._now)
        scheme, priced_by = self._terms.metric_price(name, self._currency, self._now)
        held = self._terms.subscriptions.get(METERED)
        return MetricRate(
            metric=name,
            title=known.title,
            unit=known.unit,
            plan=held.plan if quota is not None and held is not None else "",
            included=quota.included if quota is not None else _NOTHING,
            carried=_NOTHING,
            scheme=scheme,
            included_by=quota.origin if quota is not None else Origin.PLAN,
            priced_by=priced_by,
        )

    def pieces(self) -> Iterator[tuple[Piece, PieceRate]]:
        for family in self._terms.catalog.families.values():
            held = self._terms.subscriptions.get(family.name)
            yield from self._plans(family, held.interval if held is not None else Interval.MONTH)
            yield from self._items(family)

    def _plans(self, family: Family, interval: Interval) -> Iterator[tuple[Piece, PieceRate]]:
        for plan in family.plans.values():
            target = PriceTarget(PriceOf.PLAN, family.name, plan.name)
            price, origin = self._price(target, plan.prices or {})
            rate = PieceRate(family.name, plan.name, plan.title, _PER_PLAN, price, origin, interval)
            yield (PieceKind.PLAN, family.name, plan.name), rate

    def _items(self, family: Family) -> Iterator[tuple[Piece, PieceRate]]:
        for item in family.items.values():
            target = PriceTarget(PriceOf.ITEM, family.name, item.name)
            price, origin = self._price(target, item.prices)
            rate = PieceRate(family.name, item.name, item.title, item.per.value, price, origin)
            yield (PieceKind.ITEM, family.name, item.name), rate

    def _price(
        self, target: PriceTarget, prices: Mapping[str, Decimal]
    ) -> tuple[Decimal | None, Origin]:
        own = self._terms.overrides.price(target, self._currency, self._now)
        if own is not None:
            return own, Origin.OVERRIDE
        return prices.get(self._currency), Origin.PLAN
