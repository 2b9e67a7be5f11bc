"""From the catalogue document to the catalogue, refusing everything it does not know."""

from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from types import MappingProxyType
from typing import TypeVar

from rights.catalog.document import Entry, open_document
from rights.catalog.ladder import grace_ladder
from rights.catalog.model import (
    BASE_PACK,
    Cap,
    Catalog,
    Family,
    Feature,
    FeatureKind,
    Item,
    Metric,
    Pack,
    Per,
    Plan,
    Prices,
    Quota,
    SoftCap,
)
from rights.money import EXPONENTS

T = TypeVar("T")


def load_catalog(text: str) -> Catalog:
    """The catalogue written in ``text`` (YAML).

    Raises CatalogError with line and place for unknown or missing keys,
    duplicates, names that refer to nothing, packs without features, prices that
    are not quoted decimals in exactly the catalogue's currencies.
    """
    root = open_document(text).members(
        ("currencies", "annual_discount", "packs", "metrics", "families")
    )
    currencies = _currencies(root["currencies"])
    packs = _packs(root["packs"])
    metrics = {
        name: _metric(name, entry, currencies) for name, entry in root["metrics"].named().items()
    }
    reader = _FamilyReader(currencies, packs, metrics)
    families = root["families"].named()
    catalog = Catalog(
        version=sha256(text.encode()).hexdigest(),
        currencies=currencies,
        annual_discount=_fraction(root["annual_discount"]),
        packs=_frozen(packs),
        features=_features(root["packs"], packs),
        metrics=_frozen(metrics),
        families=_frozen({name: reader.family(name, entry) for name, entry in families.items()}),
    )
    _each_pack_is_sold_once(root["packs"], catalog)
    return catalog


def _currencies(entry: Entry) -> tuple[str, ...]:
    codes = tuple(item.choice(EXPONENTS) for item in entry.items())
    if len(set(codes)) != len(codes):
        entry.refuse("a currency is listed twice")
    return codes


def _fraction(entry: Entry) -> Decimal:
    value = entry.decimal()
    if value >= 1:
        entry.refuse("a discount is a fraction below 1")
    return value


def _packs(entry: Entry) -> dict[str, Pack]:
    entries = entry.named()
    if BASE_PACK not in entries:
        entry.refuse(f"missing the pack {BASE_PACK!r}")
    return {name: _pack(name, pack) for name, pack in entries.items()}


def _pack(name: str, entry: Entry) -> Pack:
    members = entry.members(("title", "features"))
    features = tuple(
        Feature(feature, FeatureKind(kind.choice(FeatureKind)), name)
        for feature, kind in members["features"].named().items()
    )
    return Pack(name, members["title"].text(), features)


def _features(entry: Entry, packs: Mapping[str, Pack]) -> Mapping[str, Feature]:
    features: dict[str, Feature] = {}
    for pack in packs.values():
        for feature in pack.features:
            if feature.name in features:
                held = entry.named()[pack.name].members(("title", "features"))["features"]
                other = features[feature.name].pack
                held.named()[feature.name].refuse(
                    f"duplicate feature {feature.name!r}, already in pack {other!r}"
                )
            features[feature.name] = feature
    return _frozen(features)


def _metric(name: str, entry: Entry, currencies: tuple[str, ...]) -> Metric:
    members = entry.members(("title", "unit", "prices"))
    return Metric(
        name,
        members["title"].text(),
        members["unit"].text(),
        _prices(members["prices"], currencies),
    )


def _prices(entry: Entry, currencies: tuple[str, ...]) -> Prices:
    stated = entry.currencies()
    for currency, price in stated.items():
        if currency not in currencies:
            price.refuse(f"{currency!r} is not one of the catalogue's currencies")
    missing = [currency for currency in currencies if currency not in stated]
    if missing:
        entry.refuse(f"no price in {', '.join(missing)}")
    return _frozen({currency: stated[currency].decimal() for currency in currencies})


def _each_pack_is_sold_once(entry: Entry, catalog: Catalog) -> None:
    sold = [item.pack for family in catalog.families.values() for item in family.items.values()]
    for name in catalog.packs:
        if sold.count(name) != 1:
            entry.named()[name].refuse(f"pack {name!r} is sold by {sold.count(name)} items, not 1")


def _frozen(things: dict[str, T]) -> Mapping[str, T]:
    return MappingProxyType(things)


class _FamilyReader:
    """Reads families against the packs, metrics and currencies read before."""

    def __init__(
        self,
        currencies: tuple[str, ...],
        packs: Mapping[str, Pack],
        metrics: Mapping[str, Metric],
    ) -> None:
        self._currencies = currencies
        self._packs = packs
        self._metrics = metrics

    def family(self, name: str, entry: Entry) -> Family:
        members = entry.members(("title", "plans"), ("items",))
        plans = {
            plan: self._plan(name, plan, plan_entry)
            for plan, plan_entry in members["plans"].named().items()
        }
        _same_limits(members["plans"], plans)
        items = members["items"].named() if "items" in members else {}
        return Family(
            name,
            members["title"].text(),
            _frozen(plans),
            _frozen({item: self._item(name, item, held) for item, held in items.items()}),
        )

    def _plan(self, family: str, name: str, entry: Entry) -> Plan:
        members = entry.members(
            ("title", "prices"),
            ("trial_days", "offline_grace_days", "grace_ladder", "limits", "quotas", "soft_cap"),
        )
        custom = members["prices"].is_word("custom")
        limits = members["limits"].named() if "limits" in members else {}
        quotas = members["quotas"].named() if "quotas" in members else {}
        soft_cap = _soft_cap(members["soft_cap"]) if "soft_cap" in members else None
        return Plan(
            family=family,
            name=name,
            title=members["title"].text(),
            prices=None if custom else _prices(members["prices"], self._currencies),
            trial_days=members["trial_days"].integer() if "trial_days" in members else None,
            offline_grace_days=(
                members["offline_grace_days"].integer() if "offline_grace_days" in members else 0
            ),
            limits=_frozen({limit: held.limit() for limit, held in limits.items()}),
            quotas=_frozen(
                {metric: self._quota(metric, held, soft_cap) for metric, held in quotas.items()}
            ),
            soft_cap=soft_cap,
            grace_ladder=grace_ladder(members["grace_ladder"]) if "grace_ladder" in members else (),
        )

    def _quota(self, metric: str, entry: Entry, soft_cap: SoftCap | None) -> Quota:
        if metric not in self._metrics:
            entry.refuse(f"{metric!r} is not a metric of the catalogue")
        members = entry.members(("included", "cap"), ("overage",))
        cap = Cap(members["cap"].choice(Cap))
        if (cap is Cap.SOFT) != ("overage" in members):
            entry.refuse("a soft cap needs an overage price, and a hard one has none")
        if cap is Cap.SOFT and soft_cap is None:
            entry.refuse("a soft cap needs the plan's soft_cap")
        overage = _prices(members["overage"], self._currencies) if "overage" in members else {}
        return Quota(metric, members["included"].decimal(), cap, overage)

    def _item(self, family: str, name: str, entry: Entry) -> Item:
        members = entry.members(("title", "per", "prices"), ("pack",))
        return Item(
            family=family,
            name=name,
            title=members["title"].text(),
            per=Per(members["per"].choice(Per)),
            pack=members["pack"].choice(self._packs) if "pack" in members else None,
            prices=_prices(members["prices"], self._currencies),
        )


def _soft_cap(entry: Entry) -> SoftCap:
    members = entry.members(("alert_percents", "grace_days", "ceiling_percent"))
    alerts = tuple(item.integer() for item in members["alert_percents"].items())
    if list(alerts) != sorted(set(alerts)):
        members["alert_percents"].refuse("alerts ascend without repetition")
    ceiling = members["ceiling_percent"].integer()
    if ceiling < max(100, alerts[-1]):
        members["ceiling_percent"].refuse("the ceiling lies below an alert or the quota itself")
    return SoftCap(alerts, members["grace_days"].integer(), ceiling)


def _same_limits(entry: Entry, plans: Mapping[str, Plan]) -> None:
    """Plans of a family limit the same things the same way, so that none is forgotten."""
    first = next(iter(plans.values()))
    for plan in plans.values():
        for name in first.limits.keys() | plan.limits.keys():
            kinds = {isinstance(held.limits.get(name, ...), bool) for held in (first, plan)}
            stated = name in first.limits and name in plan.limits
            if not stated or len(kinds) != 1:
                entry.named()[plan.name].refuse(
                    f"limit {name!r} is not stated the way {first.name!r} states it"
                )
