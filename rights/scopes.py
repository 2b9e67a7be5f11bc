"""What a credential may do: scopes, and the roles that grant them."""

from enum import StrEnum

SCOPES = frozenset(
    {
        "tenant:read",
        "tenant:write",
        "device:write",
        "device:renew",
        "license:read",
        "license:validate",
        "license:write",
        "license:move",
        "license:keys",
        "license:export",
        "entitlement:read",
        "quota:use",
        "quota:lease",
        "quota:force",
        "override:write",
        "subscription:read",
        "subscription:write",
        "subscription:buy",
        "usage:read",
        "usage:write",
        "usage:stream",
        "usage:reconcile",
        "usage:resolve",
        "usage:clean",
        "heartbeat:write",
        "fleet:read",
        "fleet:command",
        "catalog:read",
        "catalog:write",
        "invoice:read",
        "notification:read",
        "notification:write",
        "invoice:write",
        "profile:write",
        "stats:read",
        "stripe:read",
        "audit:read",
        "edge:read",
        "edge:write",
        "api_key:read",
        "api_key:write",
        "user:read",
        "user:write",
        "vendor:keys",
        "webhook:read",
        "webhook:write",
        "mesh:inspect",
    }
)
"""Every scope that an RPC may ask for; ``mesh:inspect`` opens channelz."""


class Role(StrEnum):
    """Who a credential stands for."""

    VENDOR_ADMIN = "vendor_admin"
    TENANT_ADMIN = "tenant_admin"
    TENANT_READ = "tenant_read"
    DEVICE = "device"


_TENANT_READ = frozenset(
    {
        "tenant:read",
        "license:read",
        "entitlement:read",
        "usage:read",
        "fleet:read",
        "catalog:read",
        "invoice:read",
        "notification:read",
        "subscription:read",
        "stats:read",
        "edge:read",
    }
)

_TENANT_ADMIN = _TENANT_READ | {
    "api_key:read",
    "api_key:write",
    "user:read",
    "user:write",
    "device:write",
    "license:validate",
    "license:move",
    "license:export",
    "subscription:buy",
    "usage:write",
    "quota:use",
    "heartbeat:write",
    "fleet:command",
    "audit:read",
    "notification:write",
    "profile:write",
    "edge:write",
}

_DEVICE = frozenset(
    {
        "device:renew",
        "license:read",
        "license:validate",
        "entitlement:read",
        "quota:use",
        "quota:lease",
        "usage:read",
        "usage:write",
        "usage:stream",
        "heartbeat:write",
        "catalog:read",
    }
)

DEVICE_KEY_SCOPES = _DEVICE - {"device:renew", "usage:stream", "quota:lease"}
"""What a key does for its device: a certificate alone renews itself, streams a journal, and
holds leases that are spent in it."""

_GRANTS = {
    Role.VENDOR_ADMIN: SCOPES
    - {"device:renew", "usage:stream", "quota:lease", "edge:read", "edge:write"},
    Role.TENANT_ADMIN: _TENANT_ADMIN,
    Role.TENANT_READ: _TENANT_READ,
    Role.DEVICE: _DEVICE,
}


def scopes_of(role: Role) -> frozenset[str]:
    """The scopes that the role grants."""
    return _GRANTS[role]
