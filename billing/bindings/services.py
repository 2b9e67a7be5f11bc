"""The services that servicers call, as they were built."""

from dataclasses import dataclass

from billing.alerts.services import CostAlertServices
from billing.devices.service import DevicesService
from billing.fleet.hub import FleetHub
from billing.invoices.periods.service import PeriodsService
from billing.invoices.services import InvoiceServices
from billing.licenses.billable import Billables
from billing.licenses.changes.service import RightsChanges
from billing.licenses.services import LicenseServices
from billing.notifications.services import NotificationServices
from billing.payments.services import PaymentServices
from billing.payments.webhooks.service import WebhooksService
from billing.profiles.service import ProfilesService
from billing.quotas.services import QuotaServices
from billing.revocations.service import RevocationsService
from billing.subscriptions.services import OrderServices
from billing.tenants.service import TenantsService
from billing.unit import Units
from billing.usage.service import UsageService
from billing.watch import RightsWatch


@dataclass(frozen=True, slots=True)
class Services:
    """One of each."""

    units: Units
    watch: RightsWatch
    hub: FleetHub
    devices: DevicesService
    rules: LicenseServices
    changes: RightsChanges
    revocations: RevocationsService
    orders: OrderServices
    webhooks: WebhooksService
    usage: UsageService
    quotas: QuotaServices
    notifications: NotificationServices
    tenants: TenantsService
    profiles: ProfilesService
    periods: PeriodsService
    invoices: InvoiceServices
    billables: Billables
    costs: CostAlertServices
    payments: PaymentServices
