"""The server's services, built with plain constructors."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from billing.accounts.service import AccountsService
from billing.alerts.services import CostAlertServices
from billing.audit.sealer import Sealer
from billing.audit.tallies import TallyLog
from billing.background import Background
from billing.bindings.account import account_bindings
from billing.bindings.money import money_bindings
from billing.bindings.rights import rights_bindings
from billing.bindings.services import Services
from billing.devices.counting import in_service
from billing.devices.service import DevicesService
from billing.dunning.worker import DunningWorker
from billing.fleet.hub import FleetHub
from billing.fleet.service import FleetService
from billing.holdings.first_look import FirstLook
from billing.holdings.service import HoldingsService
from billing.invoices.periods.service import PeriodsService
from billing.invoices.services import InvoiceServices
from billing.licenses.billable import Billables
from billing.licenses.changes.feed import LicenseFeed
from billing.licenses.changes.service import RightsChanges
from billing.licenses.reader import BookReader
from billing.licenses.services import LicenseServices
from billing.metering.service import CallMetering
from billing.metering.services import build_metering
from billing.notifications.papers import InvoicePapers
from billing.notifications.services import NotificationServices
from billing.outside import Outside
from billing.payments.checkout.services import CheckoutServices
from billing.payments.issuer import Issuers
from billing.payments.services import PaymentServices
from billing.payments.shadows.services import finishing
from billing.profiles.service import ProfilesService
from billing.quotas.carrying import Carrying
from billing.quotas.services import QuotaServices
from billing.quotas.telling import QuotaTelling
from billing.quotas.watch import QuotaWatch
from billing.reconcile.services import ReconcileServices
from billing.revocations.service import RevocationsService
from billing.subscriptions.service import SubscriptionsService
from billing.subscriptions.services import OrderServices, PlanServices
from billing.subscriptions.terms import TermsReader
from billing.tenants.resolver import TenantResolver
from billing.tenants.service import TenantsService
from billing.unit import Units
from billing.usage.aggregates.worker import AggregationWorker, UsageUpkeep
from billing.usage.service import UsageService
from billing.watch import RightsWatch
from mesh.cache import MemoryCache
from mesh.server import ServiceBinding

_TENANTS_KNOWN = 50_000
_TENANTS_KNOWN_FOR = timedelta(minutes=10)


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
    issuers = Issuers(selling=outside.payments is not None)
    usage = UsageService(catalogs)
    carrying = Carrying(usage)
    periods = PeriodsService(terms, profiles.currency, carrying, issuers.of)
    subscriptions = SubscriptionsService(catalogs, changes, periods)
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
        settles_after=outside.stripe_settles_after,
    )
    notifications = NotificationServices.build(outside.notifying, clock)
    quotas = QuotaServices.build(
        terms,
        usage,
        carrying,
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
        catalogs,
        subscriptions,
        rules,
        outside.ladder,
        notifications=notifications.service,
        faults=outside.faults,
    )
    checkout = CheckoutServices.build(
        outside.payments,
        plans,
        payments.objects,
        holdings,
        notifications.service,
        db=outside.db,
        units=units,
        wakeups=outside.wakeups,
        clock=clock,
        metrics=outside.metrics,
        faults=outside.faults,
    )
    orders = OrderServices.build(
        plans,
        checkout.orders,
        checkout.collecting,
        notifications=notifications.service,
        db=outside.db,
        units=units,
        clock=clock,
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
        provided=payments.shadows.of_periods,
        db=outside.db,
        units=units,
        clock=clock,
        metrics=outside.metrics,
        faults=outside.faults,
    )
    costs = CostAlertServices.build(
        catalogs, invoices.invoices, notifications.service, db=outside.db, units=units, clock=clock
    )
    built = Services(
        units=units,
        watch=watch,
        hub=hub,
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
        periods=periods,
        invoices=invoices,
        billables=billables,
        costs=costs,
        payments=payments,
    )
    bindings = (
        *rights_bindings(outside, built),
        *money_bindings(outside, built),
        *account_bindings(outside, built),
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
        settles_after=outside.stripe_settles_after,
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
        *finishing(
            outside.payments,
            periods,
            invoices.invoices,
            catalogs,
            payments.objects,
            db=outside.db,
            units=units,
            clock=clock,
            faults=outside.faults,
            settles_after=outside.stripe_settles_after,
        ),
        deliveries,
        FirstLook(outside.db, units, holdings),
        invoices.closer,
    )
    return Parts(
        (*bindings, reconciling.binding), hub, rules.feed, watch, tallies, metering, background
    )
