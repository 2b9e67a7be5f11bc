"""The rules of subscriptions and of late payments, put together."""

from dataclasses import dataclass

from billing.catalog.live import Catalogs
from billing.dunning.late import LatePayment
from billing.dunning.service import DunningService
from billing.licenses.services import LicenseServices
from billing.subscriptions.details import SubscriptionDetails
from billing.subscriptions.due import DueSubscriptions
from billing.subscriptions.local import LocalOrders
from billing.subscriptions.orders import Orders, When
from billing.subscriptions.service import SubscriptionsService
from billing.subscriptions.vision import VisionPlan
from billing.unit import Unit, Units
from mesh.clock import Clock
from mesh.database import Database
from rights.dunning import Ladder


@dataclass(frozen=True, slots=True)
class SubscriptionServices:
    """Every service of the noun; `due` needs to be run. `orders` goes by who collects."""

    service: SubscriptionsService
    local: LocalOrders
    orders: Orders
    details: SubscriptionDetails
    dunning: DunningService
    due: DueSubscriptions

    @classmethod
    def build(
        cls,
        catalogs: Catalogs,
        service: SubscriptionsService,
        licenses: LicenseServices,
        *,
        db: Database,
        units: Units,
        clock: Clock,
        ladder: Ladder,
    ) -> "SubscriptionServices":
        """`licenses` follow the vision plan, `ladder` says what a late payment leads to."""
        vision = VisionPlan(licenses.licenses, licenses.lifecycle, service)
        local = LocalOrders(catalogs, licenses.terms, service, vision)
        dunning = DunningService(ladder, licenses.licenses, licenses.lifecycle, service, local)
        details = SubscriptionDetails(licenses.terms, _Collecting(dunning))
        due = DueSubscriptions(
            db, units, catalogs, service, orders=local, vision=vision, clock=clock
        )
        return cls(service, local, local, details, dunning, due)

    async def end_all(self, unit: Unit) -> None:
        """Ends everything that the tenant holds, now. Raises Unavailable while Stripe is away."""
        for family in await self.service.held(unit):
            await self.orders.cancel(unit, family, When.NOW)


class _Collecting:
    def __init__(self, dunning: DunningService) -> None:
        self._dunning = dunning

    async def by_stripe(self, _: Unit) -> bool:
        return False

    async def late(self, unit: Unit) -> LatePayment | None:
        return await self._dunning.late(unit)
