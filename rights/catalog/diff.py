"""A readable plan of changes between two catalogues."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from rights.catalog.model import Catalog, Family, Item, Limit, Plan, Quota
from rights.grace import GraceRung
from rights.money import Prices
from rights.rating.scheme import Flat, Graduated, Package, PerUnit, Scheme, Tier, Volume

Facts = Mapping[str, str]
"""What a thing says, by the words for it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a change is about: ``kind`` is a word such as ``plan``, ``name`` its name, with its
    family first where it has one. ``pack`` and ``plan`` (family and name) are whose holders a
    change touches."""

    kind: str
    name: str
    pack: str | None = None
    plan: tuple[str, str] | None = None
    metric: str | None = None

    def __str__(self) -> str:
        """In words, for example ``item vision industry``."""
        return f"{self.kind} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the plan; ``sign`` is ``+`` added, ``-`` removed or ``~`` changed."""

    sign: str
    subject: Subject
    text: str

    def __str__(self) -> str:
        """The line."""
        return f"{self.sign} {self.subject}: {self.text}"


def changes(old: Catalog, new: Catalog) -> tuple[Change, ...]:
    """What ``new`` changes: removals first, then what is added and changed, in its order."""
    before, after = _facts(old), _facts(new)
    removed = [
        Change("-", subject, "removed")
        for name, (subject, _) in before.items()
        if name not in after
    ]
    made: list[Change] = []
    for name, (subject, facts) in after.items():
        if name not in before:
            made.append(Change("+", subject, ", ".join(_words(facts))))
        else:
            made += [Change("~", subject, text) for text in _moved(before[name][1], facts)]
    return (*removed, *made)


def _moved(old: Facts, new: Facts) -> list[str]:
    words = [*new, *(word for word in old if word not in new)]
    return [
        f"{word} {old.get(word, 'nothing')} -> {new.get(word, 'nothing')}"
        for word in words
        if old.get(word) != new.get(word)
    ]


def _words(facts: Facts) -> list[str]:
    return [f"{word} {value}" for word, value in facts.items()]


def _facts(catalog: Catalog) -> dict[str, tuple[Subject, Facts]]:
    found: list[tuple[Subject, Facts]] = [
        (
            Subject("catalogue", ""),
            {
                "currencies": " ".join(catalog.currencies),
                "annual discount": f"{catalog.annual_discount:f}",
            },
        )
    ]
    for pack in catalog.packs.values():
        found.append((Subject("pack", pack.name, pack=pack.name), {"title": pack.title}))
        for feature in pack.features:
            facts = {
                "pack": pack.name,
                "kind": str(feature.kind),
                "metric": feature.metric or "none",
                "when unknown": str(feature.when_unknown),
            }
            found.append((Subject("feature", feature.name, pack=pack.name), facts))
    for metric in catalog.metrics.values():
        facts = {
            "title": metric.title,
            "unit": metric.unit,
            **_scheme("price", metric.price),
            "when unknown": str(metric.when_unknown),
            "stripe scale": str(metric.stripe_scale),
        }
        found.append((Subject("metric", metric.name, metric=metric.name), facts))
    for family in catalog.families.values():
        found += _family(family)
    return {str(subject): (subject, facts) for subject, facts in found}


def _family(family: Family) -> list[tuple[Subject, Facts]]:
    found: list[tuple[Subject, Facts]] = [(Subject("family", family.name), {"title": family.title})]
    for plan in family.plans.values():
        held, name = (family.name, plan.name), f"{family.name} {plan.name}"
        found.append((Subject("plan", name, plan=held), _plan(plan)))
        found += [
            (Subject("limit", f"{name} {limit}", plan=held), {"at": _limit(value)})
            for limit, value in plan.limits.items()
        ]
        found += [
            (Subject("quota", f"{name} {quota.metric}", plan=held), _quota(quota))
            for quota in plan.quotas.values()
        ]
    for item in family.items.values():
        subject = Subject("item", f"{family.name} {item.name}", pack=item.pack)
        found.append((subject, _item(item)))
    return found


def _plan(plan: Plan) -> Facts:
    cap = plan.soft_cap
    facts = {
        "title": plan.title,
        **({"price": "custom"} if plan.prices is None else _prices("price", plan.prices)),
        "trial days": "none" if plan.trial_days is None else str(plan.trial_days),
        "offline grace days": str(plan.offline_grace_days),
        "grace ladder": ", ".join(map(_rung, plan.grace_ladder)) or "none",
    }
    if cap is not None:
        facts["alert percents"] = " ".join(map(str, cap.alert_percents))
        facts["grace days"] = str(cap.grace_days)
        facts["ceiling percent"] = str(cap.ceiling_percent)
    return facts


def _quota(quota: Quota) -> Facts:
    rolling = f"{quota.rolling_days} days" if quota.rolling_days else str(quota.period)
    return {
        "included": _decimal(quota.included),
        "cap": str(quota.cap),
        **(_scheme("overage", quota.overage) if quota.overage is not None else {}),
        "period": rolling,
        "carry over percent": str(quota.carry_over_percent),
    }


def _item(item: Item) -> Facts:
    return {
        "title": item.title,
        "per": str(item.per),
        "pack": item.pack or "none",
        **_prices("price", item.prices),
    }


def _prices(word: str, prices: Prices) -> Facts:
    return {f"{word} {currency}": _decimal(price) for currency, price in prices.items()}


def _scheme(word: str, scheme: Scheme) -> Facts:
    match scheme:
        case PerUnit():
            return _prices(word, scheme.prices)
        case Flat():
            return _prices(f"{word} flat", scheme.prices)
        case Package():
            return _prices(f"{word} per {_decimal(scheme.size)} begun", scheme.prices)
        case Graduated():
            return {f"{word} graduated": ", ".join(map(_tier, scheme.tiers))}
        case Volume():
            return {f"{word} by volume": ", ".join(map(_tier, scheme.tiers))}


def _tier(tier: Tier) -> str:
    bound = "beyond" if tier.up_to is None else f"to {_decimal(tier.up_to)}"
    flat = f" and {_listed(tier.flat)} once" if tier.flat else ""
    return f"{bound} {_listed(tier.unit_prices)}{flat}"


def _listed(prices: Prices) -> str:
    return " / ".join(f"{_decimal(price)} {currency}" for currency, price in prices.items())


def _limit(value: Limit) -> str:
    if value is None:
        return "unlimited"
    return str(value).lower()


def _rung(rung: GraceRung) -> str:
    stride = f" {rung.frame_stride}" if rung.frame_stride > 1 else ""
    return f"{rung.step}{stride} after {rung.after_percent} %"


def _decimal(value: Decimal) -> str:
    return f"{value:f}"
