"""The provider's invoices beside ours, as people see them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from billing.invoices.invoice import ProviderInvoice
from billing.paging import Page, PageRequest, Position, page_of
from billing.payments.shadows import store
from billing.payments.shadows.row import ShadowRow, ShadowState
from billing.unit import Unit, VendorUnit


class ShadowsService:
    """Reads what the finisher and webhooks keep."""

    async def of_periods(self, unit: Unit, numbers: Sequence[int]) -> Mapping[int, ProviderInvoice]:
        """The provider's invoices of a tenant's periods, by number; none where it has none."""
        return await store.of_periods(unit.conn, unit.tenant_id, numbers)

    async def page(
        self,
        unit: VendorUnit,
        request: PageRequest,
        *,
        tenant_id: UUID | None,
        state: ShadowState | None,
    ) -> Page[ShadowRow]:
        """Rows, newest first."""
        rows = await store.page(unit.conn, request, tenant_id=tenant_id, state=state)
        return page_of(request, rows, _position)


def _position(row: ShadowRow) -> Position:
    return Position(row.changed_at, f"{row.tenant_id}/{row.period_number}")
