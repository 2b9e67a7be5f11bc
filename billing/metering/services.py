"""Metering of calls, put together."""

from billing.metering.counter import CallCounter
from billing.metering.service import CallMetering
from billing.metering.settlement import Settlement
from billing.quotas.services import QuotaServices
from billing.unit import Units
from billing.usage.service import UsageService
from mesh.clock import Clock
from mesh.database import Database
from mesh.faults import Faults
from mesh.ids import uuid7
from mesh.telemetry import Metrics


def build_metering(
    db: Database,
    units: Units,
    quotas: QuotaServices,
    usage: UsageService,
    *,
    clock: Clock,
    metrics: Metrics,
    faults: Faults,
) -> CallMetering:
    """The metering of one server's life."""
    replica = uuid7(clock)
    counter = CallCounter(db, replica, clock, metrics, faults)
    settlement = Settlement(quotas.service, usage, clock)
    return CallMetering(
        db, units, settlement, counter, desk=quotas.desk, replica=replica, clock=clock
    )
