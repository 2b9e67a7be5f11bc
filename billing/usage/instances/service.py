"""The rules of reports of instances."""

from datetime import timedelta

from billing.paging import Page, PageRequest, Position, page_of
from billing.unit import Unit, VendorUnit
from billing.usage.instances import store
from billing.usage.instances.report import InstanceReport

REPORTS_KEPT = timedelta(days=90)


class InstanceReportsService:
    """Keeps what instances tell, for 90 days."""

    async def report(
        self, unit: Unit, instance_id: str, active_devices: int, total_devices: int
    ) -> InstanceReport:
        """Keeps what an instance tells now."""
        report = InstanceReport(
            unit.tenant_id, instance_id, active_devices, total_devices, unit.now
        )
        await store.add(unit.conn, report)
        return report

    async def page(
        self, unit: Unit, instance_id: str, request: PageRequest
    ) -> Page[InstanceReport]:
        """Reports of one instance, or with "" of all, newest first."""
        rows = await store.page(unit.conn, unit.tenant_id, instance_id, request)
        return page_of(request, rows, _position)

    async def latest(self, unit: Unit, request: PageRequest) -> Page[InstanceReport]:
        """The newest report of each instance, newest first."""
        return page_of(request, await store.latest(unit.conn, unit.tenant_id, request), _position)

    async def clean_up(self, unit: VendorUnit) -> int:
        """Deletes every tenant's reports of more than 90 days ago; returns how many."""
        return await store.forget(unit.conn, unit.now - REPORTS_KEPT)


def _position(report: InstanceReport) -> Position:
    return Position(report.reported_at, report.instance_id)
