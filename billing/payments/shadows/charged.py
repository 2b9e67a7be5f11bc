"""What the provider charges for a period, from the lines of its invoices."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from billing.payments.objects import names
from billing.payments.provider import Invoices
from billing.payments.shadows.amounts import DAYS_OF_A_YEAR
from billing.payments.shadows.compare import LineSum
from billing.payments.shadows.periods import ClosedPeriod
from billing.payments.values import InvoiceLine

LATE = "late"
"""Where the metadata of an invoice item say what late use it is of."""

_HOUR = timedelta(hours=1)
_DAY_S = 86_400
_STEP = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class Charged:
    """Lines of the provider's invoices around a period, with what is late on its own."""

    closed: ClosedPeriod
    lines: Sequence[InvoiceLine]

    @classmethod
    async def read(cls, invoices: Invoices, closed: ClosedPeriod, own: str) -> "Charged":
        """What is metered is charged at a period's end, what is paid ahead at its start, changes in
        between; `own` is the invoice of its end. Raises MeshError as the provider does."""
        span, found = closed.issued.span, list[InvoiceLine]()
        for invoice in await invoices.of_customer(closed.issued.customer_id):
            if span.start <= invoice.created < span.end + 2 * _HOUR:
                for line in await invoices.lines(invoice.invoice_id):
                    if LATE not in line.metadata or invoice.invoice_id == own:
                        found.append(line)
        return cls(closed, found)

    def sums(self) -> list[LineSum]:
        """Those of the period. A quantity that changed counts by the time that is left."""
        return [
            LineSum(each.metadata.get(LATE) or _name(each), self._quantity(each), each.amount)
            for each in self.lines
            if LATE in each.metadata or self._began(each.period_start)
        ]

    def price_of(self, name: str) -> str:
        """The provider's id of a price that is charged for the period; empty where none is."""
        of_period = (each for each in self.lines if self._began(each.period_start))
        return next((each.price_id for each in of_period if _name(each) == name), "")

    def allowed(self) -> dict[str, int]:
        """By price: how far the amounts may be apart for changes within the period, in minor units:
        a day's price for each piece that came or went, and half a minor unit for each rounding.

        A change on the day of the period's start, and before it, is in the former period there and
        in this one here.
        """
        first = datetime.combine(self.closed.issued.span.start, time.min, UTC)
        moved: Counter[tuple[str, datetime]] = Counter()
        count: Counter[str] = Counter()
        for each in self.lines:
            if each.proration and first <= each.period_start < self.closed.issued.span.end:
                moved[_name(each), each.period_start] += int(_signed(each))
                count[_name(each)] += 1
        pieces: Counter[str] = Counter()
        for (name, _), change in moved.items():
            pieces[name] += abs(change)
        return {
            name: int(each * self.closed.day_prices[name] + Decimal(count[name] + 1) / 2)
            for name, each in pieces.items()
            if each and name in self.closed.day_prices
        }

    def _began(self, at: datetime) -> bool:
        span = self.closed.issued.span
        return span.start <= at < span.end

    def _quantity(self, line: InvoiceLine) -> Decimal:
        if not line.proration:
            return line.quantity
        whole = DAYS_OF_A_YEAR if names.is_of_a_year(_name(line)) else self.closed.days
        left = Decimal((line.period_end - line.period_start).total_seconds()) / (whole * _DAY_S)
        return (_signed(line) * left).quantize(_STEP)


def _name(line: InvoiceLine) -> str:
    return line.lookup_key or line.description


def _signed(line: InvoiceLine) -> Decimal:
    """What is given back is below nothing; the provider says so by the amount alone."""
    return -abs(line.quantity) if line.amount < 0 else line.quantity
