"""Reads families: plans with their limits and quotas, and items."""

from collections.abc import Collection, Container, Mapping
from types import MappingProxyType

from rights.catalog.document import Entry
from rights.catalog.ladder import grace_ladder
from rights.catalog.model import (
    Cap,
    Family,
    Item,
    Per,
    PeriodKind,
    Plan,
    Quota,
    SoftCap,
)
from rights.catalog.pricing import price_or_scheme, prices
from rights.catalog.problems import Problems
from rights.catalog.schema import FAMILY, ITEM, PLAN, QUOTA, ROLLING, SOFT_CAP

_LONGEST_ROLLING = 366
_MOST_CARRIED = 100
_MONTHLY = (PeriodKind.BILLING, 0)


class FamilyReader:
    """Reads families against the packs, metrics and currencies read before."""

    def __init__(
        self,
        currencies: tuple[str, ...],
        packs: Collection[str],
        metrics: Container[str],
        problems: Problems,
    ) -> None:
        """``packs`` and ``metrics`` are the names that may be referred to."""
        self._currencies = currencies
        self._packs = packs
        self._metrics = metrics
        self._problems = problems

    def family(self, name: str, entry: Entry) -> Family:
        """The family, without the plans and items that are noted as problems.

        Raises CatalogError for what is wrong with the family itself.
        """
        members = entry.members(FAMILY)
        plans = self._problems.each(
            members["plans"].named(), lambda plan, held: self._plan(name, plan, held)
        )
        self._problems.check(lambda: _same_limits(members["plans"], plans))
        items = self._problems.each(
            members["items"].named() if "items" in members else {},
            lambda item, held: self._item(name, item, held),
        )
        title = members["title"].text()
        return Family(name, title, MappingProxyType(plans), MappingProxyType(items))

    def _plan(self, family: str, name: str, entry: Entry) -> Plan:
        members = entry.members(PLAN)
        custom = members["prices"].is_word("custom")
        limits = members["limits"].named() if "limits" in members else {}
        quotas = members["quotas"].named() if "quotas" in members else {}
        soft_cap = _soft_cap(members["soft_cap"]) if "soft_cap" in members else None
        return Plan(
            family=family,
            name=name,
            title=members["title"].text(),
            prices=None if custom else prices(members["prices"], self._currencies),
            trial_days=members["trial_days"].integer() if "trial_days" in members else None,
            offline_grace_days=(
                members["offline_grace_days"].integer() if "offline_grace_days" in members else 0
            ),
            limits=MappingProxyType({limit: held.limit() for limit, held in limits.items()}),
            quotas=MappingProxyType(
                {metric: self._quota(metric, held, soft_cap) for metric, held in quotas.items()}
            ),
            soft_cap=soft_cap,
            grace_ladder=grace_ladder(members["grace_ladder"]) if "grace_ladder" in members else (),
        )

    def _quota(self, metric: str, entry: Entry, soft_cap: SoftCap | None) -> Quota:
        if metric not in self._metrics:
            entry.refuse(f"{metric!r} is not a metric of the catalogue")
        members = entry.members(QUOTA)
        cap = Cap(members["cap"].choice(Cap))
        priced = "overage" in members or "overage_scheme" in members
        if (cap is Cap.SOFT) != priced:
            entry.refuse("a soft cap needs an overage price, and a hard one has none")
        if cap is Cap.SOFT and soft_cap is None:
            entry.refuse("a soft cap needs the plan's soft_cap")
        overage = (
            price_or_scheme(entry, members, "overage", "overage_scheme", self._currencies)
            if priced
            else None
        )
        kind, days = _period(members["period"]) if "period" in members else _MONTHLY
        carried = _carried(members, kind)
        return Quota(metric, members["included"].decimal(), cap, overage, kind, days, carried)

    def _item(self, family: str, name: str, entry: Entry) -> Item:
        members = entry.members(ITEM)
        return Item(
            family=family,
            name=name,
            title=members["title"].text(),
            per=Per(members["per"].choice(Per)),
            pack=members["pack"].choice(self._packs) if "pack" in members else None,
            prices=prices(members["prices"], self._currencies),
        )


def _period(entry: Entry) -> tuple[PeriodKind, int]:
    """A word, or the days of a rolling period."""
    if not entry.is_mapping():
        return PeriodKind(entry.choice((PeriodKind.CALENDAR, PeriodKind.BILLING))), 0
    length = entry.members(ROLLING)["rolling_days"]
    days = length.integer()
    if not 1 <= days <= _LONGEST_ROLLING:
        length.refuse(f"a rolling period has 1 to {_LONGEST_ROLLING} days")
    return PeriodKind.ROLLING, days


def _carried(members: Mapping[str, Entry], kind: PeriodKind) -> int:
    if "carry_over_percent" not in members:
        return 0
    percent = members["carry_over_percent"].integer()
    if percent > _MOST_CARRIED:
        members["carry_over_percent"].refuse(f"at most {_MOST_CARRIED} percent is carried over")
    if percent and kind is PeriodKind.ROLLING:
        members["carry_over_percent"].refuse("a rolling period has no next one to carry over to")
    return percent


def _soft_cap(entry: Entry) -> SoftCap:
    members = entry.members(SOFT_CAP)
    alerts = tuple(item.integer() for item in members["alert_percents"].items())
    if list(alerts) != sorted(set(alerts)):
        members["alert_percents"].refuse("alerts ascend without repetition")
    ceiling = members["ceiling_percent"].integer()
    if ceiling < max(100, alerts[-1]):
        members["ceiling_percent"].refuse("the ceiling lies below an alert or the quota itself")
    return SoftCap(alerts, members["grace_days"].integer(), ceiling)


def _same_limits(entry: Entry, plans: Mapping[str, Plan]) -> None:
    """Plans of a family limit the same things the same way, so that none is forgotten."""
    first = next(iter(plans.values()), None)
    if first is None:
        return
    for plan in plans.values():
        for name in first.limits.keys() | plan.limits.keys():
            kinds = {isinstance(held.limits.get(name, ...), bool) for held in (first, plan)}
            stated = name in first.limits and name in plan.limits
            if not stated or len(kinds) != 1:
                entry.named()[plan.name].refuse(
                    f"limit {name!r} is not stated the way {first.name!r} states it"
                )
