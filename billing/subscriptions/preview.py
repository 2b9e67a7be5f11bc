"""What a change of plan would do, before it is made."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from billing.catalog.live import Catalogs
from billing.entitlements.answers import Asker, decided_features
from billing.invoices.basis import BasisReader
from billing.invoices.composer import Basis, Cost, cost, quantity_of
from billing.invoices.lines import by_metric
from billing.licenses.billable import BillableItems, Billables
from billing.licenses.book import Book
from billing.licenses.packs import PackRules
from billing.licenses.reader import BookReader
from billing.subscriptions.rules import VISION, changed_to, plan_of
from billing.subscriptions.terms import TermsReader
from billing.unit import Unit
from mesh.errors import InvalidArgument
from rights.catalog.model import Cap, Limit, Per
from rights.licenses import LicenseMode
from rights.terms import Subscription, Terms

_NOTHING = Decimal(0)
Count = Callable[[Unit], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Wish:
    """The plan after the change, packs of the whole tenant that come and go, and how many cameras
    are charged then (None: those that hold a slot)."""

    family: str
    plan: str
    add_packs: tuple[str, ...] = ()
    remove_packs: tuple[str, ...] = ()
    cameras: int | None = None


@dataclass(frozen=True, slots=True)
class LimitChange:
    """A limit that differs; `in_use` is None when nothing counts it here."""

    name: str
    before: Limit
    after: Limit
    in_use: int | None

    @property
    def exceeded(self) -> bool:
        """Whether more is in use than the new limit."""
        counted = self.after is not None and not isinstance(self.after, bool)
        return counted and self.in_use is not None and self.in_use > int(self.after or 0)


@dataclass(frozen=True, slots=True)
class QuotaChange:
    """A quota that differs; amounts are None where the metric is only counted."""

    metric: str
    before: Decimal | None
    after: Decimal | None
    hard_after: bool
    used: Decimal

    @property
    def exceeded(self) -> bool:
        """Whether more is used than a hard stop after the change."""
        return self.hard_after and self.after is not None and self.used > self.after


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """What would be won and lost, and what the running billing period costs before and after, with
    usage so far and everything else held all the time."""

    features_won: tuple[str, ...]
    features_lost: tuple[str, ...]
    limits: tuple[LimitChange, ...]
    quotas: tuple[QuotaChange, ...]
    before: Cost
    after: Cost


class PlanPreviews:
    """Previews changes; changes nothing."""

    def __init__(
        self,
        catalogs: Catalogs,
        terms: TermsReader,
        books: BookReader,
        billables: Billables,
        basis: BasisReader,
        *,
        counts: Mapping[str, Count],
    ) -> None:
        """`counts` tells what is in use of a limit, by its name."""
        self._catalogs = catalogs
        self._terms = terms
        self._books = books
        self._billables = billables
        self._basis = basis
        self._counts = counts

    async def preview(self, unit: Unit, wish: Wish) -> PlanPreview:
        """Raises InvalidArgument naming the field."""
        before, book = await self._terms.read(unit), await self._books.read(unit, [])
        _check_packs(before, book, wish)
        after = await self._changed(unit, before, wish)
        changed = _changed_book(book, wish)
        items = await self._basis.items(unit)
        basis = await self._basis.whole(unit, before, items)
        then = await self._items(unit, items, changed, wish)
        had, has = _allowed(book, before, unit.now), _allowed(changed, after, unit.now)
        return PlanPreview(
            tuple(sorted(has - had)),
            tuple(sorted(had - has)),
            await self._limits(unit, before, after, wish.family),
            _quotas(before, after, basis, unit.now),
            cost(basis),
            cost(await self._basis.whole(unit, after, then, _left(before, after, wish.family))),
        )

    async def _changed(self, unit: Unit, before: Terms, wish: Wish) -> Terms:
        number, catalog = await self._catalogs.bought(unit.conn)
        plan = plan_of(catalog, wish.family, wish.plan)
        held = before.subscriptions.get(wish.family)
        if held is None:
            raise InvalidArgument.field("family", f"the tenant holds nothing of {wish.family!r}")
        changed = changed_to(held, plan, number, held.interval, unit.now)
        return await self._terms.with_subscription(unit, before, changed)

    async def _items(
        self, unit: Unit, items: BillableItems | None, book: Book, wish: Wish
    ) -> BillableItems | None:
        """What would be charged: as for a paid licence, unless it is a trial or over."""
        paid = book.row.license.license_mode == LicenseMode.BASE
        over = items is None and wish.family != VISION
        if not paid or over:
            return None
        then = await self._billables.items(unit, book.row)
        return then if wish.cameras is None else replace(then, cameras=wish.cameras)

    async def _limits(
        self, unit: Unit, before: Terms, after: Terms, family: str
    ) -> tuple[LimitChange, ...]:
        old, new = before.plan(family).limits, after.plan(family).limits
        found = []
        for name in sorted(old.keys() & new.keys()):
            if old[name] == new[name]:
                continue
            count = self._counts.get(name)
            in_use = await count(unit) if count is not None else None
            found.append(LimitChange(name, old[name], new[name], in_use))
        return tuple(found)


def _left(before: Terms, after: Terms, family: str) -> Subscription | None:
    held, then = before.subscriptions[family], after.subscriptions[family]
    return None if (held.plan, held.interval) == (then.plan, then.interval) else held


def _check_packs(terms: Terms, book: Book, wish: Wish) -> None:
    rules = PackRules(terms.catalog)
    rules.check(wish.add_packs, Per.TENANT, field="add_growth_packs")
    rules.check(wish.remove_packs, Per.TENANT, field="remove_growth_packs")
    held: Sequence[str] = book.row.license.growth_packs
    for index, pack in enumerate(wish.remove_packs):
        if pack not in held:
            raise InvalidArgument.field(f"remove_growth_packs[{index}]", f"{pack} is not held")


def _changed_book(book: Book, wish: Wish) -> Book:
    license_ = book.row.license
    packs = (set(license_.growth_packs) | set(wish.add_packs)) - set(wish.remove_packs)
    changed = replace(license_, growth_packs=tuple(sorted(packs)))
    if wish.family == VISION:
        changed = replace(changed, license_mode=wish.plan)
    return replace(book, row=replace(book.row, license=changed))


def _allowed(book: Book, terms: Terms, now: datetime) -> set[str]:
    """Features that the tenant itself has."""
    told = decided_features(book, terms, Asker(), now)
    return {name for name, each in told.items() if each.allowed}


def _quotas(before: Terms, after: Terms, basis: Basis, now: datetime) -> tuple[QuotaChange, ...]:
    used = {name: quantity_of(windows) for name, windows in by_metric(basis.used).items()}
    found = []
    for metric in sorted(before.catalog.metrics.keys() & after.catalog.metrics.keys()):
        old, new = before.quota(metric, now), after.quota(metric, now)
        was = (old.included, old.cap) if old is not None else None
        if was != ((new.included, new.cap) if new is not None else None):
            found.append(
                QuotaChange(
                    metric,
                    old.included if old is not None else None,
                    new.included if new is not None else None,
                    new is not None and new.cap is Cap.HARD,
                    used.get(metric, _NOTHING),
                )
            )
    return tuple(found)
