"""The comparison, put together."""

from dataclasses import dataclass
from datetime import timedelta

from brinkbyte.usage.v1 import reconcile_service_pb2_grpc

from billing.accounts.service import AccountsService
from billing.fleet.service import FleetService
from billing.payments.provider import PaymentProvider
from billing.payments.services import PaymentServices
from billing.reconcile.asking import MeterSums
from billing.reconcile.rpc import ReconcileServicer
from billing.reconcile.service import ReconcileService
from billing.reconcile.watch import DriftWatch
from billing.reconcile.wire import NodeWire
from billing.unit import Units
from billing.usage.service import UsageService
from mesh.clock import Clock
from mesh.database import Database
from mesh.server import ServiceBinding
from mesh.telemetry import Metrics


@dataclass(frozen=True, slots=True)
class ReconcileServices:
    """What answers callers, and what looks by itself."""

    binding: ServiceBinding
    watch: DriftWatch

    @classmethod
    def build(
        cls,
        accounts: AccountsService,
        usage: UsageService,
        fleet: FleetService,
        payments: PaymentServices,
        *,
        provider: PaymentProvider | None,
        db: Database,
        units: Units,
        clock: Clock,
        metrics: Metrics,
        settles_after: timedelta,
    ) -> "ReconcileServices":
        """`fleet` asks nodes for what is missing; `provider` is None where invoices are local; what
        it was told is in its sums `settles_after` later."""
        service = ReconcileService(accounts, usage, fleet, payments.submissions, NodeWire())
        meter_sums = MeterSums(
            db, provider, payments.objects, clock=clock, settles_after=settles_after
        )
        return cls(
            ServiceBinding(
                "brinkbyte.usage.v1.ReconcileService",
                reconcile_service_pb2_grpc.add_ReconcileServiceServicer_to_server,
                ReconcileServicer(units, service, meter_sums, clock),
            ),
            DriftWatch(db, units, service, clock, metrics),
        )
