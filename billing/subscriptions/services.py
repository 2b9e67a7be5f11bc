"""The rules of subscriptions and of late payments, put together."""

from dataclasses import dataclass

from billing.catalog.live import Catalogs
from billing.dunning.service import DunningService
from billing.dunning.telling import DunningTelling
from billing.licenses.services import LicenseServices
from billing.notifications.service import NotificationsService
from billing.subscriptions.collecting import Collecting
from billing.subscriptions.details import SubscriptionDetails
from billing.subscriptions.due import DueSubscriptions
from billing.subscriptions.local import LocalOrders
from billing.subscriptions.orders import Orders, When
from billing.subscriptions.service import SubscriptionsService
from billing.subscriptions.trials import TrialNotices
from billing.subscriptions.vision import VisionPlan
from billing.unit import Unit, Units
from mesh.clock import Clock
from mesh.database import Database
from mesh.faults import Faults
from rights.dunning import Ladder


@dataclass(frozen=True, slots=True)
class PlanServices:
    """What knows nobody who collects."""

    catalogs: Catalogs
    service: SubscriptionsService
    licenses: LicenseServices
    vision: VisionPlan
    local: LocalOrders
    dunning: DunningService

    @classmethod
    def build(
        cls,
        catalogs: Catalogs,
        service: SubscriptionsService,
        licenses: LicenseServices,
        ladder: Ladder,
        *,
        notifications: NotificationsService,
        faults: Faults,
    ) -> "PlanServices":
        """`licenses` follow the vision plan, `ladder` says what a late payment leads to, of which
        `notifications` tell."""
        vision = VisionPlan(licenses.licenses, licenses.lifecycle, service)
        local = LocalOrders(catalogs, licenses.terms, service, vision)
        telling = DunningTelling(notifications, ladder)
        dunning = DunningService(
            ladder,
            licenses.licenses,
            licenses.lifecycle,
            service,
            local,
            telling=telling,
            faults=faults,
        )
        return cls(catalogs, service, licenses, vision, local, dunning)


@dataclass(frozen=True, slots=True)
class OrderServices:
    """What goes by who collects; `due` needs to be run."""

    plans: PlanServices
    orders: Orders
    details: SubscriptionDetails
    due: DueSubscriptions

    @classmethod
    def build(
        cls,
        plans: PlanServices,
        orders: Orders,
        collecting: Collecting,
        *,
        notifications: NotificationsService,
        db: Database,
        units: Units,
        clock: Clock,
    ) -> "OrderServices":
        """`orders` are those of whoever collects; `notifications` tell of trials that end."""
        details = SubscriptionDetails(plans.licenses.terms, plans.dunning, collecting)
        due = DueSubscriptions(
            db,
            units,
            plans.catalogs,
            plans.service,
            orders=orders,
            local=plans.local,
            vision=plans.vision,
            collecting=collecting,
            trials=TrialNotices(db, units, notifications, clock),
            clock=clock,
        )
        return cls(plans, orders, details, due)

    async def end_all(self, unit: Unit) -> None:
        """Ends everything that the tenant holds, now. Raises Unavailable while Stripe is away."""
        for family in await self.plans.service.held(unit):
            await self.orders.cancel(unit, family, When.NOW)
