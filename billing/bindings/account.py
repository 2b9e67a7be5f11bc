"""Who it is: tenants, users, the vendor, and what they did."""

from brinkbyte.audit.v1 import audit_service_pb2_grpc as audit
from brinkbyte.stats.v1 import stats_service_pb2_grpc as stats
from brinkbyte.tenant.v1 import tenant_service_pb2_grpc as tenant
from brinkbyte.user.v1 import user_service_pb2_grpc as user
from brinkbyte.vendor.v1 import vendor_key_service_pb2_grpc as vendor_key

from billing.api_keys.service import ApiKeysService
from billing.audit.rpc import AuditServicer
from billing.audit.service import AuditService
from billing.bindings.services import Services
from billing.licenses.own_token import OwnTokens
from billing.licenses.tokens import TokenIssuer
from billing.outside import Outside
from billing.stats.rpc import StatsServicer
from billing.stats.service import StatsService
from billing.tenants.rpc import TenantServicer
from billing.users.passwords import Passwords
from billing.users.rpc import UserServicer
from billing.users.service import UsersService
from billing.vendor_keys.rpc import VendorKeyServicer
from billing.vendor_keys.service import VendorKeysService
from mesh.server import ServiceBinding


def account_bindings(outside: Outside, built: Services) -> tuple[ServiceBinding, ...]:
    """Tenants, users, the vendor's keys, audit and counts."""
    clock = outside.clock
    licenses = built.rules.licenses
    tokens = TokenIssuer(outside.ring, outside.license_issuer)
    users = UsersService(built.rules.terms, clock, outside.session.life)
    return (
        ServiceBinding(
            "brinkbyte.tenant.v1.TenantService",
            tenant.add_TenantServiceServicer_to_server,
            TenantServicer(
                built.units,
                built.tenants,
                ApiKeysService(built.devices, clock),
                OwnTokens(licenses, built.rules.terms, tokens),
            ),
        ),
        ServiceBinding(
            "brinkbyte.vendor.v1.VendorKeyService",
            vendor_key.add_VendorKeyServiceServicer_to_server,
            VendorKeyServicer(built.units, VendorKeysService(clock)),
        ),
        ServiceBinding(
            "brinkbyte.user.v1.UserService",
            user.add_UserServiceServicer_to_server,
            UserServicer(
                built.units,
                users,
                Passwords(),
                outside.session.idle,
            ),
        ),
        ServiceBinding(
            "brinkbyte.audit.v1.AuditService",
            audit.add_AuditServiceServicer_to_server,
            AuditServicer(built.units, AuditService(outside.ring, outside.license_issuer)),
        ),
        ServiceBinding(
            "brinkbyte.stats.v1.StatsService",
            stats.add_StatsServiceServicer_to_server,
            StatsServicer(built.units, StatsService()),
        ),
    )
