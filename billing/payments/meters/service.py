"""Submissions as operators see them."""

from datetime import datetime
from uuid import UUID

from billing.paging import Page, PageRequest, Position, page_of
from billing.payments.meters import memory_store, store
from billing.payments.meters.row import SubmissionRow, SubmissionState
from billing.unit import Unit, VendorUnit


class SubmissionsService:
    """Reads what the workers keep, and makes them hurry."""

    async def hasten(self, unit: Unit) -> None:
        """What of the tenant waits for its next try is tried at the next round."""
        await memory_store.hasten(unit.conn, unit.tenant_id, unit.now)

    async def doubt(self, unit: Unit, metric: str, period_start: datetime) -> None:
        """What the provider has of a metric's period is compared anew before more of it is told."""
        await memory_store.set_compared(unit.conn, unit.tenant_id, metric, period_start, -1)

    async def page(
        self,
        unit: VendorUnit,
        request: PageRequest,
        *,
        tenant_id: UUID | None,
        state: SubmissionState | None,
    ) -> Page[SubmissionRow]:
        """Submissions, newest first."""
        rows = await store.page(unit.conn, request, tenant_id=tenant_id, state=state)
        return page_of(request, rows, lambda row: Position(row.created_at, row.identifier))
