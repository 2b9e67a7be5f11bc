"""The rules of payments, put together."""

from dataclasses import dataclass

from billing.background import Background
from billing.catalog.live import Catalogs
from billing.payments.meters.service import SubmissionsService
from billing.payments.objects.service import ObjectsService
from billing.payments.objects.worker import ObjectsWorker
from billing.payments.provider import PaymentProvider
from billing.payments.shadows.service import ShadowsService
from mesh.clock import Clock
from mesh.database import Database
from mesh.faults import Faults
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
        *,
        db: Database,
        wakeups: Wakeups,
        clock: Clock,
        faults: Faults,
    ) -> "PaymentServices":
        """`provider` is None where invoices are local."""
        background: tuple[Background, ...] = ()
        if provider is not None:
            background = (
                ObjectsWorker(db, provider, catalogs, wakeups, clock=clock, faults=faults),
            )
        return cls(
            ObjectsService(enabled=provider is not None),
            SubmissionsService(),
            ShadowsService(),
            background,
        )
