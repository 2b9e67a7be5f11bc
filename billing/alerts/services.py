"""Cost alerts, put together."""

from dataclasses import dataclass

from billing.alerts.costs import InvoiceCosts
from billing.alerts.service import CostAlertsService
from billing.alerts.watch import CostWatch
from billing.catalog.live import Catalogs
from billing.invoices.service import InvoicesService
from billing.notifications.service import NotificationsService
from billing.unit import Units
from mesh.clock import Clock
from mesh.database import Database


@dataclass(frozen=True, slots=True)
class CostAlertServices:
    """Every service of the noun; `watch` needs to be run."""

    service: CostAlertsService
    watch: CostWatch

    @classmethod
    def build(
        cls,
        catalogs: Catalogs,
        invoices: InvoicesService,
        notifications: NotificationsService,
        *,
        db: Database,
        units: Units,
        clock: Clock,
    ) -> "CostAlertServices":
        """`invoices` say what a period costs."""
        service = CostAlertsService(catalogs, InvoiceCosts(invoices), notifications, clock)
        return cls(service, CostWatch(db, units, service, clock))
