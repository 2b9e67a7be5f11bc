"""Which client certificates may call which service: all of it, in one place.

A key on a connection with a certificate is bound by this too. A service that is not named here
has no callers by certificate; keys alone reach it over the listener without client certificates.
"""

from collections.abc import Mapping

from mesh.access import CHANNELZ, HEALTH, REFLECTION
from mesh.callers import DEVICE

GATEWAY = "gateway"

_BOTH = frozenset({DEVICE, GATEWAY})
_GATEWAY = frozenset({GATEWAY})

ALLOWED_CALLERS: Mapping[str, frozenset[str]] = {
    "brinkbyte.audit.v1.AuditService": _GATEWAY,
    "brinkbyte.catalog.v1.CatalogService": _BOTH,
    "brinkbyte.device.v1.DeviceService": _BOTH,
    "brinkbyte.entitlement.v1.EntitlementService": _BOTH,
    "brinkbyte.entitlement.v1.OverrideService": _BOTH,
    "brinkbyte.heartbeat.v1.HeartbeatService": _BOTH,
    "brinkbyte.invoice.v1.BillingProfileService": _GATEWAY,
    "brinkbyte.invoice.v1.InvoiceService": _GATEWAY,
    "brinkbyte.license.v1.KeyService": _GATEWAY,
    "brinkbyte.license.v1.LicenseService": _BOTH,
    "brinkbyte.notification.v1.CostAlertService": _GATEWAY,
    "brinkbyte.notification.v1.NotificationService": _GATEWAY,
    "brinkbyte.payment.v1.StripeService": _GATEWAY,
    "brinkbyte.payment.v1.WebhookService": _GATEWAY,
    "brinkbyte.stats.v1.StatsService": _GATEWAY,
    "brinkbyte.subscription.v1.SubscriptionService": _GATEWAY,
    "brinkbyte.tenant.v1.TenantService": _GATEWAY,
    "brinkbyte.usage.v1.ReconcileService": _GATEWAY,
    "brinkbyte.usage.v1.InstanceReportService": _BOTH,
    "brinkbyte.usage.v1.UsageProblemService": _BOTH,
    "brinkbyte.usage.v1.UsageService": _BOTH,
    "brinkbyte.user.v1.UserService": _GATEWAY,
    "brinkbyte.vendor.v1.VendorKeyService": _GATEWAY,
    HEALTH: _BOTH,
    REFLECTION: _BOTH,
    CHANNELZ: _GATEWAY,
}
