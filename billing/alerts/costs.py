"""Where the amounts come from that alerts are compared with: the invoice of the running period."""

from datetime import datetime, timedelta
from fractions import Fraction

from billing.alerts.rows import CostBasis
from billing.alerts.service import Standing
from billing.invoices.service import InvoicesService, LineKind, Preview
from billing.unit import Unit
from rights.money import Money

_MICRO = timedelta(microseconds=1)


class InvoiceCosts:
    """Rates the running period as its invoice will."""

    def __init__(self, invoices: InvoicesService) -> None:
        """`invoices` preview it."""
        self._invoices = invoices

    async def standing(self, unit: Unit, basis: CostBasis) -> Standing:
        """Raises as `InvoicesService.preview` does."""
        preview = await self._invoices.preview(unit)
        if basis is CostBasis.SPENT:
            return Standing(preview.period, preview.subtotal)
        return Standing(preview.period, projected(preview, unit.now))


def projected(preview: Preview, now: datetime) -> Money:
    """The period's total if use goes on as it did; plans and items are charged for all of it."""
    period = preview.period
    elapsed = max(now - period.start, (period.end - period.start) / 1_000)
    used = sum(
        line.rated.amount.minor_units for line in preview.lines if line.kind is LineKind.USAGE
    )
    rest = max(period.end - now, timedelta())
    more = round(Fraction(used * rest // _MICRO, elapsed // _MICRO))
    return Money(preview.subtotal.currency, preview.subtotal.minor_units + more)
