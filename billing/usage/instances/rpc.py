"""InstanceReportService on the wire."""

from typing import Any

from brinkbyte.usage.v1 import instance_report_service_pb2 as pb
from brinkbyte.usage.v1 import instance_report_service_pb2_grpc as rpc

from billing.paging import PageRequest
from billing.unit import Units
from billing.usage.instances.report import InstanceReport
from billing.usage.instances.service import InstanceReportsService
from billing.wire import stamp
from rights.ids import render_tenant


class InstanceReportServicer(rpc.InstanceReportServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, reports: InstanceReportsService) -> None:
        """Transactions and rules."""
        self._units = units
        self._reports = reports

    async def ReportInstance(
        self, request: pb.ReportInstanceRequest, _: Any
    ) -> pb.ReportInstanceResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            report = await self._reports.report(
                unit, request.instance_id, request.active_devices, request.total_devices
            )
        return pb.ReportInstanceResponse(report=_pack(report))

    async def ListInstanceReports(
        self, request: pb.ListInstanceReportsRequest, _: Any
    ) -> pb.ListInstanceReportsResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token)
        async with self._units.tenant(request.tenant_id) as unit:
            page = await self._reports.page(unit, request.instance_id, wanted)
        return pb.ListInstanceReportsResponse(
            reports=[_pack(each) for each in page.rows], next_page_token=page.next_token
        )

    async def GetLatestInstanceReports(
        self, request: pb.GetLatestInstanceReportsRequest, _: Any
    ) -> pb.GetLatestInstanceReportsResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token)
        async with self._units.tenant(request.tenant_id) as unit:
            page = await self._reports.latest(unit, wanted)
        return pb.GetLatestInstanceReportsResponse(
            reports=[_pack(each) for each in page.rows], next_page_token=page.next_token
        )

    async def CleanUpInstanceReports(
        self, _request: pb.CleanUpInstanceReportsRequest, _: Any
    ) -> pb.CleanUpInstanceReportsResponse:
        """See the contract."""
        async with self._units.vendor() as unit:
            deleted = await self._reports.clean_up(unit)
        return pb.CleanUpInstanceReportsResponse(deleted=deleted)


def _pack(report: InstanceReport) -> pb.InstanceReport:
    return pb.InstanceReport(
        tenant_id=render_tenant(report.tenant_id),
        instance_id=report.instance_id,
        active_devices=report.active_devices,
        total_devices=report.total_devices,
        reported_at=stamp(report.reported_at),
    )
