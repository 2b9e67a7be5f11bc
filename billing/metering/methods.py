"""Which calls count, and which are answered when nothing is left."""

from mesh.call import Call
from mesh.principal import PrincipalKind

_PREFIX = "/brinkbyte."

UNCOUNTED = frozenset(
    {
        "/brinkbyte.usage.v1.UsageService/ReportUsage",
        "/brinkbyte.entitlement.v1.EntitlementService/ReserveQuota",
        "/brinkbyte.entitlement.v1.EntitlementService/CommitQuota",
        "/brinkbyte.entitlement.v1.EntitlementService/ReleaseQuota",
        "/brinkbyte.entitlement.v1.EntitlementService/ApplyQuotaOperations",
        "/brinkbyte.user.v1.UserService/SignOut",
    }
)
"""Counting what was used is no use, nor is leaving."""

ALWAYS_SERVICES = frozenset(
    {
        "brinkbyte.audit.v1.AuditService",
        "brinkbyte.catalog.v1.CatalogService",
        "brinkbyte.invoice.v1.InvoiceService",
        "brinkbyte.license.v1.LicenseService",
        "brinkbyte.notification.v1.CostAlertService",
        "brinkbyte.notification.v1.NotificationService",
        "brinkbyte.subscription.v1.SubscriptionService",
        "brinkbyte.tenant.v1.TenantService",
        "brinkbyte.user.v1.UserService",
    }
)
"""An account stays manageable, and what was paid for runs, when no calls are left."""

ALWAYS = frozenset(
    {
        "/brinkbyte.entitlement.v1.EntitlementService/GetQuotaStatus",
        "/brinkbyte.entitlement.v1.EntitlementService/ListQuotaAlerts",
        "/brinkbyte.entitlement.v1.EntitlementService/ListLeases",
        "/brinkbyte.device.v1.DeviceService/RetireDevice",
        "/brinkbyte.usage.v1.UsageService/QueryUsage",
    }
)


def counts(call: Call) -> bool:
    """Whether it is a tenant's own call: by an API key or a user's session."""
    return (
        call.principal.kind is PrincipalKind.TENANT
        and call.method.startswith(_PREFIX)
        and call.method not in UNCOUNTED
    )


def always(method: str) -> bool:
    """Whether the method is answered, uncounted, when nothing is left."""
    return method in ALWAYS or method.split("/", 2)[1] in ALWAYS_SERVICES
