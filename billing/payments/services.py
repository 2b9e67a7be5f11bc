"""The rules of payments, put together."""

from dataclasses import dataclass
from datetime import timedelta

from billing.background import Background
from billing.catalog.live import Catalogs
from billing.invoices.periods.service import PeriodsService
from billing.payments.meters.maker import SubmissionMaker
from billing.payments.meters.recall import Recall
from billing.payments.meters.sender import SubmissionSender
from billing.payments.meters.service import SubmissionsService
from billing.payments.meters.stored import StoredPeriods
from billing.payments.meters.worker import SubmissionMetrics, SubmissionWorker
from billing.payments.objects.service import ObjectsService
from billing.payments.objects.worker import ObjectsWorker
from billing.payments.provider import PaymentProvider
from billing.payments.shadows.service import ShadowsService
from billing.unit import Units
from billing.usage.service import UsageService
from mesh.clock import Clock
from mesh.database import Database
from mesh.faults import Faults
from mesh.telemetry import Metrics
from mesh.wakeup import Wakeups


@dataclass(frozen=True, slots=True)
class PaymentServices:
    """Every service of the noun; `background` is empty without a provider."""

    objects: ObjectsService
    submissions: SubmissionsService
    shadows: ShadowsService
    background: tuple[Background, ...]

    @classmethod
    def build(
        cls,
        provider: PaymentProvider | None,
        catalogs: Catalogs,
        periods: PeriodsService,
        usage: UsageService,
        *,
        db: Database,
        units: Units,
        wakeups: Wakeups,
        clock: Clock,
        metrics: Metrics,
        faults: Faults,
        submit_every: timedelta,
        settles_after: timedelta,
    ) -> "PaymentServices":
        """`provider` is None where invoices are local; use is submitted each `submit_every`, and
        is in the provider's sums `settles_after` later."""
        objects = ObjectsService(enabled=provider is not None)
        background: tuple[Background, ...] = ()
        if provider is not None:
            counts = SubmissionMetrics(metrics)
            sender = SubmissionSender(
                db, provider, objects, clock=clock, faults=faults, outcome=counts.outcome
            )
            background = (
                ObjectsWorker(db, provider, catalogs, wakeups, clock=clock, faults=faults),
                SubmissionWorker(
                    db,
                    StoredPeriods(db, periods),
                    Recall(
                        db,
                        units,
                        provider,
                        objects,
                        catalogs,
                        clock=clock,
                        settles_after=settles_after,
                    ),
                    SubmissionMaker(units, usage, catalogs, clock),
                    sender,
                    clock=clock,
                    metrics=counts,
                    every=submit_every,
                    settles_after=settles_after,
                ),
            )
        return cls(objects, SubmissionsService(), ShadowsService(), background)
