"""The server's services, built with plain constructors."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from brinkbyte.audit.v1 import audit_service_pb2_grpc as audit
from brinkbyte.catalog.v1 import catalog_service_pb2_grpc as catalog_
from brinkbyte.device.v1 import device_service_pb2_grpc as device
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc as entitlement
from brinkbyte.entitlement.v1 import override_service_pb2_grpc as override
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2_grpc as heartbeat
from brinkbyte.invoice.v1 import invoice_service_pb2_grpc as invoice
from brinkbyte.invoice.v1 import profile_service_pb2_grpc as profile
from brinkbyte.license.v1 import key_service_pb2_grpc as key
from brinkbyte.license.v1 import license_service_pb2_grpc as license_
from brinkbyte.notification.v1 import cost_alert_service_pb2_grpc as cost_alert
from brinkbyte.notification.v1 import notification_service_pb2_grpc as notification
from brinkbyte.payment.v1 import stripe_service_pb2_grpc as stripe_
from brinkbyte.payment.v1 import webhook_service_pb2_grpc as webhook
from brinkbyte.stats.v1 import stats_service_pb2_grpc as stats
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc as subscription
from brinkbyte.tenant.v1 import tenant_service_pb2_grpc as tenant
from brinkbyte.user.v1 import user_service_pb2_grpc as user
from brinkbyte.vendor.v1 import vendor_key_service_pb2_grpc as vendor_key

from billing.accounts.service import AccountsService
from billing.alerts.rpc import CostAlertServicer
from billing.alerts.services import CostAlertServices
from billing.api_keys.service import ApiKeysService
from billing.audit.rpc import AuditServicer
from billing.audit.sealer import Sealer
from billing.audit.service import AuditService
from billing.audit.tallies import TallyLog
from billing.background import Background
from billing.catalog.live import Catalogs
from billing.catalog.rpc import CatalogServicer
from billing.catalog.service import CatalogService
from billing.devices.authority import DeviceAuthority
from billing.devices.counting import in_service
from billing.devices.rpc import DeviceServicer
from billing.devices.service import DevicesService
from billing.dunning.worker import DunningWorker
from billing.entitlements.cache import CachedAnswers, StoredAnswers, StoredEpochs, shared_answers
from billing.entitlements.rpc import EntitlementServicer
from billing.entitlements.service import EntitlementsService
from billing.fleet.hub import FleetHub
from billing.fleet.rpc import HeartbeatServicer
from billing.fleet.service import FleetService
from billing.holdings.first_look import FirstLook
from billing.holdings.service import HoldingsService
from billing.invoices.issuing import Issuing
from billing.invoices.periods.service import PeriodsService
from billing.invoices.rpc import InvoiceServicer
from billing.invoices.services import InvoiceServices
from billing.keys.ring import KeyRing
from billing.keys.rpc import KeyServicer
from billing.keys.service import KeysService
from billing.licenses.billable import Billables
from billing.licenses.bundles import BundleIssuer
from billing.licenses.changes.feed import LicenseFeed
from billing.licenses.changes.service import RightsChanges
from billing.licenses.own_token import OwnTokens
from billing.licenses.reader import BookReader
from billing.licenses.rpc import LicenseServicer
from billing.licenses.services import LicenseServices
from billing.licenses.tokens import TokenIssuer
from billing.licenses.validator import CachedValidator, StoredValidator
from billing.metering.service import CallMetering
from billing.metering.services import build_metering
from billing.notifications.papers import InvoicePapers
from billing.notifications.rpc import NotificationServicer
from billing.notifications.services import NotificationServices
from billing.notifications.settings import NotificationSettings
from billing.overrides.rpc import OverrideServicer
from billing.overrides.service import OverridesService
from billing.payments.checkout.services import CheckoutServices
from billing.payments.provider import PaymentProvider
from billing.payments.rpc_stripe import StripeServicer
from billing.payments.services import PaymentServices
from billing.payments.webhooks.rpc import WebhookServicer
from billing.payments.webhooks.service import WebhooksService
from billing.profiles.rpc import BillingProfileServicer
from billing.profiles.service import ProfilesService
from billing.quotas.carrying import carried
from billing.quotas.services import QuotaServices
from billing.quotas.telling import QuotaTelling
from billing.quotas.watch import QuotaWatch
from billing.reconcile.services import ReconcileServices
from billing.revocations.service import RevocationsService
from billing.stats.rpc import StatsServicer
from billing.stats.service import StatsService
from billing.subscriptions.preview import PlanPreviews
from billing.subscriptions.rpc import SubscriptionServicer
from billing.subscriptions.service import SubscriptionsService
from billing.subscriptions.services import OrderServices, PlanServices
from billing.subscriptions.terms import TermsReader
from billing.tenants.resolver import TenantResolver
from billing.tenants.rpc import TenantServicer
from billing.tenants.service import TenantsService
from billing.unit import Units
from billing.usage.aggregates.worker import AggregationWorker, UsageUpkeep
from billing.usage.service import UsageService
from billing.usage.serving import usage_bindings
from billing.users.passwords import Passwords
from billing.users.rpc import UserServicer
from billing.users.service import UsersService
from billing.vendor_keys.rpc import VendorKeyServicer
from billing.vendor_keys.service import VendorKeysService
from billing.watch import RightsWatch
from mesh.cache import MemoryCache, Redis
from mesh.clock import Clock
from mesh.database import Database
from mesh.faults import Faults
from mesh.server import ServiceBinding
from mesh.telemetry import Metrics
from mesh.wakeup import Wakeups
from rights.dunning import Ladder

_TENANTS_KNOWN = 50_000
_TENANTS_KNOWN_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a user's session lives: at most, and without a call."""

    life: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True)
class Outside:
    """What the services stand on."""

    db: Database
    wakeups: Wakeups
    redis: Redis | None
    clock: Clock
    metrics: Metrics
    faults: Faults
    catalogs: Catalogs
    authority: DeviceAuthority
    ring: KeyRing
    license_issuer: str
    session: SessionLimits
    lease_life: timedelta
    aggregation_every: timedelta
    payments: PaymentProvider | None
    submit_every: timedelta
    usage_months_kept: int
    notifying: NotificationSettings
    ladder: Ladder
    issuing: Issuing


@dataclass(frozen=True, slots=True)
class Parts:
    """What the server serves and runs beside it."""

    bindings: tuple[ServiceBinding, ...]
    hub: FleetHub
    feed: LicenseFeed
    watch: RightsWatch
    tallies: TallyLog
    metering: CallMetering
    background: tuple[Background, ...]


def build_parts(outside: Outside) -> Parts:
    """Every service of the cloud."""
    clock = outside.clock
    known = MemoryCache[str, UUID](_TENANTS_KNOWN, _TENANTS_KNOWN_FOR, clock)
    tallies = TallyLog(outside.db, clock)
    resolver = TenantResolver(outside.db, known)
    units = Units(outside.db, resolver, clock, outside.wakeups, tallies)
    watch = RightsWatch(outside.wakeups)
    catalogs = outside.catalogs
    terms = TermsReader(catalogs)
    billables = Billables(BookReader(catalogs))
    holdings = HoldingsService(terms, billables, in_service)
    changes = RightsChanges(holdings)
    devices = DevicesService(outside.authority, terms, holdings, clock)
    profiles = ProfilesService(catalogs)
    periods = PeriodsService(terms, profiles.currency, carried)
    subscriptions = SubscriptionsService(catalogs, changes, periods)
    usage = UsageService(catalogs)
    payments = PaymentServices.build(
        outside.payments,
        catalogs,
        periods,
        usage,
        db=outside.db,
        units=units,
        wakeups=outside.wakeups,
        clock=clock,
        metrics=outside.metrics,
        faults=outside.faults,
        submit_every=outside.submit_every,
    )
    notifications = NotificationServices.build(outside.notifying, clock)
    quotas = QuotaServices.build(
        terms,
        usage,
        QuotaTelling(notifications.service, catalogs),
        units=units,
        clock=clock,
        metrics=outside.metrics,
        lease_life=outside.lease_life,
    )
    rules = LicenseServices.build(
        catalogs,
        devices,
        subscriptions,
        terms,
        changes,
        db=outside.db,
        units=units,
        watch=watch,
        clock=clock,
        quotas=quotas.service,
    )
    plans = PlanServices.build(
        catalogs, subscriptions, rules, outside.ladder, notifications=notifications.service
    )
    checkout = CheckoutServices.build(
        outside.payments,
        plans,
        payments.objects,
        db=outside.db,
        units=units,
        wakeups=outside.wakeups,
        clock=clock,
        metrics=outside.metrics,
        faults=outside.faults,
    )
    orders = OrderServices.build(
        plans, checkout.orders, checkout.collecting, db=outside.db, units=units, clock=clock
    )
    revocations = RevocationsService(
        units, outside.ring, rules.licenses, devices, outside.license_issuer
    )
    hub = FleetHub(
        outside.db,
        outside.wakeups,
        watch,
        outside.ring,
        clock,
        revocation_lists=revocations.pushed,
    )
    accounts = AccountsService()
    tenants = TenantsService(accounts, rules.licenses, subscriptions, clock)
    invoices = InvoiceServices.build(
        outside.issuing,
        terms,
        periods,
        accounts=accounts,
        usage=usage,
        holdings=holdings,
        billables=billables,
        devices=devices,
        profiles=profiles,
        tenants=tenants,
        notifications=notifications.service,
        db=outside.db,
        units=units,
        clock=clock,
        metrics=outside.metrics,
        faults=outside.faults,
    )
    costs = CostAlertServices.build(
        catalogs, invoices.invoices, notifications.service, db=outside.db, units=units, clock=clock
    )
    bindings = _bindings(
        outside,
        units,
        watch,
        hub,
        devices=devices,
        rules=rules,
        changes=changes,
        revocations=revocations,
        orders=orders,
        webhooks=checkout.webhooks,
        usage=usage,
        quotas=quotas,
        notifications=notifications,
        tenants=tenants,
        profiles=profiles,
        invoices=invoices,
        billables=billables,
        costs=costs,
        payments=payments,
    )
    reconciling = ReconcileServices.build(
        accounts,
        usage,
        FleetService(devices, rules.licenses),
        payments,
        provider=outside.payments,
        db=outside.db,
        units=units,
        clock=clock,
        metrics=outside.metrics,
    )
    metering = build_metering(
        outside.db,
        units,
        quotas,
        usage,
        clock=clock,
        metrics=outside.metrics,
        faults=outside.faults,
    )
    deliveries = notifications.worker(
        InvoicePapers(units, invoices.invoices),
        db=outside.db,
        wakeups=outside.wakeups,
        metrics=outside.metrics,
        faults=outside.faults,
    )
    background: tuple[Background, ...] = (
        reconciling.watch,
        metering,
        QuotaWatch(outside.db, units, quotas.service, clock),
        AggregationWorker(
            outside.db, outside.metrics, outside.aggregation_every, faults=outside.faults
        ),
        UsageUpkeep(outside.db, clock, outside.usage_months_kept),
        orders.due,
        *checkout.background,
        DunningWorker(units, plans.dunning, invoices.invoices),
        Sealer(outside.db, clock, outside.metrics, outside.faults),
        costs.watch,
        *payments.background,
        deliveries,
        FirstLook(outside.db, units, holdings),
        invoices.closer,
    )
    return Parts(
        (*bindings, reconciling.binding), hub, rules.feed, watch, tallies, metering, background
    )


def _bindings(
    outside: Outside,
    units: Units,
    watch: RightsWatch,
    hub: FleetHub,
    *,
    devices: DevicesService,
    rules: LicenseServices,
    changes: RightsChanges,
    revocations: RevocationsService,
    orders: OrderServices,
    webhooks: WebhooksService,
    usage: UsageService,
    quotas: QuotaServices,
    notifications: NotificationServices,
    tenants: TenantsService,
    profiles: ProfilesService,
    invoices: InvoiceServices,
    billables: Billables,
    costs: CostAlertServices,
    payments: PaymentServices,
) -> tuple[ServiceBinding, ...]:
    clock, catalogs = outside.clock, outside.catalogs
    licenses = rules.licenses
    stored = StoredValidator(units, rules.validation)
    validator = CachedValidator(stored, watch, clock, outside.metrics)
    users = UsersService(rules.terms, clock, outside.session.life)
    previews = PlanPreviews(
        catalogs,
        rules.terms,
        rules.books,
        billables,
        invoices.basis,
        counts={
            "cameras": rules.licenses.slots_taken,
            "devices": devices.count,
            "users": users.seats_taken,
        },
    )
    answers = CachedAnswers(
        StoredAnswers(units, rules.books, rules.terms),
        shared_answers(outside.redis, clock),
        StoredEpochs(units, changes).read,
        watch=watch,
        clock=clock,
        metrics=outside.metrics,
    )
    tokens = TokenIssuer(outside.ring, outside.license_issuer)
    bundles = BundleIssuer(
        rules.validation,
        devices,
        rules.terms,
        tokens,
        revocations,
        ring=outside.ring,
        issuer=outside.license_issuer,
    )
    return (
        ServiceBinding(
            "brinkbyte.tenant.v1.TenantService",
            tenant.add_TenantServiceServicer_to_server,
            TenantServicer(
                units,
                tenants,
                ApiKeysService(devices, clock),
                OwnTokens(licenses, rules.terms, tokens),
            ),
        ),
        ServiceBinding(
            "brinkbyte.subscription.v1.SubscriptionService",
            subscription.add_SubscriptionServiceServicer_to_server,
            SubscriptionServicer(
                units,
                orders.plans.service,
                previews,
                orders.details,
                local=orders.plans.local,
                orders=orders.orders,
            ),
        ),
        ServiceBinding(
            "brinkbyte.vendor.v1.VendorKeyService",
            vendor_key.add_VendorKeyServiceServicer_to_server,
            VendorKeyServicer(units, VendorKeysService(clock)),
        ),
        ServiceBinding(
            "brinkbyte.user.v1.UserService",
            user.add_UserServiceServicer_to_server,
            UserServicer(
                units,
                users,
                Passwords(),
                outside.session.idle,
            ),
        ),
        ServiceBinding(
            "brinkbyte.device.v1.DeviceService",
            device.add_DeviceServiceServicer_to_server,
            DeviceServicer(units, devices, outside.authority),
        ),
        ServiceBinding(
            "brinkbyte.license.v1.LicenseService",
            license_.add_LicenseServiceServicer_to_server,
            LicenseServicer(
                units,
                rules,
                validator=validator,
                devices=devices,
                tokens=tokens,
                revocations=revocations,
                ring=outside.ring,
                bundles=bundles,
                clock=clock,
                end_subscriptions=orders.end_all,
            ),
        ),
        ServiceBinding(
            "brinkbyte.license.v1.KeyService",
            key.add_KeyServiceServicer_to_server,
            KeyServicer(units, KeysService(), outside.ring),
        ),
        ServiceBinding(
            "brinkbyte.entitlement.v1.EntitlementService",
            entitlement.add_EntitlementServiceServicer_to_server,
            EntitlementServicer(
                units,
                EntitlementsService(units, answers, rules.books, rules.terms, quotas.service),
                quotas=quotas.service,
                desk=quotas.desk,
                leases=quotas.leases,
                clock=clock,
            ),
        ),
        ServiceBinding(
            "brinkbyte.entitlement.v1.OverrideService",
            override.add_OverrideServiceServicer_to_server,
            OverrideServicer(units, OverridesService(rules.terms, changes, clock)),
        ),
        ServiceBinding(
            "brinkbyte.heartbeat.v1.HeartbeatService",
            heartbeat.add_HeartbeatServiceServicer_to_server,
            HeartbeatServicer(units, FleetService(devices, licenses), hub, clock),
        ),
        ServiceBinding(
            "brinkbyte.audit.v1.AuditService",
            audit.add_AuditServiceServicer_to_server,
            AuditServicer(units, AuditService(outside.ring, outside.license_issuer)),
        ),
        ServiceBinding(
            "brinkbyte.catalog.v1.CatalogService",
            catalog_.add_CatalogServiceServicer_to_server,
            CatalogServicer(units, CatalogService(catalogs, changes, payments.objects)),
        ),
        ServiceBinding(
            "brinkbyte.payment.v1.WebhookService",
            webhook.add_WebhookServiceServicer_to_server,
            WebhookServicer(units, webhooks, outside.faults),
        ),
        ServiceBinding(
            "brinkbyte.payment.v1.StripeService",
            stripe_.add_StripeServiceServicer_to_server,
            StripeServicer(
                units, catalogs, payments.objects, payments.submissions, payments.shadows
            ),
        ),
        ServiceBinding(
            "brinkbyte.stats.v1.StatsService",
            stats.add_StatsServiceServicer_to_server,
            StatsServicer(units, StatsService()),
        ),
        *usage_bindings(
            units,
            usage,
            catalogs,
            rules.terms,
            hub,
            notifications=notifications.service,
            faults=outside.faults,
            metrics=outside.metrics,
        ),
        ServiceBinding(
            "brinkbyte.invoice.v1.InvoiceService",
            invoice.add_InvoiceServiceServicer_to_server,
            InvoiceServicer(units, invoices),
        ),
        ServiceBinding(
            "brinkbyte.invoice.v1.BillingProfileService",
            profile.add_BillingProfileServiceServicer_to_server,
            BillingProfileServicer(units, profiles),
        ),
        ServiceBinding(
            "brinkbyte.notification.v1.NotificationService",
            notification.add_NotificationServiceServicer_to_server,
            NotificationServicer(units, notifications.service, notifications.contacts),
        ),
        ServiceBinding(
            "brinkbyte.notification.v1.CostAlertService",
            cost_alert.add_CostAlertServiceServicer_to_server,
            CostAlertServicer(units, costs.service),
        ),
    )
