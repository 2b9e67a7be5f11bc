"""The prices that a period is rated by, kept with it, so that they hold for it for ever."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from rights.errors import CardUnknown, NoPrice, UnknownName
from rights.money import Money
from rights.rating.adjustment import Adjustment, adjust
from rights.rating.annual import charge_of_year
from rights.rating.line import RatedLine, rate_days, rate_usage
from rights.rating.scheme import PerUnit, Scheme
from rights.rating.written import Json, scheme_from_json, scheme_to_json
from rights.terms import Interval, Origin

VERSION = 1
"""Of the written form."""

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class MetricRate:
    """What one metric costs: nothing for what is ``included`` and ``carried`` over from the period
    before, then the scheme. ``plan`` names it, empty where no plan does. The origins say whether
    plan or override set the included amount and the price."""

    metric: str
    title: str
    unit: str
    plan: str
    included: Decimal
    carried: Decimal
    scheme: Scheme
    included_by: Origin
    priced_by: Origin

    @property
    def allowance(self) -> Decimal:
        """What is free in the period."""
        return self.included + self.carried


@dataclass(frozen=True, slots=True)
class PieceRate:
    """A plan's or an item's price for one piece and month, in the currency's main unit; None where
    it is negotiated and not agreed upon, or not sold in the currency. ``per`` is ``month`` for a
    plan, otherwise what the item is counted by."""

    family: str
    name: str
    title: str
    per: str
    price: Decimal | None
    priced_by: Origin
    interval: Interval = Interval.MONTH


class PieceKind(StrEnum):
    """What is held by the day."""

    PLAN = "plan"
    ITEM = "item"


Piece = tuple[PieceKind, str, str]
"""A kind, its family and its name."""


@dataclass(frozen=True, slots=True)
class RateCard:
    """All prices of a tenant at one moment, in one currency, wherever they came from.

    ``pieces`` are plans and items. ``catalog_version`` is the SHA-256 of the catalogue, in hex.
    """

    currency: str
    catalog_version: str
    annual_discount: Decimal
    metrics: Mapping[str, MetricRate]
    pieces: Mapping[Piece, PieceRate]

    def usage(self, metric: str, quantity: Decimal) -> RatedLine:
        """The metric's line; one that the card doesn't know costs nothing.

        Raises ValueError, NoPrice and MoneyInvalid as rate_usage does.
        """
        known = self.metrics.get(metric)
        if known is None:
            return rate_usage(metric, quantity, _NOTHING, self._free, self.currency)
        return rate_usage(metric, quantity, known.allowance, known.scheme, self.currency)

    def adjustment(self, metric: str, billed: Decimal, late: Decimal) -> Adjustment:
        """The difference that late usage makes to the metric's line. Raises as ``usage`` does."""
        known = self.metrics.get(metric)
        included = _NOTHING if known is None else known.allowance
        scheme = self._free if known is None else known.scheme
        return adjust(
            metric, billed, late, included=included, scheme=scheme, currency=self.currency
        )

    def held(self, piece: Piece, piece_days: Decimal, days: int) -> RatedLine:
        """The line of a plan or an item held so many piece-days, of a whole period's ``days``.

        Raises UnknownName, NoPrice, and as rate_days does.
        """
        return rate_days(piece[2], piece_days, days, self._price(piece), self.currency)

    def year(self, piece: Piece) -> Money:
        """What a year paid at once costs. Raises UnknownName, NoPrice and MoneyInvalid."""
        return charge_of_year(self._price(piece), self.annual_discount, self.currency)

    def piece(self, piece: Piece) -> PieceRate:
        """Raises UnknownName."""
        found = self.pieces.get(piece)
        if found is None:
            raise UnknownName(f"{piece[1]} {piece[0]}", piece[2])
        return found

    def _price(self, piece: Piece) -> Decimal:
        price = self.piece(piece).price
        if price is None:
            raise NoPrice(f"{piece[1]} {piece[2]} has no price in {self.currency}")
        return price

    @property
    def _free(self) -> Scheme:
        return PerUnit({self.currency: _NOTHING})

    @property
    def carried(self) -> Mapping[str, Decimal]:
        """What the period took over from the one before, by metric."""
        return {name: rate.carried for name, rate in self.metrics.items()}

    def carrying(self, carried: Mapping[str, Decimal]) -> "RateCard":
        """The same prices for a period that took so much over from the one before, by metric; a
        metric that no plan includes takes over nothing."""
        metrics = {
            name: replace(rate, carried=carried.get(name, _NOTHING) if rate.plan else _NOTHING)
            for name, rate in self.metrics.items()
        }
        return replace(self, metrics=metrics)

    def to_json(self) -> Json:
        """The card for JSON: decimals as strings, schemes as the catalogue writes them."""
        return {
            "version": VERSION,
            "currency": self.currency,
            "catalog_version": self.catalog_version,
            "annual_discount": f"{self.annual_discount:f}",
            "metrics": [_metric_to_json(each) for each in self.metrics.values()],
            "pieces": [
                {"kind": kind.value, **_piece_to_json(rate)}
                for (kind, _, _), rate in self.pieces.items()
            ],
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "RateCard":
        """The card that was written, Raises CardUnknown."""
        if found.get("version") != VERSION:
            raise CardUnknown(f"a rate card of version {found.get('version')!r}, not {VERSION}")
        metrics = [_metric_from_json(each) for each in found["metrics"]]
        pieces = [(PieceKind(each["kind"]), _piece_from_json(each)) for each in found["pieces"]]
        return cls(
            found["currency"],
            found["catalog_version"],
            Decimal(found["annual_discount"]),
            {rate.metric: rate for rate in metrics},
            {(kind, rate.family, rate.name): rate for kind, rate in pieces},
        )


def _metric_to_json(rate: MetricRate) -> Json:
    return {
        "metric": rate.metric,
        "title": rate.title,
        "unit": rate.unit,
        "plan": rate.plan,
        "included": f"{rate.included:f}",
        "carried": f"{rate.carried:f}",
        "scheme": scheme_to_json(rate.scheme),
        "included_by": rate.included_by.value,
        "priced_by": rate.priced_by.value,
    }


def _metric_from_json(found: Mapping[str, Any]) -> MetricRate:
    return MetricRate(
        metric=found["metric"],
        title=found["title"],
        unit=found["unit"],
        plan=found["plan"],
        included=Decimal(found["included"]),
        carried=Decimal(found["carried"]),
        scheme=scheme_from_json(found["scheme"]),
        included_by=Origin(found["included_by"]),
        priced_by=Origin(found["priced_by"]),
    )


def _piece_to_json(rate: PieceRate) -> Json:
    return {
        "family": rate.family,
        "name": rate.name,
        "title": rate.title,
        "per": rate.per,
        "price": None if rate.price is None else f"{rate.price:f}",
        "priced_by": rate.priced_by.value,
        "interval": rate.interval.value,
    }


def _piece_from_json(found: Mapping[str, Any]) -> PieceRate:
    return PieceRate(
        family=found["family"],
        name=found["name"],
        title=found["title"],
        per=found["per"],
        price=None if found["price"] is None else Decimal(found["price"]),
        priced_by=Origin(found["priced_by"]),
        interval=Interval(found["interval"]),
    )
