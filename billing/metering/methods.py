"""Which calls count, and which are answered when nothing is left."""

from mesh.call import Call
from mesh.principal import PrincipalKind

_MESH = "/brinkbyte."
_REPORTING = "/brinkbyte.usage.v1.UsageService/Report"
_ENTITLEMENTS = "/brinkbyte.entitlement.v1.EntitlementService/"

UNCOUNTED = frozenset(
    {
        f"{_ENTITLEMENTS}ReserveQuota",
        f"{_ENTITLEMENTS}CommitQuota",
        f"{_ENTITLEMENTS}ReleaseQuota",
        f"{_ENTITLEMENTS}ApplyQuotaOperations",
        "/brinkbyte.user.v1.UserService/SignOut",
    }
)
"""Counting what was used is no use, nor is leaving."""

ALWAYS_AREAS = frozenset(
    {
        "audit",
        "catalog",
        "invoice",
        "license",
        "notification",
        "payment",
        "subscription",
        "tenant",
        "usage",
        "user",
    }
)
"""Areas of the contracts by which an account stays manageable, and what was paid for runs."""

ALWAYS = frozenset(
    {
        f"{_ENTITLEMENTS}GetQuotaStatus",
        f"{_ENTITLEMENTS}ListQuotaAlerts",
        f"{_ENTITLEMENTS}ListLeases",
        "/brinkbyte.device.v1.DeviceService/RetireDevice",
    }
)


PROMPT = frozenset(
    {
        "/brinkbyte.license.v1.LicenseService/ValidateCamera",
        "/brinkbyte.license.v1.LicenseService/BatchValidateCameras",
        f"{_ENTITLEMENTS}CheckEntitlement",
        f"{_ENTITLEMENTS}CheckEntitlements",
    }
)
"""Decisions that memory answers: they do not wait for their count, which follows at once."""


def counts(call: Call) -> bool:
    """Whether it is a tenant's own call: by an API key or a user's session."""
    return (
        call.principal.kind is PrincipalKind.TENANT
        and call.method.startswith(_MESH)
        and not call.method.startswith(_REPORTING)
        and call.method not in UNCOUNTED
    )


def always(method: str) -> bool:
    """Whether the method ("/brinkbyte.<area>.v1.Service/Method") is answered, uncounted, when
    nothing is left."""
    return method in ALWAYS or method.split(".", 2)[1] in ALWAYS_AREAS
