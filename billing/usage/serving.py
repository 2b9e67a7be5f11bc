"""The services of usage, put together."""

from brinkbyte.usage.v1 import instance_report_service_pb2_grpc as instance
from brinkbyte.usage.v1 import usage_problem_service_pb2_grpc as problem
from brinkbyte.usage.v1 import usage_service_pb2_grpc as usage_

from billing.catalog.live import Catalogs
from billing.notifications.service import NotificationsService
from billing.subscriptions.terms import TermsReader
from billing.unit import Units
from billing.usage.instances.rpc import InstanceReportServicer
from billing.usage.instances.service import InstanceReportsService
from billing.usage.journals.holds.service import HeldBatchesService
from billing.usage.journals.service import JournalService
from billing.usage.journals.stream import DeviceStreams
from billing.usage.problems.rpc import UsageProblemServicer
from billing.usage.problems.service import ProblemsService
from billing.usage.queries.service import UsageQueries
from billing.usage.rpc import UsageServicer
from billing.usage.service import UsageService
from mesh.faults import Faults
from mesh.server import ServiceBinding
from mesh.telemetry import Metrics


def usage_bindings(
    units: Units,
    usage: UsageService,
    catalogs: Catalogs,
    terms: TermsReader,
    streams: DeviceStreams,
    *,
    notifications: NotificationsService,
    faults: Faults,
    metrics: Metrics,
) -> tuple[ServiceBinding, ...]:
    """`streams` ends journal streams in time, `notifications` tell of what cannot be counted,
    `faults` stand between the steps of ingest."""
    return (
        ServiceBinding(
            "brinkbyte.usage.v1.UsageService",
            usage_.add_UsageServiceServicer_to_server,
            UsageServicer(
                units,
                usage,
                UsageQueries(catalogs, terms),
                JournalService(catalogs, notifications),
                streams,
                faults=faults,
                metrics=metrics,
            ),
        ),
        ServiceBinding(
            "brinkbyte.usage.v1.UsageProblemService",
            problem.add_UsageProblemServiceServicer_to_server,
            UsageProblemServicer(
                units, ProblemsService(), HeldBatchesService(catalogs, usage, ProblemsService())
            ),
        ),
        ServiceBinding(
            "brinkbyte.usage.v1.InstanceReportService",
            instance.add_InstanceReportServiceServicer_to_server,
            InstanceReportServicer(units, InstanceReportsService()),
        ),
    )
