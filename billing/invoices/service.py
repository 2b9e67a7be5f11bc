"""The rules of an invoice's lines."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from uuid import UUID

from billing.catalog.live import Catalogs
from billing.devices.service import DevicesService
from billing.licenses.service import BillableItems, LicensesService
from billing.unit import Unit
from billing.usage.service import UsagePoint, UsageService
from mesh.errors import FailedPrecondition
from rights.catalog.model import BASE_PACK, Catalog, Item
from rights.errors import MoneyInvalid
from rights.money import Money
from rights.periods import Period, calendar_month
from rights.rating import RatedLine, rate_item, rate_metric

_FAMILY = "vision"
_DEVICE = "edge_device_basic"
_LIST_PLAN = ("metered", "standard")
_NOTHING = Decimal(0)


class LineKind(Enum):
    """What a line charges for."""

    USAGE = "usage"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A priced line; `events` is the number of usage events behind it, 0 for an item."""

    kind: LineKind
    title: str
    unit: str
    rated: RatedLine
    events: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a period costs so far: usage lines by metric, then items by name; before tax."""

    tenant_id: UUID
    period: Period
    lines: tuple[InvoiceLine, ...]
    subtotal: Money


class InvoicesService:
    """Rates what a tenant used and holds.

    A metric is charged at its list price, the overage price of the standard metered plan,
    from the first unit on; one that this plan does not name at the metric's own price.
    """

    def __init__(
        self,
        catalogs: Catalogs,
        usage: UsageService,
        licenses: LicensesService,
        devices: DevicesService,
    ) -> None:
        """Prices are in the catalogue's first currency."""
        self._catalogs = catalogs
        self._usage = usage
        self._licenses = licenses
        self._devices = devices

    async def preview(self, unit: Unit) -> Preview:
        """The calendar month (UTC) that runs, so far.

        Raises NotFound without a licence, FailedPrecondition when what was reported costs more
        than 64 bits of minor units hold.
        """
        period, catalog = calendar_month(unit.now), self._catalogs.live
        currency = catalog.currencies[0]
        used = await self._usage.in_period(unit, period)
        items = await self._items(unit, catalog)
        try:
            lines = (*(_usage_line(catalog, each) for each in used), *items)
            subtotal = sum((line.rated.amount for line in lines), Money(currency, 0))
        except MoneyInvalid as error:
            raise FailedPrecondition("STATE_CONFLICT", "invoice", str(error)) from None
        return Preview(unit.tenant_id, period, lines, subtotal)

    async def _items(self, unit: Unit, catalog: Catalog) -> list[InvoiceLine]:
        """What is licensed, by name; a trial is free and a licence that ended costs nothing more,
        devices too."""
        billable = await self._licenses.billable(unit)
        if billable is None:
            return []
        counts = _pack_counts(catalog, billable)
        counts[_DEVICE] = await self._devices.count(unit)
        return [
            _item_line(catalog.item(_FAMILY, name), count, catalog.currencies[0])
            for name, count in sorted(counts.items())
            if count
        ]


def _pack_counts(catalog: Catalog, billable: BillableItems) -> dict[str, int]:
    """Item name to count."""
    packs = {**billable.camera_packs, **dict.fromkeys(billable.tenant_packs, 1)}
    packs[BASE_PACK] = billable.cameras
    items = catalog.family(_FAMILY).items.values()
    return {item.name: packs[item.pack] for item in items if item.pack in packs}


def _usage_line(catalog: Catalog, point: UsagePoint) -> InvoiceLine:
    metric, currency = catalog.metrics.get(point.event_type), catalog.currencies[0]
    price = _NOTHING
    if metric is not None:
        price = catalog.unit_price(metric.name, catalog.plan(*_LIST_PLAN), currency)
    rated = rate_metric(point.event_type, point.quantity, _NOTHING, price, currency)
    title = metric.title if metric else point.event_type
    return InvoiceLine(LineKind.USAGE, title, point.unit, rated, point.events)


def _item_line(item: Item, count: int, currency: str) -> InvoiceLine:
    rated = rate_item(item.name, Decimal(count), item.price(currency), currency)
    return InvoiceLine(LineKind.ITEM, item.title, item.per.value, rated, 0)
