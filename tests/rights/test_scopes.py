"""Who may do what."""

from rights.scopes import SCOPES, Role, scopes_of


def test_roles_grant_only_scopes_that_exist() -> None:
    for role in Role:
        assert scopes_of(role) <= SCOPES


def test_every_scope_is_granted_to_somebody() -> None:
    assert frozenset().union(*(scopes_of(role) for role in Role)) == SCOPES


def test_the_vendor_stays_out_of_nodes_and_their_streams() -> None:
    missing = {"device:renew", "usage:stream", "quota:lease", "edge:read", "edge:write"}
    assert SCOPES - scopes_of(Role.VENDOR_ADMIN) == missing


def test_a_reader_only_reads() -> None:
    assert {scope.split(":")[1] for scope in scopes_of(Role.TENANT_READ)} == {"read"}


def test_a_tenant_issues_no_licence_and_creates_no_tenant() -> None:
    vendors = {
        "tenant:write",
        "license:write",
        "license:keys",
        "vendor:keys",
        "webhook:read",
        "webhook:write",
        "catalog:write",
        "override:write",
        "stripe:read",
        "subscription:write",
        "device:renew",
        "usage:stream",
        "usage:reconcile",
        "usage:resolve",
        "usage:clean",
        "quota:lease",
        "quota:force",
        "invoice:write",
        "mesh:inspect",
    }
    assert SCOPES - scopes_of(Role.TENANT_ADMIN) == vendors


def test_a_device_acts_for_itself_only() -> None:
    assert scopes_of(Role.DEVICE) == {
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
