"""The work on the provider's invoices, put together."""

from billing.background import Background
from billing.catalog.live import Catalogs
from billing.invoices.periods.service import PeriodsService
from billing.invoices.service import InvoicesService
from billing.payments.provider import PaymentProvider
from billing.payments.shadows.finisher import InvoiceFinisher
from billing.payments.shadows.stored import StoredClosedPeriods
from billing.unit import Units
from mesh.clock import Clock
from mesh.database import Database
from mesh.faults import Faults


def finishing(
    provider: PaymentProvider | None,
    periods: PeriodsService,
    invoices: InvoicesService,
    catalogs: Catalogs,
    *,
    db: Database,
    units: Units,
    clock: Clock,
    faults: Faults,
) -> tuple[Background, ...]:
    """Nothing without a provider."""
    if provider is None:
        return ()
    closed = StoredClosedPeriods(db, units, periods, invoices, catalogs, clock=clock)
    return (InvoiceFinisher(db, provider, closed, clock=clock, faults=faults),)
