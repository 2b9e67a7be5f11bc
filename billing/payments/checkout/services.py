"""What Stripe sells, collects and tells, put together."""

from collections.abc import Collection
from dataclasses import dataclass

from billing.background import Background
from billing.holdings.service import HoldingsService
from billing.notifications.service import NotificationsService
from billing.payments.checkout import store
from billing.payments.checkout.basket import Baskets
from billing.payments.checkout.customers import PayingTenants
from billing.payments.checkout.orders import StripeOrders
from billing.payments.checkout.resync import Resync
from billing.payments.checkout.sync import CustomerSync
from billing.payments.items.sender import ItemSender
from billing.payments.items.worker import ItemWorker
from billing.payments.objects.service import ObjectsService
from billing.payments.provider import PaymentProvider
from billing.payments.webhooks.metrics import WebhookMetrics
from billing.payments.webhooks.service import WebhooksService
from billing.payments.webhooks.worker import WebhookWorker
from billing.subscriptions.collecting import Collecting, NobodyElse
from billing.subscriptions.orders import Orders
from billing.subscriptions.services import PlanServices
from billing.unit import Unit, Units
from mesh.clock import Clock
from mesh.database import Database
from mesh.faults import Faults
from mesh.telemetry import Metrics
from mesh.wakeup import Wakeups


class CollectedByStripe:
    """See `Collecting`."""

    async def hold(self, unit: Unit) -> None:
        """Takes the lock under which Stripe is asked."""
        await store.hold(unit.conn, unit.tenant_id)

    async def families(self, unit: Unit) -> Collection[str]:
        """As Stripe said last."""
        return (await store.link(unit.conn, unit.tenant_id)).families


@dataclass(frozen=True, slots=True)
class CheckoutServices:
    """Without a provider orders are local and no event is believed."""

    orders: Orders
    collecting: Collecting
    webhooks: WebhooksService
    background: tuple[Background, ...]

    @classmethod
    def build(
        cls,
        provider: PaymentProvider | None,
        plans: PlanServices,
        objects: ObjectsService,
        holdings: HoldingsService,
        notifications: NotificationsService,
        *,
        db: Database,
        units: Units,
        wakeups: Wakeups,
        clock: Clock,
        metrics: Metrics,
        faults: Faults,
    ) -> "CheckoutServices":
        """`objects` know Stripe's prices, `holdings` what is charged by quantity;
        `notifications` tell of payments that fail."""
        counted = WebhookMetrics(metrics)
        if provider is None:
            return cls(plans.local, NobodyElse(), WebhooksService(None, counted, faults), ())
        sync = CustomerSync(
            units,
            plans.catalogs,
            plans.service,
            plans.vision,
            plans.dunning,
            notifications=notifications,
            provider=provider,
            faults=faults,
        )
        orders = StripeOrders(
            plans.local,
            plans.catalogs,
            plans.service,
            plans.vision,
            sync,
            provider=provider,
            payers=PayingTenants(units, provider.customers, faults),
            baskets=Baskets(objects),
            faults=faults,
        )
        webhooks = WebhooksService(provider.events, counted, faults)
        worker = WebhookWorker(db, wakeups, sync.follow, counted, clock=clock, faults=faults)
        sender = ItemSender(
            units, plans.catalogs, holdings, objects, provider=provider, faults=faults
        )
        background = (
            worker,
            Resync(db, sync.follow, clock),
            ItemWorker(db, sender, clock),
        )
        return cls(orders, CollectedByStripe(), webhooks, background)
