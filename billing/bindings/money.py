"""What it costs: catalogue, subscriptions, usage, invoices, payments, what is told of them."""

from brinkbyte.catalog.v1 import catalog_service_pb2_grpc as catalog_
from brinkbyte.invoice.v1 import invoice_service_pb2_grpc as invoice
from brinkbyte.invoice.v1 import profile_service_pb2_grpc as profile
from brinkbyte.notification.v1 import cost_alert_service_pb2_grpc as cost_alert
from brinkbyte.notification.v1 import notification_service_pb2_grpc as notification
from brinkbyte.payment.v1 import stripe_service_pb2_grpc as stripe_
from brinkbyte.payment.v1 import webhook_service_pb2_grpc as webhook
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc as subscription

from billing.alerts.rpc import CostAlertServicer
from billing.bindings.services import Services
from billing.catalog.rpc import CatalogServicer
from billing.catalog.service import CatalogService
from billing.invoices.rpc import InvoiceServicer
from billing.notifications.rpc import NotificationServicer
from billing.outside import Outside
from billing.payments.rpc_stripe import StripeServicer
from billing.payments.webhooks.rpc import WebhookServicer
from billing.profiles.rpc import BillingProfileServicer
from billing.subscriptions.preview import PlanPreviews
from billing.subscriptions.rpc import SubscriptionServicer
from billing.usage.serving import usage_bindings
from billing.users.service import UsersService
from mesh.server import ServiceBinding


def money_bindings(outside: Outside, built: Services) -> tuple[ServiceBinding, ...]:
    """Catalogue, subscriptions, usage, invoices, payments, notifications."""
    catalogs = outside.catalogs
    users = UsersService(built.rules.terms, outside.clock, outside.session.life)
    previews = PlanPreviews(
        catalogs,
        built.rules.terms,
        built.rules.books,
        built.billables,
        built.invoices.basis,
        counts={
            "cameras": built.rules.licenses.slots_taken,
            "devices": built.devices.count,
            "users": users.seats_taken,
        },
    )
    return (
        ServiceBinding(
            "brinkbyte.subscription.v1.SubscriptionService",
            subscription.add_SubscriptionServiceServicer_to_server,
            SubscriptionServicer(
                built.units,
                built.orders.plans.service,
                previews,
                built.orders.details,
                local=built.orders.plans.local,
                orders=built.orders.orders,
            ),
        ),
        ServiceBinding(
            "brinkbyte.catalog.v1.CatalogService",
            catalog_.add_CatalogServiceServicer_to_server,
            CatalogServicer(
                built.units, CatalogService(catalogs, built.changes, built.payments.objects)
            ),
        ),
        ServiceBinding(
            "brinkbyte.payment.v1.WebhookService",
            webhook.add_WebhookServiceServicer_to_server,
            WebhookServicer(built.units, built.webhooks, outside.faults),
        ),
        ServiceBinding(
            "brinkbyte.payment.v1.StripeService",
            stripe_.add_StripeServiceServicer_to_server,
            StripeServicer(
                built.units,
                catalogs,
                built.payments.objects,
                built.payments.submissions,
                built.payments.shadows,
            ),
        ),
        *usage_bindings(
            built.units,
            built.usage,
            catalogs,
            built.rules.terms,
            built.hub,
            notifications=built.notifications.service,
            faults=outside.faults,
            metrics=outside.metrics,
        ),
        ServiceBinding(
            "brinkbyte.invoice.v1.InvoiceService",
            invoice.add_InvoiceServiceServicer_to_server,
            InvoiceServicer(built.units, built.invoices),
        ),
        ServiceBinding(
            "brinkbyte.invoice.v1.BillingProfileService",
            profile.add_BillingProfileServiceServicer_to_server,
            BillingProfileServicer(built.units, built.profiles),
        ),
        ServiceBinding(
            "brinkbyte.notification.v1.NotificationService",
            notification.add_NotificationServiceServicer_to_server,
            NotificationServicer(
                built.units, built.notifications.service, built.notifications.contacts
            ),
        ),
        ServiceBinding(
            "brinkbyte.notification.v1.CostAlertService",
            cost_alert.add_CostAlertServiceServicer_to_server,
            CostAlertServicer(built.units, built.costs.service),
        ),
    )
