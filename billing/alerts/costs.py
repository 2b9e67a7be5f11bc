"""Where the amounts come from that alerts are compared with: the invoice of the running period."""

from billing.alerts.rows import CostBasis
from billing.alerts.service import Standing
from billing.invoices.invoice import Invoice
from billing.invoices.service import InvoicesService
from billing.unit import Unit
from rights.periods import Period


class InvoiceCosts:
    """Rates the running period as its invoice will."""

    def __init__(self, invoices: InvoicesService) -> None:
        """`invoices` preview and project it."""
        self._invoices = invoices

    async def standing(self, unit: Unit, basis: CostBasis) -> Standing:
        """Before tax. Raises as `InvoicesService.preview` does."""
        if basis is CostBasis.SPENT:
            return _standing(await self._invoices.preview(unit))
        return _standing((await self._invoices.project(unit)).invoice)


def _standing(invoice: Invoice) -> Standing:
    return Standing(Period(invoice.period.start, invoice.period.end), invoice.subtotal)
