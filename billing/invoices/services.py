"""The rules of invoices, put together."""

from dataclasses import dataclass

from billing.accounts.service import AccountsService
from billing.devices.service import DevicesService
from billing.holdings.service import HoldingsService
from billing.invoices.basis import BasisReader
from billing.invoices.closer import InvoiceCloser
from billing.invoices.closing import Closing
from billing.invoices.drafts import Drafts
from billing.invoices.issuing import Issuing
from billing.invoices.periods.service import PeriodsService
from billing.invoices.provenance import Provenance
from billing.invoices.service import InvoicesService, Provided
from billing.invoices.settling.service import SettlingService
from billing.licenses.billable import Billables
from billing.notifications.service import NotificationsService
from billing.profiles.service import ProfilesService
from billing.subscriptions.terms import TermsReader
from billing.tenants.service import TenantsService
from billing.unit import Units
from billing.usage.service import UsageService
from mesh.clock import Clock
from mesh.database import Database
from mesh.faults import Faults
from mesh.telemetry import Metrics


@dataclass(frozen=True, slots=True)
class InvoiceServices:
    """Every service of the noun."""

    basis: BasisReader
    invoices: InvoicesService
    provenance: Provenance
    settling: SettlingService
    closer: InvoiceCloser

    @classmethod
    def build(
        cls,
        issuing: Issuing,
        terms: TermsReader,
        periods: PeriodsService,
        *,
        accounts: AccountsService,
        usage: UsageService,
        holdings: HoldingsService,
        billables: Billables,
        devices: DevicesService,
        profiles: ProfilesService,
        tenants: TenantsService,
        notifications: NotificationsService,
        provided: Provided,
        db: Database,
        units: Units,
        clock: Clock,
        metrics: Metrics,
        faults: Faults,
    ) -> "InvoiceServices":
        """`issuing` says who issues, and by which rules; `provided` tells of the payment provider's
        invoices."""
        basis = BasisReader(terms, usage, holdings, billables, devices, periods=periods)
        drafts = Drafts(basis, profiles, tenants, issuing)
        invoices = InvoicesService(periods, basis, drafts, provided)
        closing = Closing(
            accounts, periods, drafts, profiles, issuing, notifications=notifications, faults=faults
        )
        closer = InvoiceCloser(
            db,
            units,
            periods,
            closing,
            draft=issuing.draft,
            clock=clock,
            metrics=metrics,
            faults=faults,
        )
        provenance = Provenance(invoices, periods, usage)
        return cls(basis, invoices, provenance, SettlingService(issuing, clock), closer)
