"""The provider's invoices beside ours, as operators see them."""

from uuid import UUID

from billing.paging import Page, PageRequest, Position, page_of
from billing.payments.shadows import store
from billing.payments.shadows.row import ShadowRow, ShadowState
from billing.unit import VendorUnit


class ShadowsService:
    """Reads what the finisher keeps."""

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
