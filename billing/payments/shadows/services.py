"""The work on the provider's invoices, put together."""

from datetime import timedelta

from billing.background import Background
from billing.catalog.live import Catalogs
from billing.invoices.periods.service import PeriodsService
from billing.invoices.service import InvoicesService
from billing.payments.objects.service import ObjectsService
from billing.payments.provider import PaymentProvider
from billing.payments.shadows.finisher import InvoiceFinisher
from billing.payments.shadows.stored import StoredClosedPeriods
from billing.payments.shadows.untold import UntoldUse
from billing.unit import Units
from mesh.clock import Clock
from mesh.database import Database
from mesh.faults import Faults


def finishing(
    provider: PaymentProvider | None,
    periods: PeriodsService,
    invoices: InvoicesService,
    catalogs: Catalogs,
    objects: ObjectsService,
    *,
    db: Database,
    units: Units,
    clock: Clock,
    faults: Faults,
    settles_after: timedelta,
) -> tuple[Background, ...]:
    """Nothing without a provider. What it was told is in its sums `settles_after` later."""
    if provider is None:
        return ()
    closed = StoredClosedPeriods(db, units, periods, invoices, catalogs, clock=clock)
    untold = UntoldUse(db, provider, objects, clock=clock, settles_after=settles_after)
    return (InvoiceFinisher(db, provider, closed, untold, clock=clock, faults=faults),)
