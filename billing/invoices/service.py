"""The rules of an invoice's lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

from billing.devices.service import DevicesService
from billing.licenses.billable import BillableItems, Billables
from billing.subscriptions.terms import TermsReader
from billing.unit import Unit
from billing.usage.queries.query import UsagePoint
from billing.usage.service import UsageService
from mesh.errors import FailedPrecondition
from rights.catalog.model import BASE_PACK
from rights.claims import SubscriptionStatus
from rights.errors import MoneyInvalid, NoPrice
from rights.money import EXPONENTS, Money
from rights.periods import Period, calendar_month
from rights.rating.line import RatedLine, rate_item, rate_usage
from rights.rating.scheme import PerUnit, Scheme
from rights.terms import Terms

_FAMILY = "vision"
_DEVICE = "edge_device_basic"
_NOTHING = Decimal(0)
_FREE: Scheme = PerUnit(dict.fromkeys(EXPONENTS, _NOTHING))
_CHARGED = {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE}


class LineKind(Enum):
    """What a line charges for."""

    USAGE = "usage"
    ITEM = "item"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A priced line; `events` is the number of usage events behind it, 0 for the others."""

    kind: LineKind
    title: str
    unit: str
    rated: RatedLine
    events: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a period costs so far: usage lines by metric, then plans by family, then items by
    name; before tax."""

    tenant_id: UUID
    period: Period
    lines: tuple[InvoiceLine, ...]
    subtotal: Money


@dataclass(frozen=True, slots=True)
class Basis:
    """What is charged: usage of the period, what is licensed (None costs nothing) and devices."""

    tenant_id: UUID
    period: Period
    used: Sequence[UsagePoint]
    items: BillableItems | None
    devices: int


class InvoicesService:
    """Rates what a tenant used and holds, by its own terms.

    A metric is charged beyond what its plan includes, at the plan's overage or the tenant's own
    price; one that the plan does not name at the metric's own price from the first unit on.
    """

    def __init__(
        self,
        terms: TermsReader,
        usage: UsageService,
        billables: Billables,
        devices: DevicesService,
    ) -> None:
        """Prices are in the catalogue's first currency."""
        self._terms = terms
        self._usage = usage
        self._billables = billables
        self._devices = devices

    async def preview(self, unit: Unit) -> Preview:
        """The calendar month (UTC) that runs, so far.

        Raises NotFound without a licence, FailedPrecondition when what was reported costs more
        than 64 bits of minor units hold.
        """
        return rated(await self.basis(unit), await self._terms.read(unit), unit.now)

    async def basis(self, unit: Unit) -> Basis:
        """What the running calendar month is charged for. Raises NotFound without a licence."""
        period = calendar_month(unit.now)
        used = await self._usage.in_period(unit, period)
        items = await self._billables.in_force(unit)
        devices = await self._devices.count(unit)
        return Basis(unit.tenant_id, period, used, items, devices)


def rated(basis: Basis, terms: Terms, now: datetime) -> Preview:
    """The lines that the terms make of the basis at `now` (aware).

    Raises FailedPrecondition as `InvoicesService.preview` does, and when something is not sold in
    the currency.
    """
    rater = _Rater(terms, now)
    try:
        lines = (
            *map(rater.usage, basis.used),
            *rater.plans(),
            *rater.items(basis.items, basis.devices),
        )
        subtotal = sum((line.rated.amount for line in lines), Money(rater.currency, 0))
    except (MoneyInvalid, NoPrice) as error:
        raise FailedPrecondition("STATE_CONFLICT", "invoice", str(error)) from None
    return Preview(basis.tenant_id, basis.period, lines, subtotal)


class _Rater:
    """Prices lines by one tenant's terms at one moment."""

    def __init__(self, terms: Terms, now: datetime) -> None:
        self._terms = terms
        self._now = now
        self.currency = terms.catalog.currencies[0]

    def usage(self, point: UsagePoint) -> InvoiceLine:
        metric = self._terms.catalog.metrics.get(point.event_type)
        included, price = _NOTHING, _FREE
        if metric is not None:
            quota = self._terms.quota(metric.name, self._now)
            included = quota.included if quota is not None else _NOTHING
            price, _ = self._terms.metric_price(metric.name, self.currency, self._now)
        rated_line = rate_usage(point.event_type, point.quantity, included, price, self.currency)
        title = metric.title if metric else point.event_type
        return InvoiceLine(LineKind.USAGE, title, point.unit, rated_line, point.events)

    def plans(self) -> Iterator[InvoiceLine]:
        """Plans that cost something; a trial does not, nor one whose price is not agreed upon."""
        for family, held in sorted(self._terms.subscriptions.items()):
            if held.status not in _CHARGED:
                continue
            price = self._terms.plan_price(family, self.currency, self._now)
            if not price:
                continue
            line = rate_item(f"{family}_{held.plan}", Decimal(1), price, self.currency)
            yield InvoiceLine(LineKind.PLAN, self._terms.plan(family).title, "month", line, 0)

    def items(self, billable: BillableItems | None, devices: int) -> Iterator[InvoiceLine]:
        """What is licensed, by name; a trial is free and a licence that ended costs nothing more,
        devices too."""
        if billable is None:
            return
        counts = {**self._pack_counts(billable), _DEVICE: devices}
        for name, count in sorted(counts.items()):
            if not count:
                continue
            item = self._terms.catalog.item(_FAMILY, name)
            price = self._terms.item_price(_FAMILY, name, self.currency, self._now)
            line = rate_item(name, Decimal(count), price, self.currency)
            yield InvoiceLine(LineKind.ITEM, item.title, item.per.value, line, 0)

    def _pack_counts(self, billable: BillableItems) -> dict[str, int]:
        """Item name to count."""
        packs = {**billable.camera_packs, **dict.fromkeys(billable.tenant_packs, 1)}
        packs[BASE_PACK] = billable.cameras
        items = self._terms.catalog.family(_FAMILY).items.values()
        return {item.name: packs[item.pack] for item in items if item.pack in packs}
